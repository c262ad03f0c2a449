//! The contact sheet: a grid of numbered thumbnails.

use std::collections::HashSet;

use image::{Rgb, RgbImage};
use tdbal_types::SheetNumber;

use crate::background::BACKGROUND;
use crate::encode::{MAX_SIDE, encode_rgb};
use crate::picture::Thumbnail;

mod number;

use number::{Numberer, Square, draw_unreadable};

/// Default edge of a cell in pixels, and of the square that thumbnails are scaled into.
pub const DEFAULT_CELL: u32 = 200;

/// Colour of the lines between cells, drawn where no picture covers them.
const GRID_COLOUR: Rgb<u8> = Rgb([205, 205, 205]);

/// The layout of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SheetOptions {
    /// Number of cells in a row. Incomplete rows are padded, so the sheet's width does not depend
    /// on the number of pictures.
    pub columns: u32,
    /// Edge of a cell in pixels.
    pub cell: u32,
    /// JPEG quality, 1 to 100; values outside are clamped.
    pub quality: u8,
}

impl Default for SheetOptions {
    /// Five columns of 200-pixel cells at JPEG quality 90.
    fn default() -> Self {
        Self {
            columns: 5,
            cell: DEFAULT_CELL,
            quality: 90,
        }
    }
}

/// The content of one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A thumbnail, no larger than the cell.
    Picture(Thumbnail),
    /// A picture that cannot be read: a crossed-out box is drawn in its place.
    Unreadable,
}

/// A finished sheet, encoded as JPEG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The bytes of the sheet as a JPEG file.
    pub jpeg: Vec<u8>,
    /// Width of the sheet in pixels.
    pub width: u32,
    /// Height of the sheet in pixels.
    pub height: u32,
}

