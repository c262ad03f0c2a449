//! Simple drawn figures, in ink or in colour: the pictures of a control sheet.
//!
//! A figure is a person before a backdrop, made up of areas; the numbers that make one up are
//! drawn from a seed. In ink each area is hatched in its own way, in colour each has its own hue.
//! Only operations that IEEE 754 rounds exactly are used, so that a seed gives the same pixels on
//! every machine.

/// A stream of random numbers (SplitMix64; Steele, Lea and Flood, "Fast splittable pseudorandom
/// number generators", 2014). Written here because its stream must stay what it is: recorded
/// answers are found by the pixels that come of it.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to, but not including, `count`; 0 where that is 0.
    pub(crate) const fn below(&mut self, count: usize) -> usize {
        match self.bits().checked_rem(count as u64) {
            Some(number) => number as usize,
            None => 0,
        }
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        let unit = (self.bits() >> 40) as f32 / 16_777_216.0;
        low + (high - low) * unit
    }

    /// Puts things in an order that any of them may come in (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.below(last + 1));
        }
    }
}

/// How many areas there can be.
const AREAS: usize = 14;

/// The areas of a figure; each has its own colour, or hatching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    /// Eyes and mouth: black in ink and in colour.
    Feature,
    Hat,
    Hair,
    Face,
    Neck,
    Scarf,
    Coat,
    Stripe,
    Near,
    Thing,
    Top,
    Far,
    Disc,
    Sky,
}

/// What covers the head.
#[derive(Debug, Clone, Copy)]
enum Covering {
    Brimmed,
    Pointed,
    Short,
    Long,
}

/// What is behind the person.
#[derive(Debug, Clone, Copy)]
enum Backdrop {
    Hills,
    House,
    Trees,
    Window,
    Boat,
}

/// A person before a backdrop. Lengths are in parts of the picture's shorter side, from the middle
/// of the upper edge.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    centre: f32,
    head: f32,
    radius: f32,
    shoulder: f32,
    slope: f32,
    stripes: f32,
    covering: Covering,
    backdrop: Backdrop,
    horizon: f32,
    /// Where the thing behind stands, and how large it is.
    thing: (f32, f32),
    /// Where the sun stands, and how large it is.
    disc: (f32, f32, f32),
}

impl Figure {
    pub(crate) fn drawn_from(random: &mut Random) -> Self {
        let side = if random.bits() & 1 == 0 { -1.0 } else { 1.0 };
        Self {
            centre: side * random.between(0.02, 0.13),
            head: random.between(0.38, 0.48),
            radius: random.between(0.12, 0.17),
            shoulder: random.between(0.5, 1.2),
            slope: random.between(0.1, 0.7),
            stripes: random.between(1.2, 3.5),
            covering: match random.below(4) {
                0 => Covering::Brimmed,
                1 => Covering::Pointed,
                2 => Covering::Short,
                _ => Covering::Long,
            },
            backdrop: match random.below(5) {
                0 => Backdrop::Hills,
                1 => Backdrop::House,
                2 => Backdrop::Trees,
                3 => Backdrop::Window,
                _ => Backdrop::Boat,
            },
            horizon: random.between(0.5, 0.75),
            thing: (-side * random.between(0.25, 0.38), random.between(0.2, 0.3)),
            disc: (
                side * random.between(0.25, 0.42),
                random.between(0.12, 0.2),
                random.between(0.06, 0.11),
            ),
        }
    }

    /// Which area a point is in, from the front to the back.
    fn area(&self, x: f32, y: f32) -> Area {
        // The person, in parts of the head's radius.
        let (u, v) = (
            (x - self.centre) / self.radius,
            (y - self.head) / self.radius,
        );
        self.head_area(u, v)
            .or_else(|| self.body_area(u, v))
            .unwrap_or_else(|| self.backdrop_area(x, y))
    }

    fn head_area(&self, u: f32, v: f32) -> Option<Area> {
        let is_eye = ellipse(u.abs() - 0.36, v + 0.05, 0.12, 0.12);
        let is_mouth = u.abs() < 0.34 && (v - 0.5 + 0.2 * u * u).abs() < 0.06;
        let is_nose = (u - 0.06).abs() < 0.04 && v > 0.0 && v < 0.24;
        let in_face = ellipse(u, v, 0.86, 1.0);
        let covered = match self.covering {
            Covering::Brimmed => {
                let brim = u.abs() < 1.55 && v > -0.85 && v < -0.6;
                let crown = u.abs() < 0.95 && v > -1.75 && v <= -0.85;
                (brim || crown).then_some(Area::Hat)
            }
            Covering::Pointed => {
                (v > -2.2 && v < -0.55 && u.abs() < 0.66 * (v + 2.2)).then_some(Area::Hat)
            }
            Covering::Short => (ellipse(u, v, 1.02, 1.16) && v < -0.4).then_some(Area::Hair),
            Covering::Long => (ellipse(u, v, 1.05, 1.2) && v < -0.5).then_some(Area::Hair),
        };
        let behind = matches!(self.covering, Covering::Long) && ellipse(u, v - 0.4, 1.3, 1.7);
        if let Some(area) = covered {
            Some(area)
        } else if is_eye || is_mouth || is_nose {
            Some(Area::Feature)
        } else if in_face {
            Some(Area::Face)
        } else {
            behind.then_some(Area::Hair)
        }
    }

