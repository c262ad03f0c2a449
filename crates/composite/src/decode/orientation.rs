//! EXIF orientation: reading it and rotating pixels upright.

use image::metadata::Orientation;

/// Reads the orientation from an EXIF block, with or without the leading `Exif\0\0`.
///
/// A block that cannot be parsed counts as upright, as in other viewers.
pub(crate) fn from_exif(exif: &[u8]) -> Orientation {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    Orientation::from_exif_chunk(tiff).unwrap_or(Orientation::NoTransforms)
}

/// Whether the orientation exchanges width and height.
pub(crate) const fn swaps_sides(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// The displayed size of a picture that is stored as `width` x `height` pixels.
pub(crate) const fn displayed(width: u32, height: u32, orientation: Orientation) -> (u32, u32) {
    if swaps_sides(orientation) {
        (height, width)
    } else {
        (width, height)
    }
}

/// Rotates and mirrors RGB pixels, stored as `width` x `height`, to upright.
pub(crate) fn upright(
    pixels: Vec<u8>,
    width: u32,
    height: u32,
    orientation: Orientation,
) -> Vec<u8> {
    if orientation == Orientation::NoTransforms {
        return pixels;
    }
    let (width, height) = (width as usize, height as usize);
    let (out_width, out_height) = if swaps_sides(orientation) {
        (height, width)
    } else {
        (width, height)
    };
    let mut out = Vec::with_capacity(pixels.len());
    for y in 0..out_height {
        for x in 0..out_width {
            // The stored pixel that is displayed at (x, y).
            let (from_x, from_y) = match orientation {
                Orientation::NoTransforms => (x, y),
                Orientation::FlipHorizontal => (width - 1 - x, y),
                Orientation::Rotate180 => (width - 1 - x, height - 1 - y),
                Orientation::FlipVertical => (x, height - 1 - y),
                Orientation::Rotate90FlipH => (y, x),
                Orientation::Rotate90 => (y, height - 1 - x),
                Orientation::Rotate270FlipH => (width - 1 - y, height - 1 - x),
                Orientation::Rotate270 => (width - 1 - y, x),
            };
            let at = 3 * (from_y * width + from_x);
            out.extend_from_slice(pixels.get(at..at + 3).unwrap_or(&[0; 3]));
        }
    }
    out
}

#[cfg(test)]
mod tests;
