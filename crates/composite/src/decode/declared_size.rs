//! Checks the size that a header declares.

use crate::error::PictureError;
use crate::limits::Limits;

/// Refuses an empty picture and one that exceeds a limit.
///
/// Called before any memory is allocated for pixels: a few bytes of header can declare gigabytes.
pub(super) fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), PictureError> {
    if width == 0 || height == 0 {
        return Err(PictureError::unreadable(format!(
            "its header declares {width} x {height} pixels"
        )));
    }
    // In 64 bits, because the product of two 32-bit sides can overflow 32.
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