    fn body_area(&self, u: f32, v: f32) -> Option<Area> {
        if u.abs() < 0.34 && v > 0.0 && v < 1.3 {
            return Some(Area::Neck);
        }
        let down = v - 1.15;
        if down < 0.0 || u.abs() > 0.5 + self.shoulder * down.min(1.0).sqrt() + self.slope * down {
            return None;
        }
        if down < 0.4 {
            return Some(Area::Scarf);
        }
        let is_stripe = ((self.stripes * (u + 20.0)) as u32).is_multiple_of(3);
        Some(if is_stripe { Area::Stripe } else { Area::Coat })
    }

    fn backdrop_area(&self, x: f32, y: f32) -> Area {
        let (place, size) = self.thing;
        let (beside, up) = (x - place, self.horizon + 0.05 - y);
        let (disc_x, disc_y, disc) = self.disc;
        let in_disc = ellipse(x - disc_x, y - disc_y, disc, disc);
        match self.backdrop {
            Backdrop::Hills => {
                if y > self.horizon + 0.12 - 0.5 * beside * beside {
                    Area::Near
                } else if y > self.horizon - 0.15 + 1.2 * (x + place) * (x + place) {
                    Area::Far
                } else if in_disc {
                    Area::Disc
                } else {
                    Area::Sky
                }
            }
            Backdrop::House => {
                let in_wall = beside.abs() < size && up > 0.0 && up < size;
                let in_roof = up >= size && up < 2.0 * size && beside.abs() < 2.1 * size - up;
                let in_door = beside.abs() < 0.2 * size && up > 0.0 && up < 0.6 * size;
                match (in_door, in_wall, in_roof) {
                    (true, _, _) => Area::Far,
                    (_, true, _) => Area::Thing,
                    (_, _, true) => Area::Top,
                    _ => self.open_air(y, in_disc),
                }
            }
            Backdrop::Trees => {
                let in_trunk = beside.abs() < 0.04 && up > -0.04 && up < size;
                let in_crown = ellipse(beside, up - 1.4 * size, 0.7 * size, 0.9 * size);
                let other = ellipse(x + place, up - 0.1, 0.5 * size, 0.4 * size);
                match (in_trunk, in_crown, other) {
                    (_, true, _) => Area::Top,
                    (true, _, _) => Area::Thing,
                    (_, _, true) => Area::Far,
                    _ => self.open_air(y, in_disc),
                }
            }
            Backdrop::Window => {
                let (across, down) = ((x - 0.5 * place).abs(), (y - 0.35).abs());
                let in_frame = across < 0.4 && down < 0.28;
                let in_pane = across > 0.02 && across < 0.37 && down > 0.02 && down < 0.25;
                match (in_pane, in_frame) {
                    (true, _) if in_disc => Area::Disc,
                    (true, _) => Area::Sky,
                    (_, true) => Area::Thing,
                    _ if y > 0.85 => Area::Near,
                    _ => Area::Far,
                }
            }
            Backdrop::Boat => {
                let in_sail = beside > 0.0 && up > 0.06 && beside < 0.6 * (2.2 * size - up);
                let in_hull = up > -0.04 && up < 0.05 && beside.abs() < size - 0.5 * (0.05 - up);
                match (in_sail, in_hull) {
                    (true, _) => Area::Top,
                    (_, true) => Area::Thing,
                    _ => self.open_air(y, in_disc),
                }
            }
        }
    }

    fn open_air(&self, y: f32, in_disc: bool) -> Area {
        if y > self.horizon {
            Area::Near
        } else if in_disc {
            Area::Disc
        } else {
            Area::Sky
        }
    }
}

fn ellipse(x: f32, y: f32, across: f32, down: f32) -> bool {
    let (x, y) = (x / across, y / down);
    x * x + y * y < 1.0
}

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

const INK: [u8; 3] = [16, 16, 16];
const PAPER: [u8; 3] = [252, 252, 252];

