//! Fetches pictures, reduces them to thumbnails, and puts them on a sheet, with bounded memory.

use crate::data::DataReader;
use crate::error::ActorError;
use crate::set::SetPicture;
use bytes::Bytes;
use composite::{Cell, Limits, PictureError, SheetOptions, Thumbnail};
use evidence::{BlockMeter, Measures, Rgb};
use serde::{Deserialize, Serialize};
use storage::{ObjectUrl, Version, sha256};
use tdbal_types::{Digest, ImageName, SheetNumber, Usd};
use tokio::sync::{Semaphore, SemaphorePermit};
use vision_eval::SheetImage;

/// How much a run may hold and do at once, shared by all its actors.
#[derive(Debug)]
pub struct Workers {
    /// Actors whose pictures are being looked at. Were it all that are in hand, they would share the
    /// cores evenly, finish together, and all wait for the model while the cores idle.
    actors: Semaphore,
    /// Composites are CPU work: one permit for each core.
    cpu: Semaphore,
    /// Pictures that are being downloaded or wait for a core.
    downloads: Semaphore,
    /// Mebibytes for pictures that need far more than their thumbnail.
    memory: Semaphore,
    memory_permits: u32,
}

/// Downloads at once, over all actors.
const DOWNLOADS: usize = 16;
/// Mebibytes that large and interlaced pictures may take together.
const MEMORY: u32 = 128;
/// The longest side of a picture that is looked at alone: at most 415 tokens, and the size for which the
/// thresholds of sharpness were measured.
const CLOSE_EDGE: u32 = 512;
/// Below this working set a picture takes no permit for memory, in bytes.
const SMALL: u64 = 8 * 1024 * 1024;

impl Workers {
    /// For so many threads of CPU work.
    pub fn new(threads: usize) -> Self {
        Self {
            actors: Semaphore::new(threads.max(1) + 2),
            cpu: Semaphore::new(threads.max(1)),
            downloads: Semaphore::new(DOWNLOADS),
            memory: Semaphore::new(MEMORY as usize),
            memory_permits: MEMORY,
        }
    }

    /// Waits until the pictures of one more actor may be looked at.
    pub(crate) async fn actor(&self) -> Result<SemaphorePermit<'_>, ActorError> {
        self.actors.acquire().await.map_err(closed)
    }

    /// Waits until a picture of this working set may be decoded.
    async fn memory_for(&self, bytes: u64) -> Result<Option<SemaphorePermit<'_>>, ActorError> {
        if bytes <= SMALL {
            return Ok(None);
        }
        let wanted = u32::try_from(bytes.div_ceil(1024 * 1024)).unwrap_or(u32::MAX);
        let permits = wanted.min(self.memory_permits);
        self.memory
            .acquire_many(permits)
            .await
            .map(Some)
            .map_err(closed)
    }
}

fn closed(_: tokio::sync::AcquireError) -> ActorError {
    ActorError::Internal("a pool was closed while work was waiting for it".into())
}

/// How pictures are read and laid out.
#[derive(Debug, Clone)]
pub struct LookSettings {
    /// What a picture may declare before it is decoded.
    pub limits: Limits,
    /// How many bytes a picture may have.
    pub max_bytes: u64,
    /// The sheet.
    pub sheet: SheetOptions,
    /// The longest side in pixels of a picture that is looked at alone, and of the view that evidence
    /// is taken from.
    pub close_edge: u32,
}

impl Default for LookSettings {
    /// Pictures of at most 64 MiB, on the sheet of the original system.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            max_bytes: 64 * 1024 * 1024,
            sheet: SheetOptions::default(),
            close_edge: CLOSE_EDGE,
        }
    }
}

/// Where the bytes of a picture came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The local copy.
    Local,
    /// The object.
    Object,
}

/// A picture that was fetched and looked into.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) name: ImageName,
    pub(crate) number: SheetNumber,
    pub(crate) size: u64,
    pub(crate) sha256: Digest,
    pub(crate) origin: Origin,
    /// The object, where the manifest names one that can be parsed.
    pub(crate) object: Option<ObjectUrl>,
    /// The version of the local copy or object whose bytes were looked at; none for a picture that
    /// is not stored yet.
    pub(crate) version: Option<Version>,
    pub(crate) sight: Sight,
}

/// What became of the bytes.
#[derive(Debug)]
pub(crate) enum Sight {
    /// They decode.
    Readable(Box<View>),
    /// They do not decode.
    Unreadable { reason: String },
}

