//! Limits on memory and concurrency, shared by all actors of a run.

use crate::error::EvaluationError;
use composite::{Limits, SheetOptions};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Limits on how much a run does and holds in memory at the same time, shared by all its actors.
#[derive(Debug)]
pub struct Workers {
    /// Actors whose pictures are being loaded. Without this limit, all actors of a run would share
    /// the cores evenly, finish together, and leave the cores idle while they wait for the model.
    actors: Semaphore,
    /// CPU work: one permit per core.
    pub(super) cpu: Semaphore,
    /// Pictures that are being downloaded or wait for a core.
    pub(super) downloads: Semaphore,
    /// Mebibytes for pictures that need far more memory than their thumbnail.
    memory: Semaphore,
    memory_permits: u32,
}

/// Maximum number of downloads at the same time, over all actors.
const DOWNLOADS: usize = 16;

/// Maximum memory in mebibytes of large and interlaced pictures together.
const MEMORY: u32 = 128;

/// The longer side in pixels of a picture that is shown alone: such a picture takes up to 415 tokens,
/// and the thresholds of sharpness were measured at this size.
const CLOSE_EDGE: u32 = 512;

/// Pictures that need less memory than this, in bytes, take no permit.
const SMALL: u64 = 8 * 1024 * 1024;

impl Workers {
    /// Limits for `threads` threads of CPU work; 0 counts as 1.
    pub fn new(threads: usize) -> Self {
        Self {
            actors: Semaphore::new(threads.max(1) + 2),
            cpu: Semaphore::new(threads.max(1)),
            downloads: Semaphore::new(DOWNLOADS),
            memory: Semaphore::new(MEMORY as usize),
            memory_permits: MEMORY,
        }
    }

    /// Waits until the pictures of one more actor may be loaded.
    pub(crate) async fn actor(&self) -> Result<SemaphorePermit<'_>, EvaluationError> {
        self.actors.acquire().await.map_err(closed)
    }

    /// Waits until a picture that takes `bytes` of memory may be decoded.
    pub(super) async fn memory_for(
        &self,
        bytes: u64,
    ) -> Result<Option<SemaphorePermit<'_>>, EvaluationError> {
        if bytes <= SMALL {
            return Ok(None);
        }
        let wanted = u32::try_from(bytes.div_ceil(1024 * 1024)).unwrap_or(u32::MAX);
        // A picture beyond the whole limit waits until it is the only large one.
        let permits = wanted.min(self.memory_permits);
        self.memory
            .acquire_many(permits)
            .await
            .map(Some)
            .map_err(closed)
    }
}

pub(super) fn closed(_: tokio::sync::AcquireError) -> EvaluationError {
    EvaluationError::Internal("a semaphore was closed while work was waiting for it".into())
}

/// How pictures are decoded and laid out on sheets.
#[derive(Debug, Clone)]
pub struct LookSettings {
    /// Limits on what a picture's header may declare. They are checked before it is decoded.
    pub limits: Limits,
    /// Maximum size of a picture's file in bytes.
    pub max_bytes: u64,
    /// The layout of sheets.
    pub sheet: SheetOptions,
    /// The longer side in pixels of a picture that is shown alone, and of the copy that is
    /// measured.
    pub close_edge: u32,
}

impl Default for LookSettings {
    /// Pictures of up to 64 MiB, on sheets like those of the original system, the scripts that
    /// tdbal replaces.
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
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, EvaluationError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| EvaluationError::Internal(error.to_string()))
}
