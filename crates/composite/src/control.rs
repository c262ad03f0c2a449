//! Control sheets: drawn pictures with a known answer, to detect a model that does not look.

use tdbal_types::SheetNumber;

use crate::figure::{Figure, Random, Style, draw, line_width};
use crate::format::PictureFormat;
use crate::picture::{Header, Thumbnail};
use crate::sheet::{Cell, Sheet, SheetError, SheetOptions, sheet, size};

/// Draws a control sheet of distinct figures, half of them clearly monochrome (black ink on white
/// paper) and half clearly coloured. The seed decides their order. With an odd number of cells,
/// the extra cell is monochrome.
///
/// Returns the sheet and, for each cell in order, whether its figure is monochrome. The cells are
/// numbered from 1 and laid out like those of any [`sheet`]. The same arguments always give the
/// same bytes.
///
/// # Errors
/// [`SheetError`] if `cells` is 0 or the sheet would be too large for a JPEG.
pub fn control_sheet(
    seed: u64,
    cells: usize,
    options: &SheetOptions,
) -> Result<(Sheet, Vec<bool>), SheetError> {
    if cells == 0 {
        return Err(SheetError::NoCells);
    }
    // Checked before drawing: an impossible number of cells would take forever to draw.
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

/// Draws one figure that fits in a cell of `edge` pixels: one in three in landscape format, the
/// others in portrait format.
fn drawing(random: &mut Random, is_monochrome: bool, edge: u32) -> Thumbnail {
    // Both formats occur in real sets, and a control sheet should look like any other sheet.
    let short = (edge / 4 * 3).clamp(1, edge.max(1));
    let (width, height) = if random.below(3) == 0 {
        (edge, short)
    } else {
        (short, edge)
    };
    let figure = Figure::random(random);
    let style = if is_monochrome {
        Style::ink(random, line_width(width, height))
    } else {
        Style::colour(random)
    };
    Thumbnail::drawn(
        draw(&figure, &style, (width, height)),
        // A drawing has no file: the format is a placeholder, and nothing needs decoding.
        Header {
            format: PictureFormat::Png,
            width,
            height,
            working_set: 0,
        },
    )
}
