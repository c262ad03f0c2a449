//! Draws sheets: pictures in numbered cells, side by side.

use super::picture::{Decoded, LoadedPicture};
use super::workers::{LookSettings, Workers, blocking, closed};
use crate::error::EvaluationError;
use composite::Cell;
use tdbal_types::{SheetNumber, Usd};
use vision_eval::SheetImage;

/// The cell that shows a picture, or that it does not decode.
pub fn cell(picture: &LoadedPicture) -> Cell {
    match &picture.decoded {
        Decoded::Readable(view) => Cell::Picture(view.thumbnail.clone()),
        Decoded::Unreadable { .. } => Cell::Unreadable,
    }
}

/// Draws a sheet of cells and encodes it as JPEG.
///
/// # Errors
/// [`EvaluationError::Unassessed`] if there are no cells, or more than fit in a JPEG.
pub async fn lay_out(
    cells: Vec<(SheetNumber, Cell)>,
    settings: &LookSettings,
    workers: &Workers,
) -> Result<SheetImage, EvaluationError> {
    let _cpu = workers.cpu.acquire().await.map_err(closed)?;
    let options = settings.sheet;
    let sheet = blocking(move || composite::sheet(&cells, &options))
        .await?
        .map_err(|error| EvaluationError::Unassessed {
            reason: format!("cannot draw the sheet: {error}"),
            cost: Usd::ZERO,
        })?;
    Ok(image_of(sheet))
}

/// The image that is sent to the model.
pub(crate) fn image_of(sheet: composite::Sheet) -> SheetImage {
    SheetImage {
        jpeg: sheet.jpeg.into(),
        width: sheet.width,
        height: sheet.height,
    }
}
