//! Pictures: fetched, decoded, measured, laid out on sheets.

pub mod base_image;
pub mod load;
pub mod picture;
pub mod sheet;
pub mod workers;
