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
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn an_open_gate_lets_through_at_once() {
        let start = Instant::now();
        SharedPause::new().wait().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn one_workers_pause_holds_all_of_them() {
        let start = Instant::now();
        let pause = SharedPause::new();
        pause.clone().pause_for(5 * SECOND);
        let workers: Vec<_> = (0..4)
            .map(|_| {
                let pause = pause.clone();
                tokio::spawn(async move {
                    pause.wait().await;
                    start.elapsed()
                })
            })
            .collect();
        for worker in workers {
            assert!(worker.await.unwrap() >= 5 * SECOND);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_grows_while_it_is_waited_for_and_never_shrinks() {
        let start = Instant::now();
        let pause = SharedPause::new();
        pause.pause_for(5 * SECOND);
        let waiter = tokio::spawn({
            let pause = pause.clone();
            async move {
                pause.wait().await;
                start.elapsed()
            }
        });
        tokio::time::sleep(SECOND).await;
        pause.pause_for(SECOND);
        pause.pause_for(9 * SECOND);
        assert!(waiter.await.unwrap() >= 10 * SECOND);
    }
}
