//! Acquiring several locks of one actor, such as one in the data folder and one in the bucket.

use crate::{ActorLock, ActorLocks, Holder, LockError};
use std::sync::Arc;
use std::time::Duration;
use tdbal_types::ActorId;
use tokio::time::{Instant, sleep};

/// The held locks of one actor, in the order of acquisition.
#[derive(Debug)]
pub struct HeldLocks {
    locks: Vec<Box<dyn ActorLock>>,
}

impl HeldLocks {
    /// Verifies that all locks are still ours.
    ///
    /// # Errors
    /// The error of the first lock that is not.
    pub async fn check(&self) -> Result<(), LockError> {
        for lock in &self.locks {
            lock.check().await?;
        }
        Ok(())
    }

    /// Releases all locks in reverse order of acquisition, even if some fail.
    ///
    /// # Errors
    /// The first error.
    pub async fn release(self) -> Result<(), LockError> {
        let mut outcome = Ok(());
        for lock in self.locks.into_iter().rev() {
            let released = lock.release().await;
            outcome = outcome.and(released);
        }
        outcome
    }
}

/// Acquires all locks of an actor in the given order, which must be the same for all runs. If one
/// fails, the ones before it are released.
///
/// # Errors
/// The error of the first lock that could not be acquired.
pub async fn acquire_all(
    locks: &[Arc<dyn ActorLocks>],
    actor: &ActorId,
    holder: &Holder,
) -> Result<HeldLocks, LockError> {
    let mut held = HeldLocks { locks: Vec::new() };
    for next in locks {
        match next.acquire(actor, holder).await {
            Ok(lock) => held.locks.push(lock),
            Err(error) => {
                // The caller needs the first error. A lock that is not released becomes stale
                // anyway.
                if let Err(error) = held.release().await {
                    tracing::warn!(%actor, %error, "could not release a lock that is not needed");
                }
                return Err(error);
            }
        }
    }
    Ok(held)
}

/// Acquires all locks of an actor like [`acquire_all`]. While one is held by a process that may be
/// dead, retries until the lock expires, for at most `patience`. Returns at once if the holder is
/// known to be alive or renews its lock.
///
/// # Errors
/// The error of the last [`acquire_all`].
pub async fn acquire_waiting(
    locks: &[Arc<dyn ActorLocks>],
    actor: &ActorId,
    holder: &Holder,
    patience: Duration,
) -> Result<HeldLocks, LockError> {
    let start = Instant::now();
    loop {
        let error = match acquire_all(locks, actor, holder).await {
            Ok(held) => return Ok(held),
            Err(error) => error,
        };
        let left = patience.saturating_sub(start.elapsed());
        match &error {
            LockError::Held {
                again_after: Some(pause),
                ..
            } if !left.is_zero() => {
                tracing::info!(%actor, reason = %error, "waiting for the lock");
                // At least a millisecond, to keep a zero pause from turning this into a busy loop.
                sleep((*pause).max(Duration::from_millis(1)).min(left)).await;
            }
            _ => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
