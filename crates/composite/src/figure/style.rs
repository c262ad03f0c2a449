//! The two styles of figures: hatching in black ink, and strong colours.

use super::random::Random;
use super::shape::{AREAS, Area};

/// The filling of an area.
#[derive(Debug, Clone, Copy)]
enum Fill {
    Flat([u8; 3]),
    /// Parallel black lines on white.
    Hatched {
        /// The vector at right angles to the lines.
        direction: (i32, i32),
        /// Distance between lines, in steps along `direction`.
        period: i32,
        /// Thickness of a line, in the same steps.
        thickness: i32,
        /// Whether a second set of lines crosses the first at right angles.
        is_crossed: bool,
    },
}

pub(super) const INK: [u8; 3] = [16, 16, 16];
pub(super) const PAPER: [u8; 3] = [252, 252, 252];

/// The fillings of all areas and the colour of the outlines between them.
pub(crate) struct Style {
    fills: [Fill; AREAS],
    pub(super) line: [u8; 3],
}

impl Style {
    /// Black ink on white paper. `unit` is the width of a line in subpixels: see
    /// [`line_width`](super::line_width).
    pub(crate) fn ink(random: &mut Random, unit: u32) -> Self {
        const DIRECTIONS: [(i32, i32); 8] = [
            (1, 0),
            (0, 1),
            (1, 1),
            (1, -1),
            (2, 1),
            (1, 2),
            (2, -1),
            (1, -2),
        ];
        let unit = unit.max(1).cast_signed();
        let mut directions = DIRECTIONS;
        random.shuffle(&mut directions);
        let mut directions = directions.into_iter().cycle();
        let mut fills = [Fill::Flat(PAPER); AREAS];
        for fill in &mut fills {
            let direction = directions.next().unwrap_or((1, 0));
            // Steps along a diagonal are shorter, so lines need more of them to look equally thick.
            let step = if direction.0 * direction.1 == 0 { 2 } else { 3 };
            let period = step * unit * (2 + (random.below(5) as u32).cast_signed());
            let is_crossed = random.below(4) == 0;
            *fill = match random.below(6) {
                0 | 1 => Fill::Flat(PAPER),
                _ => Fill::Hatched {
                    direction,
                    period,
                    thickness: step * unit,
                    is_crossed,
                },
            };
        }
        // The same in every figure, to keep it recognisable as a person under a sky.
        for (area, fill) in [
            (Area::Feature, INK),
            (Area::Face, PAPER),
            (Area::Sky, PAPER),
        ] {
            set(&mut fills, area, Fill::Flat(fill));
        }
        Self { fills, line: INK }
    }

    /// Strong colours from all around the colour wheel.
    pub(crate) fn colour(random: &mut Random) -> Self {
        let turn = random.below(HUES) as u32;
        // Evenly spaced hues: no two areas of a figure look alike.
        let mut hues: Vec<u32> = (0..AREAS as u32)
            .map(|nth| (turn + nth * HUES as u32 / AREAS as u32) % HUES as u32)
            .collect();
        random.shuffle(&mut hues);
        let mut fills = [Fill::Flat(INK); AREAS];
        for (fill, hue) in fills.iter_mut().zip(hues) {
            let value = 170 + random.below(80) as u32;
            let saturation = 190 + random.below(60) as u32;
            *fill = Fill::Flat(rgb_from_hsv(hue, saturation, value));
        }
        set(&mut fills, Area::Feature, Fill::Flat(INK));
        Self {
            fills,
            line: [30, 20, 60],
        }
    }

    /// The colour of a point of an area.
    pub(super) fn at(&self, area: Area, x: i32, y: i32) -> [u8; 3] {
        match self.fills.get(area as usize) {
            Some(Fill::Flat(colour)) => *colour,
            Some(&Fill::Hatched {
                direction: (across, down),
                period,
                thickness,
                is_crossed,
            }) => {
                let is_line = |position: i32| position.rem_euclid(period) < thickness;
                if is_line(across * x + down * y) || is_crossed && is_line(down * x - across * y) {
                    INK
                } else {
                    PAPER
                }
            }
            None => PAPER,
        }
    }
}

fn set(fills: &mut [Fill; AREAS], area: Area, fill: Fill) {
    if let Some(slot) = fills.get_mut(area as usize) {
        *slot = fill;
    }
}

/// Number of distinct hues: 256 for each sixth of the colour wheel.
pub(super) const HUES: usize = 6 * 256;

/// Converts HSV to RGB in integers. `hue` is less than [`HUES`]; `saturation` and `value` are 0 to
/// 255.
pub(super) fn rgb_from_hsv(hue: u32, saturation: u32, value: u32) -> [u8; 3] {
    let (sixth, within) = (hue / 256, hue % 256);
    let sample = |lack: u32| (value * (255 - saturation * lack / 255) / 255).min(255) as u8;
    let (full, none) = (sample(0), sample(255));
    let (rising, falling) = (sample(255 - within), sample(within));
    match sixth {
        0 => [full, rising, none],
        1 => [falling, full, none],
        2 => [none, full, rising],
        3 => [none, falling, full],
        4 => [rising, none, full],
        _ => [full, none, falling],
    }
}
