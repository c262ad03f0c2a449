//! A pause that all workers of a service share.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A pause shared by all clones: when one worker is rate limited, all of them wait.
///
/// A pause can be extended but never shortened; a shorter one requested meanwhile has no effect.
#[derive(Debug, Clone, Default)]
pub struct SharedPause {
    until: Arc<Mutex<Option<Instant>>>,
}

impl SharedPause {
    /// Creates a pause that is not active.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes every clone wait for `duration` from now, or longer if a longer pause is active.
    pub fn pause_for(&self, duration: Duration) {
        // A delay that the clock cannot represent does not occur: callers cap the server's delays.
        let Some(until) = Instant::now().checked_add(duration) else {
            return;
        };
        // A poisoned lock is safe to use: the timestamp is never half written.
        let mut current = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        *current = (*current).max(Some(until));
    }

    /// Returns how much longer the pause lasts; zero when it is not active.
    pub fn remaining(&self) -> Duration {
        self.until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .map_or(Duration::ZERO, |until| {
                until.saturating_duration_since(Instant::now())
            })
    }

    /// Waits until the pause is over. The future can be dropped at any time.
    pub async fn wait(&self) {
        loop {
            let remaining = self.remaining();
            if remaining.is_zero() {
                return;
            }
            // Another worker may extend the pause during the sleep, so check again after it.
            tokio::time::sleep(remaining).await;
        }
    }
}

#[cfg(test)]
mod tests;