/// The fills of all areas, and the colour of the lines between them.
pub(crate) struct Style {
    fills: [Fill; AREAS],
    line: [u8; 3],
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

    fn at(&self, area: Area, x: i32, y: i32) -> [u8; 3] {
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
const HUES: usize = 6 * 256;

/// A colour by hue, of [`HUES`]; saturation and value, of 255.
fn pure(hue: u32, saturation: u32, value: u32) -> [u8; 3] {
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

/// Drawn pixels to a pixel, along each side, so that lines are smooth.
const FINE: u32 = 2;

/// Draws a figure at a size in pixels: 8-bit RGB.
pub(crate) fn draw(figure: &Figure, style: &Style, (width, height): (u32, u32)) -> Vec<u8> {
    let (fine_width, fine_height) = (width * FINE, height * FINE);
    let unit = line_breadth(width, height).cast_signed();
    let short = fine_width.min(fine_height).max(1) as f32;
    let middle = fine_width as f32 / 2.0;
    let area = |x: i32, y: i32| figure.area((x as f32 - middle) / short, y as f32 / short);
    let fine = |x: i32, y: i32| {
        let here = area(x, y);
        if here != area(x + unit, y) || here != area(x, y + unit) {
            style.line
        } else {
            style.at(here, x, y)
        }
    };
    let mut pixels = Vec::with_capacity(3 * (width as usize) * height as usize);
    for y in 0..height {
        for x in 0..width {
            let mut sums = [0_u32; 3];
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let colour = fine((FINE * x + dx).cast_signed(), (FINE * y + dy).cast_signed());
                for (sum, sample) in sums.iter_mut().zip(colour) {
                    *sum += u32::from(sample);
                }
            }
            pixels.extend(sums.map(|sum| (sum / (FINE * FINE)) as u8));
        }
    }
    pixels
}

/// How broad lines are at a size in pixels, in drawn pixels.
pub(crate) fn line_breadth(width: u32, height: u32) -> u32 {
    (width.min(height) * FINE / 120).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a, 64 bits.
    fn digest(bytes: &[u8]) -> u64 {
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    #[test]
    fn the_stream_is_the_published_one() {
        let mut random = Random::new(0);
        assert_eq!(random.bits(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(random.bits(), 0x6e78_9e6a_a1b9_65f4);
        assert_eq!(random.below(0), 0);
    }

    /// Recorded answers are found by what was shown: a figure must stay what it is.
    #[test]
    fn a_seed_gives_the_same_pixels_for_ever() {
        let mut random = Random::new(42);
        let figure = Figure::drawn_from(&mut random);
        let size = (150, 200);
        let ink = Style::ink(&mut random, line_breadth(size.0, size.1));
        let colour = Style::colour(&mut random);
        let digests = [ink, colour].map(|style| digest(&draw(&figure, &style, size)));
        assert_eq!(digests, [0xedcc_62bd_1729_007f, 0xb788_c449_91b7_b3fb]);
    }

    #[test]
    fn ink_is_neutral_and_colour_goes_round_the_circle() {
        for seed in 0..50 {
            let mut random = Random::new(seed);
            let figure = Figure::drawn_from(&mut random);
            let ink = draw(&figure, &Style::ink(&mut random, 1), (60, 80));
            assert_eq!(ink.len(), 3 * 60 * 80);
            for pixel in ink.chunks_exact(3) {
                assert!(pixel.iter().all(|sample| *sample == pixel[0]), "{pixel:?}");
            }
            assert!(ink.contains(&PAPER[0]) && ink.contains(&INK[0]), "{seed}");
            let coloured = draw(&figure, &Style::colour(&mut random), (60, 80));
            let leading: std::collections::HashSet<usize> = coloured
                .chunks_exact(3)
                .filter(|pixel| pixel.iter().max().unwrap() - pixel.iter().min().unwrap() > 80)
                .filter_map(|pixel| (0..3).max_by_key(|&at| pixel[at]))
                .collect();
            assert!(leading.len() >= 2, "{seed}: {leading:?}");
        }
    }

    #[test]
    fn hues_go_round_without_a_jump() {
        for hue in 0..HUES as u32 {
            let (one, next) = (pure(hue, 255, 255), pure((hue + 1) % HUES as u32, 255, 255));
            let step: u8 = one.iter().zip(next).map(|(a, b)| a.abs_diff(b)).sum();
            assert!(step <= 2, "{hue}: {one:?} {next:?}");
        }
        assert_eq!(pure(0, 255, 200), [200, 0, 0]);
        assert_eq!(pure(512, 0, 200), [200, 200, 200]);
    }
}
