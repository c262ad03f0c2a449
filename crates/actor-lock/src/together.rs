//! Several locks of one actor, such as that of a folder and that of a bucket that share its data.

use crate::{ActorLock, ActorLocks, Holder, LockError};
use std::sync::Arc;
use std::time::Duration;
use tdbal_types::ActorId;
use tokio::time::{Instant, sleep};

/// All locks of one actor, in the order in which they were taken.
#[derive(Debug)]
pub struct HeldLocks {
    locks: Vec<Box<dyn ActorLock>>,
}

impl HeldLocks {
    /// Makes sure that all of them are still ours.
    ///
    /// # Errors
    /// That of the first that is not.
    pub async fn check(&self) -> Result<(), LockError> {
        for lock in &self.locks {
            lock.check().await?;
        }
        Ok(())
    }

    /// Gives all of them back, the last one first.
    ///
    /// # Errors
    /// The first one, after all were tried.
    pub async fn release(self) -> Result<(), LockError> {
        let mut outcome = Ok(());
        for lock in self.locks.into_iter().rev() {
            let released = lock.release().await;
            outcome = outcome.and(released);
        }
        outcome
    }
}

/// Takes all locks of an actor in the order given, which must be the same for all runs. Where one
/// cannot be taken, those before it are given back.
///
/// # Errors
/// That of the first that could not be taken.
pub async fn acquire_all(
    locks: &[Arc<dyn ActorLocks>],
    actor: &ActorId,
    holder: &Holder,
) -> Result<HeldLocks, LockError> {
    let mut held = HeldLocks { locks: Vec::new() };
    for one in locks {
        match one.acquire(actor, holder).await {
            Ok(lock) => held.locks.push(lock),
            Err(error) => {
                if let Err(error) = held.release().await {
                    tracing::warn!(%actor, %error, "a lock that is not needed was not given back");
                }
                return Err(error);
            }
        }
    }
    Ok(held)
}

/// Takes all locks of an actor as [`acquire_all`] does; where one is held by somebody who may be
/// dead, asks again until it has expired, for at most `patience`. A holder that is known to live, or
/// that renews its lock meanwhile, is not waited for.
///
/// # Errors
/// As [`acquire_all`], by the last attempt.
pub async fn acquire_waiting(
    locks: &[Arc<dyn ActorLocks>],
    actor: &ActorId,
    holder: &Holder,
    patience: Duration,
) -> Result<HeldLocks, LockError> {
    let begun = Instant::now();
    loop {
        let error = match acquire_all(locks, actor, holder).await {
            Ok(held) => return Ok(held),
            Err(error) => error,
        };
        let left = patience.saturating_sub(begun.elapsed());
        match &error {
            LockError::Held {
                again_after: Some(pause),
                ..
            } if !left.is_zero() => {
                tracing::info!(%actor, wait = %error, "asking again for the lock");
                sleep((*pause).max(Duration::from_millis(1)).min(left)).await;
            }
            _ => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
