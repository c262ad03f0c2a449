//! Computes how many tokens an image uses.

use serde::{Deserialize, Serialize};

/// Maximum number of patches per image. The service rejects larger images.
pub const MAX_PATCHES: u64 = 30_000;

/// How a model that splits images into square patches counts tokens.
///
/// Source: OpenAI's guide to images and vision, section on patch-based models.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageTokenRule {
    /// Side length of a patch in pixels.
    pub patch: u32,
    /// Maximum length of the longer side in pixels. Larger images are scaled down to it.
    pub max_side: u32,
    /// Maximum number of patches. Larger images are scaled down to it.
    pub patch_budget: u32,
    /// Tokens per patch.
    pub multiplier: f64,
}

impl Default for ImageTokenRule {
    /// The rule of gpt-4.1-mini.
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
    /// Tokens for an image of `width` by `height` pixels. The billed number may differ by one.
    ///
    /// Returns `None` if the service would reject the image, if a side or the patch size is 0, or
    /// if the multiplier is negative.
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

    /// The size in pixels after scaling down to [`Self::max_side`].
    fn fit_side(&self, width: u32, height: u32) -> (u32, u32) {
        let longest = width.max(height);
        if longest <= self.max_side {
            return (width, height);
        }
        let scale = f64::from(self.max_side) / f64::from(longest);
        // An extremely narrow image keeps at least one pixel.
        let scaled = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
        (scaled(width), scaled(height))
    }

    /// The size in pixels after scaling down to [`Self::patch_budget`].
    fn fit_budget(&self, width: u32, height: u32) -> (u32, u32) {
        let (w, h, patch) = (f64::from(width), f64::from(height), f64::from(self.patch));
        let scale = (patch * patch * f64::from(self.patch_budget) / (w * h)).sqrt();
        // The guide shrinks the image further until one side is a whole number of patches. Without
        // that, rounding both sides up to whole patches could exceed the budget again.
        let shrink = |side: f64| {
            let patches = side * scale / patch;
            patches.floor() / patches
        };
        let scale = scale * shrink(w).min(shrink(h));
        let scaled = |side: f64| ((side * scale).floor() as u32).max(1);
        (scaled(w), scaled(h))
    }

    fn patches(&self, width: u32, height: u32) -> u64 {
        u64::from(width.div_ceil(self.patch)) * u64::from(height.div_ceil(self.patch))
    }
}

#[cfg(test)]
mod tests;
