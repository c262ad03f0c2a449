//! How much a run may hold and do at once, and how pictures are read.

use crate::error::EvaluationError;
use composite::{Limits, SheetOptions};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How much a run may hold and do at once, shared by all its actors.
#[derive(Debug)]
pub struct Workers {
    /// Actors whose pictures are being looked at. Were it all that are in hand, they would share the
    /// cores evenly, finish together, and all wait for the model while the cores idle.
    actors: Semaphore,
    /// Composites are CPU work: one permit for each core.
    pub(super) cpu: Semaphore,
    /// Pictures that are being downloaded or wait for a core.
    pub(super) downloads: Semaphore,
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
    pub async fn actor(&self) -> Result<SemaphorePermit<'_>, EvaluationError> {
        self.actors.acquire().await.map_err(closed)
    }

    /// Waits until a picture of this working set may be decoded.
    pub async fn memory_for(
        &self,
        bytes: u64,
    ) -> Result<Option<SemaphorePermit<'_>>, EvaluationError> {
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

pub fn closed(_: tokio::sync::AcquireError) -> EvaluationError {
    EvaluationError::Internal("a pool was closed while work was waiting for it".into())
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

/// Runs CPU work outside the asynchronous threads.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, EvaluationError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| EvaluationError::Internal(error.to_string()))
}
