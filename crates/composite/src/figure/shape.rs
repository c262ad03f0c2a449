//! The shape of a figure: its proportions, and the area that each point belongs to.

use super::random::Random;

/// Number of variants of [`Area`].
pub(super) const AREAS: usize = 14;

/// The areas of a figure. Each is filled with its own hue or hatching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Area {
    /// Eyes, nose and mouth; black in both styles.
    Feature,
    Hat,
    Hair,
    Face,
    Neck,
    Scarf,
    Coat,
    Stripe,
    /// The ground in front.
    Near,
    /// The lower part of the object in the backdrop: walls, a trunk, a frame, a hull.
    Object,
    /// The upper part of that object: a roof, a crown, a sail.
    Top,
    /// The ground or wall behind, and small parts such as a door.
    Far,
    /// The sun in the sky.
    Sun,
    Sky,
}

/// What covers the head: one of two hats, or hair of one of two lengths.
#[derive(Debug, Clone, Copy)]
enum Headwear {
    BrimmedHat,
    PointedHat,
    ShortHair,
    LongHair,
}

/// The scene behind the person.
#[derive(Debug, Clone, Copy)]
enum Backdrop {
    Hills,
    House,
    Trees,
    Window,
    Boat,
}

/// A person in front of a backdrop.
///
/// Lengths are fractions of the picture's shorter side. The origin is the middle of the upper edge,
/// with `y` pointing down.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    /// Centre of the head.
    head: (f32, f32),
    /// Radius of the head.
    radius: f32,
    /// How far the shoulders reach, and how much the coat widens below them.
    shoulder: f32,
    slope: f32,
    /// Columns of the coat for each radius of the head. Every third column is a stripe.
    stripes: f32,
    headwear: Headwear,
    backdrop: Backdrop,
    horizon: f32,
    /// Horizontal position and size of the object in the backdrop.
    object: (f32, f32),
    /// Position and radius of the sun.
    sun: (f32, f32, f32),
}

impl Figure {
    /// Creates a figure with random proportions.
    pub(crate) fn random(random: &mut Random) -> Self {
        // The order of all these calls must never change, because it determines the pixels.
        let side = if random.bits() & 1 == 0 { -1.0 } else { 1.0 };
        Self {
            head: (
                side * random.between(0.02, 0.13),
                random.between(0.38, 0.48),
            ),
            radius: random.between(0.12, 0.17),
            shoulder: random.between(0.5, 1.2),
            slope: random.between(0.1, 0.7),
            stripes: random.between(1.2, 3.5),
            headwear: match random.below(4) {
                0 => Headwear::BrimmedHat,
                1 => Headwear::PointedHat,
                2 => Headwear::ShortHair,
                _ => Headwear::LongHair,
            },
            backdrop: match random.below(5) {
                0 => Backdrop::Hills,
                1 => Backdrop::House,
                2 => Backdrop::Trees,
                3 => Backdrop::Window,
                _ => Backdrop::Boat,
            },
            horizon: random.between(0.5, 0.75),
            // Opposite to the head, which would otherwise cover it.
            object: (-side * random.between(0.25, 0.38), random.between(0.2, 0.3)),
            sun: (
                side * random.between(0.25, 0.42),
                random.between(0.12, 0.2),
                random.between(0.06, 0.11),
            ),
        }
    }

    /// The area that a point belongs to. The person is in front of the backdrop.
    pub(super) fn area(&self, x: f32, y: f32) -> Area {
        // Coordinates relative to the head, in units of its radius.
        let (u, v) = (
            (x - self.head.0) / self.radius,
            (y - self.head.1) / self.radius,
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
        let covered = match self.headwear {
            Headwear::BrimmedHat => {
                let brim = u.abs() < 1.55 && v > -0.85 && v < -0.6;
                let crown = u.abs() < 0.95 && v > -1.75 && v <= -0.85;
                (brim || crown).then_some(Area::Hat)
            }
            Headwear::PointedHat => {
                (v > -2.2 && v < -0.55 && u.abs() < 0.66 * (v + 2.2)).then_some(Area::Hat)
            }
            Headwear::ShortHair => (ellipse(u, v, 1.02, 1.16) && v < -0.4).then_some(Area::Hair),
            Headwear::LongHair => (ellipse(u, v, 1.05, 1.2) && v < -0.5).then_some(Area::Hair),
        };
        let behind = matches!(self.headwear, Headwear::LongHair) && ellipse(u, v - 0.4, 1.3, 1.7);
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
        // Shifted by 20 because `u` may be negative and the cast would clamp it to 0.
        let is_stripe = ((self.stripes * (u + 20.0)) as u32).is_multiple_of(3);
        Some(if is_stripe { Area::Stripe } else { Area::Coat })
    }

    fn backdrop_area(&self, x: f32, y: f32) -> Area {
        let (place, size) = self.object;
        // Coordinates relative to the foot of the object.
        let (beside, up) = (x - place, self.horizon + 0.05 - y);
        let (sun_x, sun_y, sun_radius) = self.sun;
        let in_sun = ellipse(x - sun_x, y - sun_y, sun_radius, sun_radius);
        match self.backdrop {
            Backdrop::Hills => {
                if y > self.horizon + 0.12 - 0.5 * beside * beside {
                    Area::Near
                } else if y > self.horizon - 0.15 + 1.2 * (x + place) * (x + place) {
                    Area::Far
                } else if in_sun {
                    Area::Sun
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
                    (_, true, _) => Area::Object,
                    (_, _, true) => Area::Top,
                    _ => self.open_air(y, in_sun),
                }
            }
            Backdrop::Trees => {
                let in_trunk = beside.abs() < 0.04 && up > -0.04 && up < size;
                let in_crown = ellipse(beside, up - 1.4 * size, 0.7 * size, 0.9 * size);
                let other = ellipse(x + place, up - 0.1, 0.5 * size, 0.4 * size);
                match (in_trunk, in_crown, other) {
                    (_, true, _) => Area::Top,
                    (true, _, _) => Area::Object,
                    (_, _, true) => Area::Far,
                    _ => self.open_air(y, in_sun),
                }
            }
            Backdrop::Window => {
                let (across, down) = ((x - 0.5 * place).abs(), (y - 0.35).abs());
                let in_frame = across < 0.4 && down < 0.28;
                let in_pane = across > 0.02 && across < 0.37 && down > 0.02 && down < 0.25;
                match (in_pane, in_frame) {
                    (true, _) if in_sun => Area::Sun,
                    (true, _) => Area::Sky,
                    (_, true) => Area::Object,
                    _ if y > 0.85 => Area::Near,
                    _ => Area::Far,
                }
            }
            Backdrop::Boat => {
                let in_sail = beside > 0.0 && up > 0.06 && beside < 0.6 * (2.2 * size - up);
                let in_hull = up > -0.04 && up < 0.05 && beside.abs() < size - 0.5 * (0.05 - up);
                match (in_sail, in_hull) {
                    (true, _) => Area::Top,
                    (_, true) => Area::Object,
                    _ => self.open_air(y, in_sun),
                }
            }
        }
    }

    fn open_air(&self, y: f32, in_sun: bool) -> Area {
        if y > self.horizon {
            Area::Near
        } else if in_sun {
            Area::Sun
        } else {
            Area::Sky
        }
    }
}

/// Whether a point lies inside an ellipse around the origin with the given half axes.
fn ellipse(x: f32, y: f32, across: f32, down: f32) -> bool {
    let (x, y) = (x / across, y / down);
    x * x + y * y < 1.0
}
