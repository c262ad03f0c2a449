//! Loads pictures with bounded memory: reads, hashes, decodes, scales and measures them.

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

/// Loads all pictures of a set and numbers them in its order, from 1.
///
/// Fails if a picture cannot be read, is in a format that this build does not support, or exceeds the
/// limits: a set cannot be judged without one of its pictures.
pub(crate) async fn load_all(
    data: &DataReader,
    pictures: &[SetPicture],
    settings: &LookSettings,
    workers: &Workers,
) -> Result<Vec<LoadedPicture>, EvaluationError> {
    use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
    // Collected first: a stream that holds the closure could not be sent between threads.
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
        let object = object.map_err(|error| fetch_error(picture, &error))?;
        (object.bytes, Origin::Local, object.version)
    } else {
        let url = match &object {
            Some(Ok(url)) => url,
            Some(Err(error)) => return Err(fetch_error(picture, error)),
            None => {
                return Err(unassessed(format!(
                    "{} has no local copy and the training manifest names no object for it: restore \
                     the file, or remove its entry from the manifest",
                    picture.name
                )));
            }
        };
        let bucket = data
            .bucket(url)
            .await
            .map_err(|error| fetch_error(picture, &error))?;
        let object = bucket.get(&url.key, settings.max_bytes).await;
        let object = object.map_err(|error| fetch_error(picture, &error))?;
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

fn fetch_error(picture: &SetPicture, error: &dyn std::error::Error) -> EvaluationError {
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

/// Hashes, decodes and measures the picture `name` on a thread for CPU work.
///
/// # Errors
/// [`EvaluationError::Unassessed`] if the picture is in a format that this build does not support, or
/// exceeds the limits. A damaged picture is not an error but [`Decoded::Unreadable`].
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

/// Decodes a picture once, and makes its thumbnail, its close look and its measures from that.
fn view(bytes: &[u8], settings: &LookSettings) -> Result<DecodedPicture, PictureError> {
    let header = composite::read_header(bytes, &settings.limits)?;
    let mut blocks: Option<BlockMeter> = None;
    let [thumbnail, close] = composite::thumbnails(
        bytes,
        [settings.sheet.cell, settings.close_edge],
        &settings.limits,
        &mut |row| {
            // The meter sees rows as they are stored, before the picture is turned upright.
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
