//! The background colour of sheets and thumbnails.

/// Light grey, as 8-bit RGB: fills the sheet around pictures and shows through transparent pixels.
pub const BACKGROUND: [u8; 3] = [240, 240, 240];
