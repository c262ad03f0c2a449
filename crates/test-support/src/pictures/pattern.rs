//! Marks that make coded pictures differ: a coarse rotated lattice around a clear middle.

use crate::drawing::numbers::Random;

/// Number of lattice cells along each edge of a picture. Coarse enough for a thumbnail to resolve
/// and for a perceptual hash of 16 x 16 frequencies to capture.
const CELLS: f64 = 8.0;

/// Cosine and sine of the rotation, 20 degrees. Rotated cell edges never coincide with the grid of
/// JPEG blocks, at any picture size.
const TURN: [f64; 2] = [0.939_692_620_785_908_4, 0.342_020_143_325_668_7];

/// Rows and columns of the lattice. The rotated picture spans 8 x (cos + sin) = 10.3 cells, so
/// columns run from 0 to 10, and so do rows once [`LIFT`] is added.
const LATTICE: usize = 11;

/// Rows above the one of the upper left corner: 8 x sin = 2.7, rounded up.
const LIFT: f64 = 3.0;

/// Radius of the ellipse in the middle that is kept free of marks, as a share of the picture's
/// width and height. The colour of the middle is then exactly the code.
const CLEAR: f64 = 0.25;

/// Percentage of cells with a mark. Less than half, so the median of any larger area is the code.
const MARKED: usize = 42;

/// Mark of each lattice cell: a number below [`MARKED`], or `None`.
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

    /// Returns the mark at a point, given as shares of the picture's width and height from the
    /// upper left corner.
    pub(super) fn mark(&self, u: f64, v: f64) -> Option<usize> {
        if (u - 0.5) * (u - 0.5) + (v - 0.5) * (v - 0.5) < CLEAR * CLEAR {
            return None;
        }
        let [cosine, sine] = TURN;
        let column = CELLS * (u * cosine + v * sine);
        let row = CELLS * (v * cosine - u * sine) + LIFT;
        // Both are positive, so the cast rounds down.
        self.0[row as usize][column as usize]
    }
}
