//! Works on several actors at once, with progress saved after each.

use crate::engine::Engine;
use crate::output::{Mode, OutputError};
use crate::progress::Progress;
use crate::report::Stopped;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use std::collections::VecDeque;
use std::pin::Pin;
use tdbal_types::ActorId;
use tokio_util::sync::CancellationToken;

/// What several phases of a run have in common: its progress, and whether it is stopping.
pub(crate) struct Pool<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) mode: Mode,
    pub(crate) cancel: &'a CancellationToken,
    pub(crate) progress: Progress,
    pub(crate) stopped: Option<Stopped>,
}

/// A write of the progress file that is under way.
type Saving = Pin<Box<dyn Future<Output = Result<(), OutputError>> + Send>>;

impl Pool<'_> {
    /// Hands items to `work`, so many at a time as there are jobs, until none is left or the run
    /// stops; every result goes to `finish`. Returns what was not begun.
    ///
    /// # Errors
    /// When progress cannot be saved; what was in hand is at its end.
    pub(crate) async fn drive<'w, T, R>(
        &mut self,
        mut waiting: VecDeque<(ActorId, T)>,
        work: impl Fn(T) -> BoxFuture<'w, R>,
        mut finish: impl FnMut(&mut Self, R),
    ) -> Result<Vec<ActorId>, OutputError> {
        let mut in_hand = FuturesUnordered::new();
        // Progress is written while actors go on: a disk that takes its time holds nobody up.
        let mut saving: Option<Saving> = None;
        let mut unsaved = true;
        let mut failure = None;
        loop {
            while in_hand.len() < self.engine.settings.jobs.max(1) && !self.is_stopping() {
                let Some((actor, item)) = waiting.pop_front() else {
                    break;
                };
                self.progress.start(&actor);
                in_hand.push(work(item));
            }
            if unsaved && saving.is_none() {
                saving = Some(self.save());
                unsaved = false;
            }
            tokio::select! {
                Some(done) = in_hand.next(), if !in_hand.is_empty() => {
                    finish(self, done);
                    unsaved = true;
                }
                saved = finished(&mut saving), if saving.is_some() => {
                    saving = None;
                    if let Err(error) = saved {
                        // What is in hand is still brought to its end.
                        self.stopped.get_or_insert(Stopped::Error(error.to_string()));
                        failure.get_or_insert(error);
                    }
                }
                else => break,
            }
        }
        match failure {
            Some(error) => Err(error),
            None => Ok(waiting.into_iter().map(|(actor, _)| actor).collect()),
        }
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopped.is_some() || self.cancel.is_cancelled()
    }

    /// Writes the progress as it is now.
    pub(crate) fn save(&mut self) -> Saving {
        self.progress.last_updated = self.engine.clock.stamp();
        let (output, mode) = (self.engine.output.clone(), self.mode);
        let progress = self.progress.clone();
        Box::pin(async move { output.write_progress(mode, &progress).await })
    }
}

/// Waits for a write, if there is one; else for ever.
async fn finished(saving: &mut Option<Saving>) -> Result<(), OutputError> {
    match saving {
        Some(saving) => saving.await,
        None => std::future::pending().await,
    }
}
