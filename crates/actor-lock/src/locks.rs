//! The traits, and the contract that every kind of lock keeps.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Debug};
use std::time::Duration;
use storage::{KeyError, StoreError};
use tdbal_types::{ActorId, RunId};

/// Who has a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The run.
    pub run: RunId,
    /// The machine.
    pub host: String,
    /// The process on that machine.
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

/// A lock that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockInfo {
    /// The actor.
    pub actor: ActorId,
    /// The file or object.
    pub place: String,
    /// Who took it; `None` where that cannot be read.
    pub holder: Option<Holder>,
    /// Until when it is held without being renewed; `None` where it lasts as long as its process.
    pub until: Option<Timestamp>,
    /// Whether its holder is gone or let it expire: the next run takes it.
    pub stale: bool,
}

/// Why a lock could not be taken or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Somebody has it.
    #[error(
        "{actor}: {} works on this actor{}: wait until it has ended, or stop it first",
        describe(holder.as_deref()),
        until.map(|until| format!(" (until {until}, unless it goes on)")).unwrap_or_default()
    )]
    Held {
        /// The actor.
        actor: ActorId,
        /// Who has it; `None` where that cannot be read.
        holder: Option<Box<Holder>>,
        /// Until when, unless it is renewed; `None` where it lasts as long as its process.
        until: Option<Timestamp>,
        /// After how long it is worth asking again, since the holder may be dead; `None` where it
        /// is known to be alive.
        again_after: Option<Duration>,
    },
    /// It was ours and is no longer, or that cannot be made sure: do nothing more to the actor.
    #[error(
        "{actor}: the lock {place} is lost ({problem}): nothing more is done to this actor; run \
         again to go on"
    )]
    Lost {
        /// The actor.
        actor: ActorId,
        /// The file or object.
        place: String,
        /// What happened.
        problem: String,
    },
    /// The actor's name cannot stand in a key.
    #[error("{actor}: no lock can have this name")]
    Name {
        /// The actor.
        actor: ActorId,
        /// What is wrong with it.
        #[source]
        source: KeyError,
    },
    /// The file system refused.
    #[error(
        "cannot {operation} the lock {place}: check that the folder may be written to, then run again"
    )]
    File {
        /// The file or folder.
        place: String,
        /// What was tried, as a verb.
        operation: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The store refused.
    #[error("{actor}: cannot take or give back the lock of this actor; run again")]
    Store {
        /// The actor.
        actor: ActorId,
        /// The cause.
        #[source]
        source: StoreError,
    },
    /// The store would not list its locks.
    #[error("cannot list the locks")]
    List(#[source] StoreError),
}

fn describe(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| "another run".to_owned(), Holder::to_string)
}

impl LockError {
    /// Whether somebody else has the lock.
    pub const fn is_held(&self) -> bool {
        matches!(self, Self::Held { .. })
    }

    /// Whether the lock was ours and is no longer.
    pub const fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }
}

/// Locks, one for each actor.
///
/// # Contract
/// - Of any number of runs, at most one has the lock of an actor, as far as clocks run at the same
///   speed. A holder that died does not keep it for ever.
/// - Taking it twice from one process fails like taking it from two.
#[async_trait]
pub trait ActorLocks: Debug + Send + Sync + 'static {
    /// Takes the lock.
    ///
    /// # Errors
    /// [`LockError::Held`] where somebody has it.
    async fn acquire(
        &self,
        actor: &ActorId,
        holder: &Holder,
    ) -> Result<Box<dyn ActorLock>, LockError>;

    /// Locks that are there, sorted by actor: held ones, and those that a dead holder left.
    async fn list(&self) -> Result<Vec<LockInfo>, LockError>;
}

/// A lock that is held. Dropping it without [`release`](ActorLock::release) is like dying: a file
/// lock is free at once, a lease when it expires.
#[async_trait]
pub trait ActorLock: Debug + Send + Sync {
    /// Makes sure that the lock is still ours, and will be for a while. To be asked before each
    /// step that costs money or cannot be repeated.
    ///
    /// # Errors
    /// [`LockError::Lost`] where it is not: do nothing more to the actor.
    async fn check(&self) -> Result<(), LockError>;

    /// Gives it back. Where it is no longer ours, nothing happens.
    async fn release(self: Box<Self>) -> Result<(), LockError>;
}
