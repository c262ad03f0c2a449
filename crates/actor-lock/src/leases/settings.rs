//! Durations of leases, and the clock and process check that callers supply.

use super::lease::MAX_TIME_TO_LIVE;
use crate::Holder;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// A wall clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Returns whether a holder's process is alive; `None` if this cannot be determined, for example
/// for a process on another machine.
///
/// A holder reported as dead loses its lock at once, so `Some(false)` has to be certain. A matching
/// host name is not enough: two containers can share one and still number their processes
/// separately.
pub type IsAlive = Arc<dyn Fn(&Holder) -> Option<bool> + Send + Sync>;

/// Durations of leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseSettings {
    /// Time after which a lease expires unless it is renewed. A run that crashes on another machine
    /// blocks its actor for this long. Values above one hour count as one hour.
    pub time_to_live: Duration,
    /// Interval between renewals. Values above a third of `time_to_live` count as a third.
    pub renew_every: Duration,
}

impl Default for LeaseSettings {
    /// One minute, renewed every 20 seconds.
    fn default() -> Self {
        Self {
            time_to_live: Duration::from_mins(1),
            renew_every: Duration::from_secs(20),
        }
    }
}

impl LeaseSettings {
    /// The settings with both durations limited to their valid ranges.
    pub(super) fn clamped(self) -> Self {
        let time_to_live = self.time_to_live.min(MAX_TIME_TO_LIVE);
        // Other runs take a lease over once it has not been renewed for half its time to live.
        let renew_every = self.renew_every.min(time_to_live / 3);
        Self {
            time_to_live,
            renew_every: renew_every.max(Duration::from_millis(1)),
        }
    }
}
