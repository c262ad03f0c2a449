//! The size of a thumbnail.

/// The size in pixels at which a picture fits in a square of `edge` pixels with its aspect ratio
/// kept.
///
/// The rule is that of Pillow's `Image.thumbnail`, with which sheets were made originally. A
/// picture is never enlarged. Otherwise the longer side becomes `edge`, and the shorter side is
/// rounded up or down, whichever keeps the aspect ratio better, but is at least 1. A side of 0
/// counts as 1.
///
/// ```
/// assert_eq!(composite::fit(1096, 1496, 200), (147, 200));
/// assert_eq!(composite::fit(1360, 768, 200), (200, 113));
/// assert_eq!(composite::fit(120, 80, 200), (120, 80));
/// ```
pub fn fit(width: u32, height: u32, edge: u32) -> (u32, u32) {
    let (width, height, edge) = (width.max(1), height.max(1), edge.max(1));
    if edge >= width && edge >= height {
        return (width, height);
    }
    let aspect = f64::from(width) / f64::from(height);
    if aspect <= 1.0 {
        let narrow = nearer_aspect(f64::from(edge) * aspect, |side| {
            (aspect - side / f64::from(edge)).abs()
        });
        (narrow, edge)
    } else {
        let low = nearer_aspect(f64::from(edge) / aspect, |side| {
            // Pillow takes 0 as a perfect match; the result is raised to 1 below.
            if side == 0.0 {
                0.0
            } else {
                (aspect - f64::from(edge) / side).abs()
            }
        });
        (edge, low)
    }
}

/// Rounds `side` to the neighbour with the smaller error, down if both are equal; at least 1.
fn nearer_aspect(side: f64, error: impl Fn(f64) -> f64) -> u32 {
    let (floor, ceiling) = (side.floor(), side.ceil());
    let nearer = if error(ceiling) < error(floor) {
        ceiling
    } else {
        floor
    };
    (nearer as u32).max(1)
}

#[cfg(test)]
mod tests;
