//! Bytes of pictures in, one numbered sheet of thumbnails out.
//!
//! A vision model is shown all the pictures of a set at once, as one sheet. What it says about
//! "number 7" is only worth something if number 7 can be read on the sheet and always means the
//! same picture; so every cell bears its number, and a picture that cannot be read keeps its
//! number and its cell.
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
//! The crate works on bytes alone: it opens no file, asks no clock and no environment, and the
//! same input gives the same bytes on the same machine.
//!
//! # What is read
//! JPEG (baseline and progressive; grey, YCbCr, RGB, CMYK, YCCK), PNG (every colour type and bit
//! depth, interlaced too; of an animated one the still picture) and WebP (lossy and lossless; of
//! an animated one the first frame). The content decides, never a file's name. EXIF orientation
//! is applied; transparency is laid on [`BACKGROUND`]. Embedded colour profiles are not applied.
//!
//! # Trust
//! The declared size is held against [`Limits`] before anything is allocated for pixels. A
//! decoder that panics costs its one picture: the panic is caught and becomes
//! [`PictureError::Unreadable`], which needs `panic = "unwind"`.

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
