//! How long leases last, and what is asked from outside.

use super::lease::LONGEST;
use crate::Holder;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// A wall clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Whether a holder's process lives; `None` where that cannot be told, as of another machine. What
/// it says to be dead loses its lock at once, so it must be sure: two containers can have one host
/// name and count their processes apart.
pub type IsAlive = Arc<dyn Fn(&Holder) -> Option<bool> + Send + Sync>;

/// How long leases last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseSettings {
    /// How long a lease lasts that is not renewed: how long a run that died on another machine
    /// keeps an actor. More than an hour is taken for an hour.
    pub time_to_live: Duration,
    /// How often a lease is renewed; more than a third of `time_to_live` is taken for a third.
    pub renew_every: Duration,
}

impl Default for LeaseSettings {
    /// A minute, renewed three times in it.
    fn default() -> Self {
        Self {
            time_to_live: Duration::from_mins(1),
            renew_every: Duration::from_secs(20),
        }
    }
}

impl LeaseSettings {
    pub(super) fn sound(self) -> Self {
        let time_to_live = self.time_to_live.min(LONGEST);
        let renew_every = self.renew_every.min(time_to_live / 3);
        Self {
            time_to_live,
            renew_every: renew_every.max(Duration::from_millis(1)),
        }
    }
}
