//! A seeded random number generator.

/// The random number generator SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
/// number generators", 2014).
///
/// Implemented here rather than taken from a crate because its output must never change: recorded
/// answers are found by the pixels that result from it.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 random bits.
    pub(crate) const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `count - 1`, or 0 if `count` is 0.
    pub(crate) const fn below(&mut self, count: usize) -> usize {
        // The bias of the remainder is negligible for small counts, and removing it would change
        // the pixels.
        match self.bits().checked_rem(count as u64) {
            Some(number) => number as usize,
            None => 0,
        }
    }

    /// A number from `low` to `high`.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        // The upper 24 bits, as many as an `f32` holds exactly, divided by 2^24: from 0 to 1.
        let unit = (self.bits() >> 40) as f32 / 16_777_216.0;
        low + (high - low) * unit
    }

    /// Shuffles a slice (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
