//! The marks that tell coded pictures apart: a coarse lattice, turned, around a clear middle.

use crate::drawing::numbers::Random;

/// Cells of the pattern along each edge of a picture. A perceptual hash of 16 x 16 frequencies sees
/// all of them; a thumbnail keeps them apart.
const CELLS: f64 = 8.0;

/// The pattern is turned by 20 degrees (cosine and sine), so that the edges of its cells lie along
/// no grid of JPEG blocks, whatever the size.
const TURN: [f64; 2] = [0.939_692_620_785_908_4, 0.342_020_143_325_668_7];

/// Every cell of the turned pattern that touches the picture has a column from 0 to 10 and, moved by
/// [`LIFT`], a row from 0 to 10: 8 x (cos + sin) = 10.3.
const LATTICE: usize = 11;

/// 8 x sin = 2.7 rows lie above the row of the upper left corner.
const LIFT: f64 = 3.0;

/// The middle of a picture bears no mark: an ellipse of this radius, as a share of its width and
/// height. What is judged by the colour of its middle is judged by its code.
const CLEAR: f64 = 0.25;

/// So many of a hundred cells bear a mark: fewer than half, so that the median of any larger area is
/// the code.
const MARKED: usize = 42;

/// Which cells of a turned lattice bear which mark, a number below 100.
pub(super) struct Pattern([[Option<usize>; LATTICE]; LATTICE]);

impl Pattern {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut mark = || {
            let drawn = random.below(100);
            (drawn < MARKED).then_some(drawn)
        };
        Self(std::array::from_fn(|_| std::array::from_fn(|_| mark())))
    }

    /// The mark at a place, in widths and heights of the picture from its upper left corner.
    pub(super) fn mark(&self, u: f64, v: f64) -> Option<usize> {
        if (u - 0.5) * (u - 0.5) + (v - 0.5) * (v - 0.5) < CLEAR * CLEAR {
            return None;
        }
        let [cosine, sine] = TURN;
        let column = CELLS * (u * cosine + v * sine);
        let row = CELLS * (v * cosine - u * sine) + LIFT;
        // Both are positive: the cast rounds down.
        self.0[row as usize][column as usize]
    }
}
