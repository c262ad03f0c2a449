//! How large a picture may be.

use crate::PictureError;

/// How large a picture may say it is; held against its header before anything is decoded.
///
/// The bounds are inclusive and hold for the picture as it is stored, before EXIF orientation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Widest picture, in pixels.
    pub max_width: u32,
    /// Highest picture, in pixels.
    pub max_height: u32,
    /// Most pixels in all.
    pub max_pixels: u64,
}

impl Default for Limits {
    /// 16384 x 16384, and 100 million pixels in all.
    ///
    /// The side is the longest that WebP can have; the area is that of the largest cameras,
    /// some 300 MB as RGB, and near the 89 million at which Pillow warns of a decompression bomb.
    fn default() -> Self {
        Self {
            max_width: 16_384,
            max_height: 16_384,
            max_pixels: 100_000_000,
        }
    }
}

impl Limits {
    /// Refuses a declared size that is beyond a limit, or empty.
    pub(crate) fn check(&self, width: u32, height: u32) -> Result<(), PictureError> {
        if width == 0 || height == 0 {
            return Err(PictureError::unreadable(format!(
                "its header declares {width} x {height} pixels"
            )));
        }
        let pixels = u64::from(width) * u64::from(height);
        if width > self.max_width || height > self.max_height || pixels > self.max_pixels {
            return Err(PictureError::TooLarge {
                width,
                height,
                limits: *self,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_inclusive_and_each_one_holds() {
        let limits = Limits {
            max_width: 40,
            max_height: 30,
            max_pixels: 1000,
        };
        assert!(limits.check(40, 25).is_ok());
        for (width, height) in [(41, 1), (1, 31), (40, 26)] {
            let error = limits.check(width, height).unwrap_err();
            assert!(matches!(error, PictureError::TooLarge { .. }), "{error}");
            let message = error.to_string();
            for setting in [
                "limits.max_width",
                "limits.max_height",
                "limits.max_pixels",
                "40",
                "30",
                "1000",
            ] {
                assert!(message.contains(setting), "{setting} is not in {message:?}");
            }
        }
        assert!(matches!(
            limits.check(0, 10),
            Err(PictureError::Unreadable { .. })
        ));
        assert!(
            Limits {
                max_pixels: u64::MAX,
                max_width: u32::MAX,
                max_height: u32::MAX
            }
            .check(u32::MAX, u32::MAX)
            .is_ok()
        );
    }
}
