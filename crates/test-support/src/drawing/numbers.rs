//! Random numbers, noise and trigonometry with the same result on every machine.
//!
//! Uses integers and only those floating-point operations that IEEE 754 rounds exactly; functions
//! such as `sin` differ between platforms.

/// Random number generator: SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Debug, Clone)]
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

    /// Returns a number from 0 (inclusive) to 1 (exclusive).
    pub(crate) fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / 16_777_216.0
    }

    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        mix(low, high, self.unit())
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.bits() % count as u64) as usize
    }

    /// Returns -1 or 1.
    pub(crate) const fn side(&mut self) -> f32 {
        if self.bits() & 1 == 0 { -1.0 } else { 1.0 }
    }
}

/// White noise at a grid point, 0 to 1.
pub(crate) fn grain(x: i32, y: i32, seed: u32) -> f32 {
    let mut h = x.cast_unsigned().wrapping_mul(0x8da6_b343)
        ^ y.cast_unsigned().wrapping_mul(0xd816_3841)
        ^ seed.wrapping_mul(0xcb1a_b31f);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    h ^= h >> 15;
    (h >> 8) as f32 / 16_777_216.0
}

/// Value noise, 0 to 1: white noise at integer coordinates, interpolated in between.
pub(crate) fn cloud(x: f32, y: f32, seed: u32) -> f32 {
    let (column, row) = (x.floor(), y.floor());
    let (u, v) = (smooth(0.0, 1.0, x - column), smooth(0.0, 1.0, y - row));
    let (column, row) = (column as i32, row as i32);
    let corner = |dx: i32, dy: i32| grain(column + dx, row + dy, seed);
    mix(
        mix(corner(0, 0), corner(1, 0), u),
        mix(corner(0, 1), corner(1, 1), u),
        v,
    )
}

/// Sine of an angle in turns, accurate to 0.0015: a parabola with a correction term.
pub(crate) fn sine(turns: f32) -> f32 {
    let x = turns - (turns + 0.5).floor();
    let parabola = 8.0 * x - 16.0 * x * x.abs();
    0.225 * (parabola * parabola.abs() - parabola) + parabola
}

/// Cosine of an angle in turns, accurate to 0.0015.
pub(crate) fn cosine(turns: f32) -> f32 {
    sine(turns + 0.25)
}

pub(crate) fn mix(a: f32, b: f32, share: f32) -> f32 {
    a + (b - a) * share
}

/// Smoothstep: 0 below `low`, 1 above `high`, an S-shaped curve in between.
pub(crate) fn smooth(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Colour as red, green and blue, each 0 to 1.
pub(crate) type Rgb = [f32; 3];

/// Converts a colour written as `0xrrggbb`.
pub(crate) fn hex(rgb: u32) -> Rgb {
    [16, 8, 0].map(|shift| ((rgb >> shift) & 0xff) as f32 / 255.0)
}

pub(crate) fn blend(a: Rgb, b: Rgb, share: f32) -> Rgb {
    [
        mix(a[0], b[0], share),
        mix(a[1], b[1], share),
        mix(a[2], b[2], share),
    ]
}

pub(crate) fn dim(colour: Rgb, factor: f32) -> Rgb {
    [colour[0] * factor, colour[1] * factor, colour[2] * factor]
}

/// Lightness of a colour, 0 to 1 (luma of ITU-R BT.601).
pub(crate) fn luma(colour: Rgb) -> f32 {
    0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_stays_close_to_the_exact_value() {
        for step in -400..400 {
            let turns = step as f32 / 100.0;
            let exact = (turns * std::f32::consts::TAU).sin();
            assert!((sine(turns) - exact).abs() < 0.0015, "{turns}");
        }
    }

    #[test]
    fn random_numbers_match_the_published_sequence() {
        let mut random = Random::new(0);
        // First two published outputs of SplitMix64 with seed 0.
        assert_eq!(random.bits(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(random.bits(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn noise_stays_within_zero_and_one() {
        for i in 0..1000 {
            assert!((0.0..1.0).contains(&grain(i, -i, 7)));
            assert!((0.0..=1.0).contains(&cloud(i as f32 * 0.37 - 50.0, i as f32 * 0.11, 7)));
        }
    }
}
