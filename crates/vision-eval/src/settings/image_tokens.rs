//! How many tokens a picture takes.

use serde::{Deserialize, Serialize};

/// Pictures of more patches than this are rejected by the service.
pub const MAX_PATCHES: u64 = 30_000;

/// How a model that cuts pictures into square patches counts them (OpenAI's image guide, section
/// on patch-based models).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageTokenRule {
    /// The side of a patch in pixels.
    pub patch: u32,
    /// The longest side in pixels; larger pictures are scaled down to it.
    pub max_side: u32,
    /// How many patches a picture may have; larger pictures are scaled down to it.
    pub patch_budget: u32,
    /// Tokens for one patch.
    pub multiplier: f64,
}

impl Default for ImageTokenRule {
    /// The rule for gpt-4.1-mini.
    fn default() -> Self {
        Self {
            patch: 32,
            max_side: 2_048,
            patch_budget: 6_144,
            multiplier: 1.62,
        }
    }
}

impl ImageTokenRule {
    /// The tokens that a picture of this size in pixels takes; what is billed may differ by one.
    /// Nothing where the service would reject the picture, or the rule makes no sense.
    pub fn tokens(&self, width: u32, height: u32) -> Option<u64> {
        if self.patch == 0 || width == 0 || height == 0 {
            return None;
        }
        let (width, height) = self.fit_side(width, height);
        let mut patches = self.patches(width, height);
        if patches > u64::from(self.patch_budget) {
            let (width, height) = self.fit_budget(width, height);
            patches = self.patches(width, height);
        }
        let fits = patches <= MAX_PATCHES && self.multiplier >= 0.0;
        fits.then(|| (patches as f64 * self.multiplier).ceil() as u64)
    }

    /// The size after scaling down to the longest side, in whole pixels.
    fn fit_side(&self, width: u32, height: u32) -> (u32, u32) {
        let longest = width.max(height);
        if longest <= self.max_side {
            return (width, height);
        }
        let scale = f64::from(self.max_side) / f64::from(longest);
        let scaled = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
        (scaled(width), scaled(height))
    }

    /// The size after scaling down to the budget, so that the shorter side is a whole number of
    /// patches.
    fn fit_budget(&self, width: u32, height: u32) -> (u32, u32) {
        let (w, h, patch) = (f64::from(width), f64::from(height), f64::from(self.patch));
        let scale = (patch * patch * f64::from(self.patch_budget) / (w * h)).sqrt();
        let whole = |side: f64| {
            let patches = side * scale / patch;
            patches.floor() / patches
        };
        let scale = scale * whole(w).min(whole(h));
        let scaled = |side: f64| ((side * scale).floor() as u32).max(1);
        (scaled(w), scaled(h))
    }

    fn patches(&self, width: u32, height: u32) -> u64 {
        u64::from(width.div_ceil(self.patch)) * u64::from(height.div_ceil(self.patch))
    }
}

#[cfg(test)]
mod tests;
