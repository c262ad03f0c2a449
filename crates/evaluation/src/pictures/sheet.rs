//! Lays pictures out on a numbered sheet.

use super::picture::{Decoded, LoadedPicture};
use super::workers::{LookSettings, Workers, blocking, closed};
use crate::error::EvaluationError;
use composite::Cell;
use tdbal_types::{SheetNumber, Usd};
use vision_eval::SheetImage;

/// The cell of a picture on a sheet.
pub fn cell(seen: &LoadedPicture) -> Cell {
    match &seen.decoded {
        Decoded::Readable(view) => Cell::Picture(view.thumbnail.clone()),
        Decoded::Unreadable { .. } => Cell::Unreadable,
    }
}

/// Lays pictures out on a sheet.
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
            reason: format!("no sheet could be made: {error}"),
            cost: Usd::ZERO,
        })?;
    Ok(image_of(sheet))
}

/// A sheet as it is sent.
pub fn image_of(sheet: composite::Sheet) -> SheetImage {
    SheetImage {
        jpeg: sheet.jpeg.into(),
        width: sheet.width,
        height: sheet.height,
    }
}
