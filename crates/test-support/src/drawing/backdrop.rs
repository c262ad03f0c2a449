//! Backdrops: sky, sun or lamp, a far and a near layer, and the ground.

use super::numbers::{Random, Rgb, blend, cloud, grain, hex, mix, sine, smooth};

#[derive(Debug, Clone, Copy)]
enum Place {
    Hills,
    Sea,
    City,
    Forest,
    Room,
    Dunes,
}

const PLACES: [Place; 6] = [
    Place::Hills,
    Place::Sea,
    Place::City,
    Place::Forest,
    Place::Room,
    Place::Dunes,
];

/// Palettes: upper sky, lower sky, sun, far layer, near layer, ground.
const LIGHTS: [[u32; 6]; 6] = [
    [0x2f5d8a, 0xf4b982, 0xfff0c8, 0x7d6a7d, 0x4a4a50, 0x6a5a48],
    [0x4f9bd9, 0xcfe8f5, 0xfffbe0, 0x8fb0b8, 0x5f8a5a, 0x8aa866],
    [0x141c33, 0x3a4a78, 0xf5f0d5, 0x28335a, 0x18203c, 0x2a2f45],
    [0x8f9da3, 0xd9dedc, 0xf8f6ee, 0xa9b3b3, 0x77847f, 0x8d8f84],
    [0x6b3f73, 0xf08f7a, 0xffdf9a, 0x8a4f74, 0x4f3358, 0x5f4552],
    [0x2f7f86, 0xbfe0c8, 0xfff5c0, 0x5fa08f, 0x2f6355, 0x557a4f],
];

/// Backdrop: a place at a time of day.
#[derive(Debug, Clone)]
pub(crate) struct Backdrop {
    place: Place,
    seed: u32,
    horizon: f32,
    sun: [f32; 3],
    colours: [Rgb; 6],
    /// Width of the picture divided by its height.
    aspect: f32,
    /// Distance of each column from the left edge, in picture heights.
    columns: Vec<f32>,
    /// Height of the far and near layers above the horizon in each column, in picture heights.
    skylines: [Vec<f32>; 2],
}

/// Colour of a backdrop at one sample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    /// Visible layer: 0 sky, 1 sun, 2 far, 3 near, 4 ground.
    pub(crate) layer: u8,
    pub(crate) colour: Rgb,
}

impl Backdrop {
    /// Chooses a backdrop for a picture of `width` x `height` samples.
    pub(crate) fn new(random: &mut Random, width: usize, height: usize) -> Self {
        let place = PLACES[random.below(PLACES.len())];
        let light = LIGHTS[random.below(LIGHTS.len())];
        let mut backdrop = Self {
            place,
            seed: random.bits() as u32,
            horizon: random.between(0.62, 0.74),
            sun: [
                random.between(0.1, 0.9),
                random.between(0.12, 0.34),
                random.between(0.07, 0.14),
            ],
            colours: light.map(hex),
            aspect: width as f32 / height as f32,
            columns: (0..width)
                .map(|x| (x as f32 + 0.5) / height as f32)
                .collect(),
            skylines: [Vec::new(), Vec::new()],
        };
        let skyline = |shift: f32, near: bool| {
            let reach = |u: &f32| backdrop.skyline(u + shift, near);
            backdrop.columns.iter().map(reach).collect()
        };
        backdrop.skylines = [skyline(0.0, false), skyline(0.37, true)];
        backdrop
    }

    /// Colour of the fill light, which brightens shadows.
    pub(crate) fn fill(&self) -> Rgb {
        blend(self.colours[0], self.colours[1], 0.6)
    }

    /// Colour of the key light, which comes from the sun.
    pub(crate) fn key(&self) -> Rgb {
        blend(self.colours[2], self.colours[1], 0.25)
    }

    /// Horizontal position of the sun, from 0 (left) to 1 (right).
    pub(crate) fn sun_side(&self) -> f32 {
        self.sun[0]
    }

    /// Position of the sun as shares of the picture's width and height.
    pub(crate) fn sun_at(&self) -> [f32; 2] {
        [self.sun[0], self.sun[1]]
    }

