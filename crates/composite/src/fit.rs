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
mod tests {
    use super::*;

    type Size = (u32, u32);

    /// Sizes before and after Pillow 13's `Image.thumbnail((200, 200))`.
    const PILLOW: &[(Size, Size)] = &[
        ((1096, 1496), (147, 200)),
        ((1360, 768), (200, 113)),
        ((1024, 1024), (200, 200)),
        ((200, 200), (200, 200)),
        ((201, 200), (200, 199)),
        ((199, 201), (198, 200)),
        ((120, 80), (120, 80)),
        ((80, 120), (80, 120)),
        ((400, 400), (200, 200)),
        ((1, 1), (1, 1)),
        ((1, 4000), (1, 200)),
        ((4000, 1), (200, 1)),
        ((3, 1000), (1, 200)),
        ((1000, 3), (200, 1)),
        ((16384, 16), (200, 1)),
        ((16, 16384), (1, 200)),
        ((1000, 999), (200, 200)),
        ((999, 1000), (200, 200)),
        ((300, 200), (200, 133)),
        ((200, 300), (133, 200)),
        ((1001, 1000), (200, 200)),
        ((7, 2000), (1, 200)),
        ((2552, 1047), (200, 82)),
        ((3039, 1469), (200, 97)),
        ((3258, 2829), (200, 174)),
        ((3861, 3447), (200, 179)),
        ((3031, 2671), (200, 176)),
        ((3778, 2172), (200, 115)),
        ((119, 3443), (7, 200)),
        ((1908, 3179), (120, 200)),
        ((3864, 1021), (200, 53)),
        ((2659, 213), (200, 16)),
        ((3691, 643), (200, 35)),
        ((464, 1523), (61, 200)),
        ((1922, 3558), (108, 200)),
        ((1010, 1560), (129, 200)),
        ((2228, 418), (200, 38)),
        ((2351, 1022), (200, 87)),
        ((54, 2995), (4, 200)),
        ((888, 1672), (106, 200)),
        ((1145, 746), (200, 130)),
        ((3754, 3554), (200, 189)),
        ((3137, 1596), (200, 102)),
        ((654, 3121), (42, 200)),
        ((3266, 295), (200, 18)),
        ((569, 2532), (45, 200)),
        ((2530, 1823), (200, 144)),
        ((519, 542), (192, 200)),
        ((8, 3983), (1, 200)),
        ((3570, 22), (200, 1)),
        ((858, 3169), (54, 200)),
        ((883, 3933), (45, 200)),
        ((680, 3574), (38, 200)),
        ((682, 1185), (115, 200)),
        ((1285, 3939), (65, 200)),
        ((815, 2209), (74, 200)),
        ((3589, 2777), (200, 155)),
        ((2563, 839), (200, 65)),
        ((745, 3855), (39, 200)),
        ((3968, 2829), (200, 143)),
        ((807, 3960), (41, 200)),
        ((3954, 3661), (200, 185)),
        ((1570, 1224), (200, 156)),
        ((89, 1480), (12, 200)),
    ];

    #[test]
    fn sizes_agree_with_pillow() {
        assert_eq!(PILLOW.len(), 64);
        for &((width, height), expected) in PILLOW {
            assert_eq!(fit(width, height, 200), expected, "{width} x {height}");
        }
    }

    #[test]
    fn a_fitted_size_is_never_empty_larger_than_the_cell_or_than_the_picture() {
        for width in (1..3000).step_by(37) {
            for height in (1..3000).step_by(41) {
                let (w, h) = fit(width, height, 200);
                assert!((1..=200.min(width)).contains(&w), "{width} x {height}");
                assert!((1..=200.min(height)).contains(&h), "{width} x {height}");
            }
        }
        assert_eq!(fit(0, 0, 0), (1, 1));
    }
}
