//! A sheet of drawn figures by which a model is found out that does not look.

use tdbal_types::SheetNumber;

use crate::figure::{Figure, Random, Style, draw, line_breadth};
use crate::format::PictureFormat;
use crate::picture::{Header, Thumbnail};
use crate::sheet::{Cell, Sheet, SheetError, SheetOptions, sheet, size};

/// Draws a control sheet: figures of which half are plainly monochrome, in black ink on white
/// paper, and half plainly coloured, in an order that the seed decides; each looks different. Of
/// an odd number of cells, the one more is monochrome.
///
/// Beside the sheet, for each cell whether it is monochrome. The cells are numbered from 1 and
/// laid out like those of any [`sheet`]. Same arguments, same bytes.
///
/// # Errors
/// [`SheetError`] when there is no cell or the sheet would be too large for a JPEG.
pub fn control_sheet(
    seed: u64,
    cells: usize,
    options: &SheetOptions,
) -> Result<(Sheet, Vec<bool>), SheetError> {
    if cells == 0 {
        return Err(SheetError::NoCells);
    }
    // Before anything is drawn for a sheet that is refused.
    size(cells, options)?;
    let mut random = Random::new(seed);
    let mut monochrome: Vec<bool> = (0..cells).map(|cell| cell >= cells / 2).collect();
    random.shuffle(&mut monochrome);
    let cells: Vec<(SheetNumber, Cell)> = monochrome
        .iter()
        .enumerate()
        .map(|(position, &is_monochrome)| {
            let drawn = drawing(&mut random, is_monochrome, options.cell);
            (SheetNumber::from_position(position), Cell::Picture(drawn))
        })
        .collect();
    Ok((sheet(&cells, options)?, monochrome))
}

/// Draws one figure, upright or broad, that fits in a cell.
fn drawing(random: &mut Random, is_monochrome: bool, edge: u32) -> Thumbnail {
    let narrow = (edge / 4 * 3).clamp(1, edge.max(1));
    let (width, height) = if random.below(3) == 0 {
        (edge, narrow)
    } else {
        (narrow, edge)
    };
    let figure = Figure::drawn_from(random);
    let style = if is_monochrome {
        Style::ink(random, line_breadth(width, height))
    } else {
        Style::colour(random)
    };
    Thumbnail::drawn(
        draw(&figure, &style, (width, height)),
        Header {
            format: PictureFormat::Png,
            width,
            height,
            working_set: 0,
        },
    )
}