    fn skyline(&self, u: f32, near: bool) -> f32 {
        let seed = self.seed ^ u32::from(near);
        let shift = (seed & 0xff) as f32 / 16.0;
        let step = |width: f32| grain((u / width + shift).floor() as i32, 0, seed);
        match (self.place, near) {
            (Place::Hills, false) => 0.14 + 0.07 * sine(u * 0.9 + shift) + 0.04 * sine(u * 2.3),
            (Place::Hills, true) => 0.05 + 0.04 * sine(u * 1.3 + shift * 3.0),
            (Place::Sea, false) => 0.02 + 0.1 * smooth(0.5, 0.9, cloud(u * 3.0 + shift, 0.5, seed)),
            (Place::Sea, true) | (Place::Room, _) => 0.0,
            (Place::City, false) => 0.12 + 0.3 * step(0.11),
            (Place::City, true) => 0.03 + 0.22 * step(0.17) * grain(u.floor() as i32, 3, seed),
            (Place::Forest, false) => 0.2 + 0.16 * cloud(u * 9.0 + shift, 0.0, seed),
            (Place::Forest, true) => {
                let tree = u * 5.0 + shift;
                let tip = 1.0 - 2.0 * (tree - tree.floor() - 0.5).abs();
                tip * (0.14 + 0.22 * grain(tree.floor() as i32, 1, seed))
            }
            (Place::Dunes, false) => 0.1 + 0.08 * sine(u * 0.6 + shift),
            (Place::Dunes, true) => {
                let ridge = sine(u * 0.8 + shift * 2.0);
                0.02 + 0.09 * ridge * ridge
            }
        }
    }

    /// Returns the backdrop in column `x` of the samples at `v` picture heights from the top.
    /// Layers blend into each other over a distance of `soft`.
    pub(crate) fn at(&self, x: usize, v: f32, soft: f32) -> Spot {
        let u = self.columns[x];
        let aspect = self.aspect;
        let [sky_top, sky_low, sun, far, near, ground] = self.colours;
        if matches!(self.place, Place::Room) {
            return self.room(u / aspect, v, soft);
        }
        let mut spot = Spot {
            layer: 0,
            colour: blend(sky_top, sky_low, smooth(0.0, self.horizon, v)),
        };
        let mut lay = |layer: u8, colour: Rgb, inside: f32| {
            let share = smooth(-soft, soft, inside);
            spot.colour = blend(spot.colour, colour, share);
            if share > 0.5 {
                spot.layer = layer;
            }
        };
        let [sun_u, sun_v, radius] = self.sun;
        let (du, dv) = (u - sun_u * aspect, v - sun_v);
        lay(1, sun, radius - (du * du + dv * dv).sqrt());
        let top = self.horizon - self.skylines[0][x];
        let haze = blend(far, sky_low, 0.5 * smooth(top, self.horizon, v));
        lay(2, haze, v - top);
        lay(3, near, v - (self.horizon - self.skylines[1][x]));
        let depth = smooth(self.horizon, 1.0, v);
        let floor = blend(blend(ground, far, 0.5), ground, depth);
        lay(4, floor, v - self.horizon);
        spot
    }

    /// Indoor backdrop: a wall with a window, and a floor.
    fn room(&self, across: f32, v: f32, soft: f32) -> Spot {
        let [sky_top, sky_low, sun, far, near, ground] = self.colours;
        let mut spot = Spot {
            layer: 0,
            colour: blend(far, near, v),
        };
        let mut lay = |layer: u8, colour: Rgb, inside: f32| {
            let share = smooth(-soft, soft, inside);
            spot.colour = blend(spot.colour, colour, share);
            if share > 0.5 {
                spot.layer = layer;
            }
        };
        let left = mix(0.06, 0.5, self.sun[0]);
        let inset = |margin: f32| {
            let across = (0.19 - margin - (across - left - 0.19).abs()).min(0.4);
            across.min(0.21 - margin - (v - 0.3).abs())
        };
        lay(2, blend(near, ground, 0.6), inset(0.0));
        lay(1, blend(sky_top, sky_low, v * 2.0), inset(0.02));
        lay(1, sun, inset(0.02).min(0.05 - (across - left - 0.3).abs()));
        let bar = (across - left - 0.19).abs().min((v - 0.3).abs());
        lay(2, blend(near, ground, 0.6), inset(0.0).min(0.012 - bar));
        lay(4, ground, v - self.horizon - 0.06);
        spot
    }

    /// Brightness of blurred background lights (bokeh) at a point, 0 to 1.
    pub(crate) fn lights(&self, u: f32, v: f32) -> f32 {
        if v > self.horizon || matches!(self.place, Place::Room | Place::Dunes) {
            return 0.0;
        }
        let size = 0.16;
        let (column, row) = ((u / size).floor(), (v / size).floor());
        let mut bright = 0.0_f32;
        for (dx, dy) in [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)] {
            let (x, y) = (column as i32 + dx, row as i32 + dy);
            if grain(x, y, self.seed ^ 5) < 0.62 {
                continue;
            }
            let at_u = (x as f32 + 0.2 + 0.6 * grain(x, y, self.seed ^ 6)) * size;
            let at_v = (y as f32 + 0.2 + 0.6 * grain(x, y, self.seed ^ 7)) * size;
            let radius = size * (0.2 + 0.22 * grain(x, y, self.seed ^ 8));
            let away = ((u - at_u) * (u - at_u) + (v - at_v) * (v - at_v)).sqrt();
            bright = bright.max(smooth(radius, radius * 0.8, away));
        }
        bright
    }
}
