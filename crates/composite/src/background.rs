//! What is behind and under the pictures.

/// The light grey behind the pictures of a sheet, and under what is transparent in them.
pub const BACKGROUND: [u8; 3] = [240, 240, 240];
