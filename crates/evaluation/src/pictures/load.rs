//! Fetches pictures, reduces them to thumbnails, and puts them on a sheet, with bounded memory.

use super::picture::{Decoded, DecodedPicture, LoadedPicture, Origin};
use super::workers::{LookSettings, Workers, blocking, closed};
use crate::error::EvaluationError;
use bytes::Bytes;
use composite::PictureError;
use dataset::folder::DataReader;
use dataset::set::SetPicture;
use evidence::{BlockMeter, Measures, Rgb};
use storage::sha256;
use tdbal_types::{Digest, ImageName, SheetNumber, Usd};
use vision_eval::SheetImage;

/// Fetches and reduces all pictures of a set, numbered in its order.
///
/// # Errors
/// When a picture cannot be fetched, is of a format that this build does not know, or declares more
/// than the limits allow: then nothing can be said about the set.
pub async fn load_all(
    data: &DataReader,
    pictures: &[SetPicture],
    settings: &LookSettings,
    workers: &Workers,
) -> Result<Vec<LoadedPicture>, EvaluationError> {
    use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
    // Made before the stream is, whose type would else hold a closure that cannot be sent.
    let loads: Vec<_> = pictures
        .iter()
        .enumerate()
        .map(|(position, picture)| {
            load(
                data,
                picture,
                SheetNumber::from_position(position),
                settings,
                workers,
            )
        })
        .collect();
    stream::iter(loads).buffered(4).try_collect().await
}

async fn load(
    data: &DataReader,
    picture: &SetPicture,
    number: SheetNumber,
    settings: &LookSettings,
    workers: &Workers,
) -> Result<LoadedPicture, EvaluationError> {
    let object = picture.s3_url.as_deref().map(|url| data.parse_url(url));
    let download = workers.downloads.acquire().await.map_err(closed)?;
    let (bytes, origin, version) = if let Some(local) = &picture.local {
        // A local file is read only when a core is free to take it.
        let _cpu = workers.cpu.acquire().await.map_err(closed)?;
        let object = data.store().get(&local.key, settings.max_bytes).await;
        let object = object.map_err(|error| unfetched(picture, &error))?;
        (object.bytes, Origin::Local, object.version)
    } else {
        let url = match &object {
            Some(Ok(url)) => url,
            Some(Err(error)) => return Err(unfetched(picture, error)),
            None => {
                return Err(unassessed(format!(
                    "{} has no local copy and the training manifest names no object for it; put the \
                     file back or take its entry out",
                    picture.name
                )));
            }
        };
        let bucket = data
            .bucket(url)
            .await
            .map_err(|error| unfetched(picture, &error))?;
        let object = bucket.get(&url.key, settings.max_bytes).await;
        let object = object.map_err(|error| unfetched(picture, &error))?;
        (object.bytes, Origin::Object, object.version)
    };
    let size = bytes.len() as u64;
    let (sha256, decoded) = reduce(bytes, settings, workers, &picture.name).await?;
    drop(download);
    Ok(LoadedPicture {
        name: picture.name.clone(),
        number,
        size,
        sha256,
        origin,
        object: object.and_then(Result::ok),
        version: Some(version),
        decoded,
    })
}

fn unfetched(picture: &SetPicture, error: &dyn std::error::Error) -> EvaluationError {
    unassessed(format!(
        "{} could not be fetched: {}",
        picture.name,
        tdbal_types::chain(error)
    ))
}

fn unassessed(reason: String) -> EvaluationError {
    EvaluationError::Unassessed {
        reason,
        cost: Usd::ZERO,
    }
}

/// Hashes, decodes and measures one picture on the CPU pool.
pub async fn reduce(
    bytes: Bytes,
    settings: &LookSettings,
    workers: &Workers,
    name: &ImageName,
) -> Result<(Digest, Decoded), EvaluationError> {
    let working_set = composite::read_header(&bytes, &settings.limits).map_or(0, |h| h.working_set);
    let _memory = workers.memory_for(working_set).await?;
    let _cpu = workers.cpu.acquire().await.map_err(closed)?;
    let settings = settings.clone();
    let (digest, result) = blocking(move || (sha256(&bytes), view(&bytes, &settings))).await?;
    let decoded = match result {
        Ok(view) => Decoded::Readable(Box::new(view)),
        Err(PictureError::Unreadable { reason }) => Decoded::Unreadable { reason },
        Err(error) => {
            return Err(unassessed(format!(
                "{name}: {}",
                tdbal_types::chain(&error)
            )));
        }
    };
    Ok((digest, decoded))
}

/// Decodes a picture once for everything that is wanted of it.
fn view(bytes: &[u8], settings: &LookSettings) -> Result<DecodedPicture, PictureError> {
    let header = composite::read_header(bytes, &settings.limits)?;
    let mut blocks: Option<BlockMeter> = None;
    let [thumbnail, close] = composite::thumbnails(
        bytes,
        [settings.sheet.cell, settings.close_edge],
        &settings.limits,
        &mut |row| {
            // Rows come as they are stored, before the picture is turned upright.
            let meter = blocks.get_or_insert_with(|| {
                let width = u32::try_from(row.len() / 3).unwrap_or(u32::MAX);
                let is_turned = width != header.width;
                let height = if is_turned {
                    header.width
                } else {
                    header.height
                };
                BlockMeter::new(width, height)
            });
            meter.push(row);
        },
    )?;
    let pixels = Rgb {
        width: close.width(),
        height: close.height(),
        pixels: close.pixels(),
    };
    let measures = Measures {
        r99: evidence::r99(&pixels),
        sharpness: evidence::sharpness(&pixels),
        blockiness: blocks.and_then(BlockMeter::finish),
        hash: evidence::perceptual_hash(&pixels),
        width: header.width,
        height: header.height,
    };
    let jpeg = composite::encode_thumbnail(&close, settings.sheet.quality)?;
    Ok(DecodedPicture {
        width: header.width,
        height: header.height,
        close: SheetImage {
            jpeg: jpeg.into(),
            width: close.width(),
            height: close.height(),
        },
        thumbnail,
        measures,
    })
}
