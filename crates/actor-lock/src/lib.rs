//! Locks that let one run at a time work on an actor (a character that a LoRA is trained on).
//!
//! A lock is advisory: it keeps two runs of this program from doing the same work and paying for it
//! twice. It does not protect the data. If a lock fails, because a machine was suspended or a store
//! was unreachable, conditional writes still prevent lost updates.

mod file;
mod held_locks;
mod leases;
mod locks;

pub use file::FileLocks;
pub use held_locks::{HeldLocks, acquire_all, acquire_waiting};
pub use leases::{Clock, IsAlive, LeaseLocks, LeaseSettings};
pub use locks::{ActorLock, ActorLocks, Holder, LockError, LockInfo};
