//! A gate that all workers pass before they send.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A pause that all clones share: where one worker meets a rate limit, all of them wait.
///
/// It only ever grows: a shorter pause that is asked for while a longer one holds changes nothing.
#[derive(Debug, Clone, Default)]
pub struct SharedPause {
    until: Arc<Mutex<Option<Instant>>>,
}

impl SharedPause {
    /// An open gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Closes the gate for `duration` from now.
    pub fn pause_for(&self, duration: Duration) {
        let Some(until) = Instant::now().checked_add(duration) else {
            return;
        };
        let mut current = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        *current = (*current).max(Some(until));
    }

    /// How long the gate stays closed; zero when it is open.
    pub fn remaining(&self) -> Duration {
        self.until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .map_or(Duration::ZERO, |until| {
                until.saturating_duration_since(Instant::now())
            })
    }

    /// Returns once the gate is open. May be dropped at any time.
    pub async fn wait(&self) {
        loop {
            let remaining = self.remaining();
            if remaining.is_zero() {
                return;
            }
            // The pause may have grown meanwhile, so it is looked at again.
            tokio::time::sleep(remaining).await;
        }
    }
}

#[cfg(test)]
mod tests;
