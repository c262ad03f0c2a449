//! The settings of a model: prices, limits, and the parameters it accepts.

mod image_tokens;
mod model_settings;
mod overrides;
mod shutdown;

pub use image_tokens::{ImageTokenRule, MAX_PATCHES};
pub use model_settings::{Detail, ModelSettings, Prices, Supports};
pub use overrides::ModelOverrides;
