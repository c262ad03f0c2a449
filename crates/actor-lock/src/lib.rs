//! One run at a time works on an actor.
//!
//! A lock is a promise among runs of this program: it keeps two of them from doing the same work
//! and paying for it twice. What must not be lost even if the promise is broken (a machine that
//! slept, a store that cannot be reached) is guarded by conditional writes, not by the lock.

mod file;
mod leases;
mod locks;
mod together;

pub use file::FileLocks;
pub use leases::{Clock, IsAlive, LeaseLocks, LeaseSettings};
pub use locks::{ActorLock, ActorLocks, Holder, LockError, LockInfo};
pub use together::{HeldLocks, acquire_all, acquire_waiting};
