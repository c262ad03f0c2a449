//! The lock traits, their contract and their errors.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Debug};
use std::time::Duration;
use storage::{KeyError, StoreError};
use tdbal_types::{ActorId, RunId};

/// The process that holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Run that took the lock.
    pub run: RunId,
    /// Host name of the machine.
    pub host: String,
    /// Process ID on that machine.
    pub pid: u32,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "run {} (process {} on {})",
            self.run, self.pid, self.host
        )
    }
}

/// A lock found by [`ActorLocks::list`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockInfo {
    /// Actor that the lock is for.
    pub actor: ActorId,
    /// Path of the lock file, or store and key of the lease.
    pub place: String,
    /// Process that took the lock; `None` if the lock cannot be parsed.
    pub holder: Option<Holder>,
    /// When a lease expires unless it is renewed; `None` for a file lock, which ends with its
    /// process.
    pub until: Option<Timestamp>,
    /// Whether the holder is dead or the lease has expired; the next run can take such a lock.
    pub stale: bool,
}

/// Why a lock could not be acquired, kept, released or listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another run holds the lock, or this process acquired it before.
    #[error(
        "{actor}: {} is working on this actor{}; wait for it to finish, or stop it",
        describe(holder.as_deref()),
        until.map(|until| format!(" (lease expires at {until} unless renewed)")).unwrap_or_default()
    )]
    Held {
        /// Actor that the lock is for.
        actor: ActorId,
        /// Process that holds the lock; `None` if the lock cannot be parsed.
        holder: Option<Box<Holder>>,
        /// When a lease expires unless it is renewed; `None` for a file lock, which ends with its
        /// process.
        until: Option<Timestamp>,
        /// When to try again, because the holder may be dead; `None` if it is known to be alive.
        again_after: Option<Duration>,
    },
    /// The lock is lost, or may be. Stop working on the actor.
    #[error(
        "{actor}: the lock {place} is lost ({problem}); tdbal stops working on this actor, run again \
         to resume"
    )]
    Lost {
        /// Actor that the lock is for.
        actor: ActorId,
        /// Path of the lock file, or store and key of the lease.
        place: String,
        /// How the lock was lost.
        problem: String,
    },
    /// The actor's name cannot be part of an object key.
    #[error("{actor}: the actor's name cannot be used in the key of a lock")]
    Name {
        /// Actor that the lock is for.
        actor: ActorId,
        /// Why the key is invalid.
        #[source]
        source: KeyError,
    },
    /// A file operation failed.
    #[error("cannot {operation} {place}: check the permissions of the folder, then run again")]
    File {
        /// Path of the lock file or of the folder.
        place: String,
        /// The failed operation, as a verb with an object.
        operation: &'static str,
        /// Error of the operating system.
        #[source]
        source: std::io::Error,
    },
    /// An object store operation failed.
    #[error("{actor}: cannot access the lock of this actor; run again")]
    Store {
        /// Actor that the lock is for.
        actor: ActorId,
        /// Error of the store.
        #[source]
        source: StoreError,
    },
    /// The store failed to list the locks.
    #[error("cannot list the locks")]
    List(#[source] StoreError),
}

fn describe(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| "another run".to_owned(), Holder::to_string)
}

impl LockError {
    /// Whether the lock is held by another run.
    pub const fn is_held(&self) -> bool {
        matches!(self, Self::Held { .. })
    }

    /// Whether a lock of this run was lost.
    pub const fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }
}

/// A set of locks, one per actor.
///
/// # Contract
/// - At most one run holds the lock of an actor, provided that clocks run at the same speed. A
///   holder that died does not block the actor forever.
/// - A second acquisition by the same process fails like one by another process.
#[async_trait]
pub trait ActorLocks: Debug + Send + Sync + 'static {
    /// Acquires the lock of an actor.
    ///
    /// # Errors
    /// [`LockError::Held`] if the lock is held.
    async fn acquire(
        &self,
        actor: &ActorId,
        holder: &Holder,
    ) -> Result<Box<dyn ActorLock>, LockError>;

    /// Held locks and stale ones, sorted by actor.
    async fn list(&self) -> Result<Vec<LockInfo>, LockError>;
}

/// A held lock. Dropping it without [`release`](ActorLock::release) has the effect of a crash: a
/// file lock is free at once, a lease when it expires.
#[async_trait]
pub trait ActorLock: Debug + Send + Sync {
    /// Verifies that the lock is still ours and will stay so for a while. Call this before every
    /// step that costs money or cannot be repeated.
    ///
    /// # Errors
    /// [`LockError::Lost`] if it is not: stop working on the actor.
    async fn check(&self) -> Result<(), LockError>;

    /// Releases the lock. Does nothing if the lock is lost.
    async fn release(self: Box<Self>) -> Result<(), LockError>;
}
