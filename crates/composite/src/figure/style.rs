//! Colours and hatchings of areas.

use super::random::Random;
use super::shape::{AREAS, Area};

/// What an area is filled with.
#[derive(Debug, Clone, Copy)]
enum Fill {
    Flat([u8; 3]),
    /// Lines of black on white across a direction, one in so many steps, of a thickness in steps;
    /// crossed by others, or not.
    Hatched {
        direction: (i32, i32),
        every: i32,
        thick: i32,
        is_crossed: bool,
    },
}

pub(super) const INK: [u8; 3] = [16, 16, 16];
pub(super) const PAPER: [u8; 3] = [252, 252, 252];

/// The fills of all areas, and the colour of the lines between them.
pub(crate) struct Style {
    fills: [Fill; AREAS],
    pub(super) line: [u8; 3],
}

impl Style {
    /// Black ink on white paper. `unit` is the breadth of a line in drawn pixels.
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
            // A skewed direction takes longer steps.
            let step = if direction.0 * direction.1 == 0 { 2 } else { 3 };
            let every = step * unit * (2 + (random.below(5) as u32).cast_signed());
            let is_crossed = random.below(4) == 0;
            *fill = match random.below(6) {
                0 | 1 => Fill::Flat(PAPER),
                _ => Fill::Hatched {
                    direction,
                    every,
                    thick: step * unit,
                    is_crossed,
                },
            };
        }
        for (area, fill) in [
            (Area::Feature, INK),
            (Area::Face, PAPER),
            (Area::Sky, PAPER),
        ] {
            set(&mut fills, area, Fill::Flat(fill));
        }
        Self { fills, line: INK }
    }

    /// Strong colours, all round the colour circle.
    pub(crate) fn colour(random: &mut Random) -> Self {
        let turn = random.below(HUES) as u32;
        let mut hues: Vec<u32> = (0..AREAS as u32)
            .map(|nth| (turn + nth * HUES as u32 / AREAS as u32) % HUES as u32)
            .collect();
        random.shuffle(&mut hues);
        let mut fills = [Fill::Flat(INK); AREAS];
        for (fill, hue) in fills.iter_mut().zip(hues) {
            let value = 170 + random.below(80) as u32;
            let saturation = 190 + random.below(60) as u32;
            *fill = Fill::Flat(pure(hue, saturation, value));
        }
        set(&mut fills, Area::Feature, Fill::Flat(INK));
        Self {
            fills,
            line: [30, 20, 60],
        }
    }

    pub(super) fn at(&self, area: Area, x: i32, y: i32) -> [u8; 3] {
        match self.fills.get(area as usize) {
            Some(Fill::Flat(colour)) => *colour,
            Some(&Fill::Hatched {
                direction: (across, down),
                every,
                thick,
                is_crossed,
            }) => {
                let is_line = |place: i32| place.rem_euclid(every) < thick;
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
    if let Some(place) = fills.get_mut(area as usize) {
        *place = fill;
    }
}

/// Steps of the colour circle.
pub(super) const HUES: usize = 6 * 256;

/// A colour by hue, of [`HUES`]; saturation and value, of 255.
pub(super) fn pure(hue: u32, saturation: u32, value: u32) -> [u8; 3] {
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
