//! The sheet: thumbnails in a grid, every one with its number.

use std::collections::HashSet;

use image::{Rgb, RgbImage};
use tdbal_types::SheetNumber;

use crate::background::BACKGROUND;
use crate::encode::{MAX_SIDE, encode_rgb};
use crate::picture::Thumbnail;

mod number;

use number::{Numberer, Square, draw_unreadable};

/// Edge of a cell, and of the square that a thumbnail is fitted in, unless set otherwise.
pub const DEFAULT_CELL: u32 = 200;

/// The lines between cells, seen where no picture covers them.
const RULE: Rgb<u8> = Rgb([205, 205, 205]);

/// How a sheet is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SheetOptions {
    /// Cells in a row; every row has as many, so the sheet's width does not depend on how many
    /// pictures there are.
    pub columns: u32,
    /// Edge of a cell in pixels.
    pub cell: u32,
    /// Quality of the JPEG, 1 to 100.
    pub quality: u8,
}

impl Default for SheetOptions {
    /// Five columns of 200 pixels at quality 90.
    fn default() -> Self {
        Self {
            columns: 5,
            cell: DEFAULT_CELL,
            quality: 90,
        }
    }
}

/// What is in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A picture, no larger than the cell.
    Picture(Thumbnail),
    /// A picture that cannot be read: a plain mark is drawn in its place.
    Unreadable,
}

/// A finished sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The sheet as a JPEG file.
    pub jpeg: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Why there is no sheet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SheetError {
    /// There is nothing to show.
    #[error("a sheet needs at least one picture")]
    NoCells,
    /// Two cells have the same number, so that it would mean neither.
    #[error("number {number} is given to two cells of the sheet")]
    RepeatedNumber {
        /// The number.
        number: SheetNumber,
    },
    /// A thumbnail is larger than the cells.
    #[error(
        "the thumbnail of number {number} is {width} x {height} pixels and does not fit in a cell \
         of {cell}; make thumbnails with the sheet's own cell size"
    )]
    ThumbnailTooLarge {
        /// The number of its cell.
        number: SheetNumber,
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
        /// Edge of a cell in pixels.
        cell: u32,
    },
    /// The sheet has no columns or cells, or is beyond what JPEG can hold.
    #[error(
        "a sheet of {cells} pictures in {columns} columns of {cell} pixels is not possible: its \
         sides must be from 1 to 65535 pixels"
    )]
    Size {
        /// Number of cells.
        cells: usize,
        /// Columns asked for.
        columns: u32,
        /// Edge of a cell in pixels.
        cell: u32,
    },
    /// Drawing or encoding failed, which no input should bring about.
    #[error("the sheet could not be {doing}")]
    Internal {
        /// What was tried, as a participle.
        doing: &'static str,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Lays pictures out in a grid, in the order given, row by row, and writes its number on each.
///
/// Each picture lies centred in its cell on [`BACKGROUND`]. The number is at the cell's top left
/// corner: in the free band beside the picture where there is one, else on a plate over the
/// picture.
///
/// # Errors
/// [`SheetError`], without a sheet, when there is no cell, a number comes twice, a thumbnail
/// does not fit, or the sheet would be too large for a JPEG.
pub fn sheet(cells: &[(SheetNumber, Cell)], options: &SheetOptions) -> Result<Sheet, SheetError> {
    check(cells, options)?;
    let (width, height) = size(cells.len(), options)?;
    let numberer = Numberer::new().map_err(|source| SheetError::Internal {
        doing: "numbered",
        source: Box::new(source),
    })?;
    let mut canvas = RgbImage::from_pixel(width, height, Rgb(BACKGROUND));
    rule(&mut canvas, options.cell);
    for (position, (number, content)) in cells.iter().enumerate() {
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
                // The mark leaves the corner free: the number is drawn as if in a wide band.
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

/// The sheet's size: full rows, however few pictures there are.
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

/// Draws the lines between cells, so that a number beside one picture is not taken for the
/// other's.
fn rule(canvas: &mut RgbImage, cell: u32) {
    let (width, height) = canvas.dimensions();
    let lines = |length: u32| {
        (1..)
            .map(move |line| line * cell)
            .take_while(move |&at| at < length)
    };
    for x in lines(width) {
        for y in 0..height {
            canvas.put_pixel(x, y, RULE);
        }
    }
    for y in lines(height) {
        for x in 0..width {
            canvas.put_pixel(x, y, RULE);
        }
    }
}

/// Copies a thumbnail into the middle of its cell.
fn paste(canvas: &mut RgbImage, cell: Square, thumbnail: &Thumbnail) {
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
