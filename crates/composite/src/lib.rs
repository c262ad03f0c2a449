//! Turns picture files into one numbered contact sheet of thumbnails.
//!
//! A vision model sees all pictures of a set at once, on one sheet. Its answer about "number 7" is
//! only useful if 7 is legible on the sheet and always means the same picture. So each cell shows
//! its number, and a picture that cannot be read keeps its number and its cell.
//!
//! ```
//! use composite::{Cell, Limits, PictureError, SheetOptions, sheet, thumbnail};
//! use tdbal_types::SheetNumber;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let files: Vec<Vec<u8>> = vec![b"not a picture".to_vec()];
//! let limits = Limits::default();
//! let options = SheetOptions::default();
//! let mut cells = Vec::new();
//! for (position, bytes) in files.iter().enumerate() {
//!     let cell = match thumbnail(bytes, options.cell, &limits) {
//!         Ok(thumbnail) => Cell::Picture(thumbnail),
//!         Err(PictureError::Unreadable { .. }) => Cell::Unreadable,
//!         Err(other) => return Err(other.into()),
//!     };
//!     cells.push((SheetNumber::from_position(position), cell));
//! }
//! let sheet = sheet(&cells, &options)?;
//! assert_eq!((sheet.width, sheet.height), (1000, 200));
//! # Ok(())
//! # }
//! ```
//!
//! All functions work on bytes in memory. They open no files and read neither the clock nor the
//! environment, and the same input gives the same bytes on the same machine.
//!
//! # Supported formats
//! - JPEG: baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK.
//! - PNG: every colour type and bit depth, also interlaced. Of an animated PNG, the still picture.
//! - WebP: lossy and lossless. Of an animated WebP, the first frame.
//!
//! The format is detected from the content, never from a file name. EXIF orientation is applied,
//! and transparent pixels are blended with [`BACKGROUND`]. Embedded colour profiles are ignored.
//!
//! # Untrusted input
//! The size in a picture's header is checked against [`Limits`] before any memory is allocated for
//! pixels. If a decoder panics, the panic is caught and only that one picture is reported as
//! [`PictureError::Unreadable`]. This requires `panic = "unwind"`.

mod background;
mod control;
mod decode;
mod encode;
mod error;
mod figure;
mod format;
mod limits;
mod picture;
mod reduce;
mod rows;
mod sheet;

pub use background::BACKGROUND;
pub use control::control_sheet;
pub use encode::{encode_jpeg, encode_thumbnail};
pub use error::PictureError;
pub use format::PictureFormat;
pub use limits::Limits;
pub use picture::{Header, RgbPicture, Thumbnail, decode_rgb, read_header, thumbnail, thumbnails};
pub use reduce::{Reducer, fit};
pub use sheet::{Cell, DEFAULT_CELL, Sheet, SheetError, SheetOptions, sheet};
