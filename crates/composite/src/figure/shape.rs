//! What a figure is made of, and which area a point is in.

use super::random::Random;

/// How many areas there can be.
pub(super) const AREAS: usize = 14;

/// The areas of a figure; each has its own colour, or hatching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Area {
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
    pub(super) fn area(&self, x: f32, y: f32) -> Area {
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
