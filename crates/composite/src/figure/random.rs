//! Random numbers by a seed.

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

    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
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
