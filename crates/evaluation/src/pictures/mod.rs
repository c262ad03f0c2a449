//! The pictures of a set: loaded, decoded, measured, and laid out on sheets.

pub mod base_image;
pub mod load;
pub mod picture;
pub mod placement;
pub mod sheet;
pub mod workers;
