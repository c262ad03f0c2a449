//! Holds the size that a header declares against the limits.

use crate::error::PictureError;
use crate::limits::Limits;

/// Refuses a declared size that is beyond a limit, or empty.
pub(super) fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), PictureError> {
    if width == 0 || height == 0 {
        return Err(PictureError::unreadable(format!(
            "its header declares {width} x {height} pixels"
        )));
    }
    let pixels = u64::from(width) * u64::from(height);
    if width > limits.max_width || height > limits.max_height || pixels > limits.max_pixels {
        return Err(PictureError::TooLarge {
            width,
            height,
            limits: *limits,
        });
    }
    Ok(())
}
#[cfg(test)]
mod tests;