/// Why a sheet could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SheetError {
    /// The list of cells is empty.
    #[error("a sheet needs at least one picture")]
    NoCells,
    /// Two cells have the same number, which would make answers about it ambiguous.
    #[error("two cells of the sheet have the number {number}")]
    RepeatedNumber {
        /// The number that occurs twice.
        number: SheetNumber,
    },
    /// A thumbnail is larger than a cell.
    #[error(
        "thumbnail {number} is {width} x {height} pixels and does not fit in a cell of {cell} x \
         {cell}; make thumbnails with the cell size of the sheet"
    )]
    ThumbnailTooLarge {
        /// The number of the thumbnail's cell.
        number: SheetNumber,
        /// Width of the thumbnail in pixels.
        width: u32,
        /// Height of the thumbnail in pixels.
        height: u32,
        /// Edge of a cell in pixels.
        cell: u32,
    },
    /// A side of the sheet would be 0 or longer than a JPEG can store.
    #[error(
        "cannot lay out the sheet (pictures: {cells}, columns: {columns}, cell size: {cell} \
         pixels): each of its sides must be 1 to 65535 pixels"
    )]
    Size {
        /// Number of cells requested.
        cells: usize,
        /// Number of columns requested.
        columns: u32,
        /// Edge of a cell in pixels.
        cell: u32,
    },
    /// Drawing or encoding failed. This is a bug: no input should cause it.
    #[error("the sheet could not be {doing}")]
    Internal {
        /// The step that failed, as a past participle: `numbered` or `encoded`.
        doing: &'static str,
        /// The error of the font or of the JPEG encoder.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Makes a sheet: lays out pictures in a grid, row by row in the given order, and draws the number
/// of each.
///
/// Each picture is centred in its cell on [`BACKGROUND`]. Its number is in the top left corner of
/// the cell: beside the picture if there is room, otherwise on a black plate over the picture.
///
/// # Errors
/// [`SheetError`] if there are no cells, a number occurs twice, a thumbnail does not fit its cell,
/// or the sheet would be too large for a JPEG.
pub fn sheet(cells: &[(SheetNumber, Cell)], options: &SheetOptions) -> Result<Sheet, SheetError> {
    // Checked first: the canvas of an impossible sheet must not be allocated, and `paste` relies on
    // thumbnails that fit.
    check(cells, options)?;
    let (width, height) = size(cells.len(), options)?;
    let numberer = Numberer::new().map_err(|source| SheetError::Internal {
        doing: "numbered",
        source: Box::new(source),
    })?;
    let mut canvas = RgbImage::from_pixel(width, height, Rgb(BACKGROUND));
    // Before the pictures: one that fills its cell covers the lines.
    draw_grid(&mut canvas, options.cell);
    for (position, (number, content)) in cells.iter().enumerate() {
        // Fits in 32 bits: `size` limits the number of cells.
        let position = position as u32;
        let cell = Square {
            left: position % options.columns * options.cell,
            top: position / options.columns * options.cell,
            edge: options.cell,
        };
        let occupied = match content {
            Cell::Picture(thumbnail) => {
                paste(&mut canvas, cell, thumbnail);
                (thumbnail.width(), thumbnail.height())
            }
            Cell::Unreadable => {
                draw_unreadable(&mut canvas, cell);
                // The box leaves the corner free, so the number goes where it would go above a
                // landscape picture.
                (options.cell, options.cell / 2)
            }
        };
        numberer.draw(&mut canvas, cell, occupied, number.get());
    }
    let jpeg = encode_rgb(canvas.as_raw(), width, height, options.quality).map_err(|source| {
        SheetError::Internal {
            doing: "encoded",
            source: Box::new(source),
        }
    })?;
    Ok(Sheet {
        jpeg,
        width,
        height,
    })
}

fn check(cells: &[(SheetNumber, Cell)], options: &SheetOptions) -> Result<(), SheetError> {
    if cells.is_empty() {
        return Err(SheetError::NoCells);
    }
    let mut seen = HashSet::new();
    for (number, cell) in cells {
        if !seen.insert(*number) {
            return Err(SheetError::RepeatedNumber { number: *number });
        }
        if let Cell::Picture(thumbnail) = cell
            && thumbnail.width().max(thumbnail.height()) > options.cell
        {
            return Err(SheetError::ThumbnailTooLarge {
                number: *number,
                width: thumbnail.width(),
                height: thumbnail.height(),
                cell: options.cell,
            });
        }
    }
    Ok(())
}

/// The size of the sheet in pixels, with its last row padded to full width.
pub(crate) fn size(cells: usize, options: &SheetOptions) -> Result<(u32, u32), SheetError> {
    let side = |count: u32| {
        count
            .checked_mul(options.cell)
            .filter(|side| (1..=MAX_SIDE).contains(side))
    };
    let rows = u32::try_from(cells)
        .ok()
        .filter(|_| options.columns > 0)
        .map(|cells| cells.div_ceil(options.columns));
    side(options.columns)
        .zip(rows.and_then(side))
        .ok_or(SheetError::Size {
            cells,
            columns: options.columns,
            cell: options.cell,
        })
}

/// Draws the lines between cells. They show which of two neighbouring pictures a number belongs to.
fn draw_grid(canvas: &mut RgbImage, cell: u32) {
    let (width, height) = canvas.dimensions();
    let lines = |length: u32| {
        (1..)
            .map(move |line| line * cell)
            .take_while(move |&at| at < length)
    };
    for x in lines(width) {
        for y in 0..height {
            canvas.put_pixel(x, y, GRID_COLOUR);
        }
    }
    for y in lines(height) {
        for x in 0..width {
            canvas.put_pixel(x, y, GRID_COLOUR);
        }
    }
}

/// Copies a thumbnail to the centre of its cell.
fn paste(canvas: &mut RgbImage, cell: Square, thumbnail: &Thumbnail) {
    // The differences are not negative, because `check` refuses larger thumbnails.
    let left = cell.left + (cell.edge - thumbnail.width()) / 2;
    let top = cell.top + (cell.edge - thumbnail.height()) / 2;
    let stride = 3 * canvas.width() as usize;
    let start = top as usize * stride + 3 * left as usize;
    let line = 3 * thumbnail.width() as usize;
    let target = canvas.get_mut(start..).unwrap_or_default();
    let rows = thumbnail.pixels().chunks_exact(line);
    for (to, from) in target.chunks_mut(stride).zip(rows) {
        if let Some(to) = to.get_mut(..line) {
            to.copy_from_slice(from);
        }
    }
}
