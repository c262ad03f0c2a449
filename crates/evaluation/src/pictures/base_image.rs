//! Finds the base image of an actor, from which the generator makes new pictures.

use crate::error::EvaluationError;
use crate::pictures::workers::{LookSettings, blocking};
use bytes::Bytes;
use dataset::error::DataError;
use dataset::folder::{DataReader, without_secrets};
use dataset::layout::found;
use dataset::set::ActorSet;
use manifest::BaseImageSource;
use storage::ObjectKey;
use tdbal_types::chain;

/// JPEG quality, 1 to 100, of a base image that is in another format.
const JPEG_QUALITY: u8 = 95;

/// Finds the base image and returns it as JPEG.
///
/// # Errors
/// - [`EvaluationError::BaseImageMissing`] if there is none; the error lists all places searched.
/// - [`EvaluationError::BaseImageUnreachable`] if none was found and a place could not be searched.
/// - [`EvaluationError::BaseImageUnusable`] if it does not decode.
pub async fn base_image(
    data: &DataReader,
    set: &ActorSet,
    settings: &LookSettings,
) -> Result<Bytes, EvaluationError> {
    let mut looked_for = Vec::new();
    let mut unreachable = None;
    for source in set.base_image_sources() {
        let (name, bytes) = match read(data, set, &source, settings.max_bytes).await {
            Ok(Some(found)) => found,
            Ok(None) => {
                looked_for.push(name_of(&source));
                continue;
            }
            Err(error) => {
                unreachable
                    .get_or_insert_with(|| format!("{}: {}", name_of(&source), chain(&error)));
                continue;
            }
        };
        return to_jpeg(bytes, JPEG_QUALITY, settings)
            .await?
            .map_err(|source| EvaluationError::BaseImageUnusable {
                actor: set.actor.clone(),
                source_name: name,
                source,
            });
    }
    if let Some(problem) = unreachable {
        let actor = set.actor.clone();
        return Err(EvaluationError::BaseImageUnreachable { actor, problem });
    }
    Err(EvaluationError::BaseImageMissing {
        actor: set.actor.clone(),
        looked_for: looked_for.join(", "),
    })
}

fn name_of(source: &BaseImageSource) -> String {
    match source {
        BaseImageSource::Key(key) => key.clone(),
        BaseImageSource::Folder(folder) => format!("{folder}/"),
        BaseImageSource::Url(url) => without_secrets(url),
    }
}

async fn read(
    data: &DataReader,
    set: &ActorSet,
    source: &BaseImageSource,
    limit: u64,
) -> Result<Option<(String, Bytes)>, DataError> {
    let key = match source {
        BaseImageSource::Key(key) => ObjectKey::new(key.as_str())?,
        BaseImageSource::Folder(_) => match set.base_images().first() {
            Some(key) => key.clone(),
            None => return Ok(None),
        },
        BaseImageSource::Url(text) => {
            let url = data.parse_url(text)?;
            let object = found(data.bucket(&url).await?.get(&url.key, limit).await)?;
            return Ok(object.map(|object| (without_secrets(text), object.bytes)));
        }
    };
    let object = found(data.store().get(&key, limit).await)?;
    Ok(object.map(|object| (key.to_string(), object.bytes)))
}

/// Converts a picture to JPEG of `quality` 1 to 100. A JPEG that decodes is returned unchanged.
///
/// # Errors
/// The outer error is an internal one, the inner one that the picture does not decode.
pub async fn to_jpeg(
    bytes: Bytes,
    quality: u8,
    settings: &LookSettings,
) -> Result<Result<Bytes, composite::PictureError>, EvaluationError> {
    let limits = settings.limits;
    let edge = settings.sheet.cell;
    blocking(move || {
        let header = composite::read_header(&bytes, &limits)?;
        if header.format == composite::PictureFormat::Jpeg {
            // The thumbnail is dropped: decoding the whole picture shows whether it is damaged.
            composite::thumbnail(&bytes, edge, &limits).map(|_| bytes)
        } else {
            composite::encode_jpeg(&bytes, quality, &limits).map(Bytes::from)
        }
    })
    .await
}
