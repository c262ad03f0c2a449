//! The size of a thumbnail.

/// The size at which a picture fits in a square of `edge` pixels with its aspect kept.
///
/// This is the rule of Pillow's `Image.thumbnail`, which the sheets had before: a picture is
/// never enlarged, the longer side becomes `edge`, and the shorter is rounded to whichever
/// neighbour keeps the aspect better, at least 1. A side of 0 is taken for 1.
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
            if side == 0.0 {
                0.0
            } else {
                (aspect - f64::from(edge) / side).abs()
            }
        });
        (edge, low)
    }
}

/// The whole number beside `side` with the smaller error, the lower one where they are equal.
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