/// A picture that decodes, in the sizes in which it is looked at.
#[derive(Debug)]
pub(crate) struct View {
    /// Width in pixels, as displayed.
    pub(crate) width: u32,
    /// Height in pixels, as displayed.
    pub(crate) height: u32,
    /// For its cell on a sheet.
    pub(crate) thumbnail: Thumbnail,
    /// For a look at it alone.
    pub(crate) close: SheetImage,
    /// What it says by itself.
    pub(crate) measures: Measures,
}

impl Seen {
    /// The picture, where it decodes.
    pub(crate) fn view(&self) -> Option<&View> {
        match &self.sight {
            Sight::Readable(view) => Some(view),
            Sight::Unreadable { .. } => None,
        }
    }
}

/// Fetches and reduces all pictures of a set, numbered in its order.
///
/// # Errors
/// When a picture cannot be fetched, is of a format that this build does not know, or declares more
/// than the limits allow: then nothing can be said about the set.
pub(crate) async fn see_all(
    data: &DataReader,
    pictures: &[SetPicture],
    settings: &LookSettings,
    workers: &Workers,
) -> Result<Vec<Seen>, ActorError> {
    use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
    // Made before the stream is, whose type would else hold a closure that cannot be sent.
    let sights: Vec<_> = pictures
        .iter()
        .enumerate()
        .map(|(position, picture)| {
            see(
                data,
                picture,
                SheetNumber::from_position(position),
                settings,
                workers,
            )
        })
        .collect();
    stream::iter(sights).buffered(4).try_collect().await
}

async fn see(
    data: &DataReader,
    picture: &SetPicture,
    number: SheetNumber,
    settings: &LookSettings,
    workers: &Workers,
) -> Result<Seen, ActorError> {
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
    let (sha256, sight) = reduce(bytes, settings, workers, &picture.name).await?;
    drop(download);
    Ok(Seen {
        name: picture.name.clone(),
        number,
        size,
        sha256,
        origin,
        object: object.and_then(Result::ok),
        version: Some(version),
        sight,
    })
}

fn unfetched(picture: &SetPicture, error: &dyn std::error::Error) -> ActorError {
    unassessed(format!(
        "{} could not be fetched: {}",
        picture.name,
        crate::error::chain(error)
    ))
}

fn unassessed(reason: String) -> ActorError {
    ActorError::Unassessed {
        reason,
        cost: Usd::ZERO,
    }
}

/// Hashes, decodes and measures one picture on the CPU pool.
pub(crate) async fn reduce(
    bytes: Bytes,
    settings: &LookSettings,
    workers: &Workers,
    name: &ImageName,
) -> Result<(Digest, Sight), ActorError> {
    let working_set = composite::read_header(&bytes, &settings.limits).map_or(0, |h| h.working_set);
    let _memory = workers.memory_for(working_set).await?;
    let _cpu = workers.cpu.acquire().await.map_err(closed)?;
    let settings = settings.clone();
    let (digest, result) = blocking(move || (sha256(&bytes), view(&bytes, &settings))).await?;
    let sight = match result {
        Ok(view) => Sight::Readable(Box::new(view)),
        Err(PictureError::Unreadable { reason }) => Sight::Unreadable { reason },
        Err(error) => {
            return Err(unassessed(format!(
                "{name}: {}",
                crate::error::chain(&error)
            )));
        }
    };
    Ok((digest, sight))
}

/// Decodes a picture once for everything that is wanted of it.
fn view(bytes: &[u8], settings: &LookSettings) -> Result<View, PictureError> {
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
    Ok(View {
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

/// The cell of a picture on a sheet.
pub(crate) fn cell(seen: &Seen) -> Cell {
    match &seen.sight {
        Sight::Readable(view) => Cell::Picture(view.thumbnail.clone()),
        Sight::Unreadable { .. } => Cell::Unreadable,
    }
}

/// Lays pictures out on a sheet.
pub(crate) async fn lay_out(
    cells: Vec<(SheetNumber, Cell)>,
    settings: &LookSettings,
    workers: &Workers,
) -> Result<SheetImage, ActorError> {
    let _cpu = workers.cpu.acquire().await.map_err(closed)?;
    let options = settings.sheet;
    let sheet = blocking(move || composite::sheet(&cells, &options))
        .await?
        .map_err(|error| unassessed(format!("no sheet could be made: {error}")))?;
    Ok(image_of(sheet))
}

/// A sheet as it is sent.
pub(crate) fn image_of(sheet: composite::Sheet) -> SheetImage {
    SheetImage {
        jpeg: sheet.jpeg.into(),
        width: sheet.width,
        height: sheet.height,
    }
}

/// Runs CPU work outside the asynchronous threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ActorError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ActorError::Internal(error.to_string()))
}
