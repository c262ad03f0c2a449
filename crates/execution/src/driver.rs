//! Works on several actors at once, with progress saved after each.

use evaluation::EvaluationContext;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use results::error::OutputError;
use results::progress::{Mode, Progress, write_progress};
use results::report::Stopped;
use std::collections::VecDeque;
use std::pin::Pin;
use tdbal_types::ActorId;
use tokio_util::sync::CancellationToken;

/// Works on the actors of a run: at most [`jobs`](Self::jobs) at once, with progress saved after each.
pub struct Driver<'a> {
    /// The clock and the output folder.
    pub context: &'a EvaluationContext,
    /// Maximum number of actors that are worked on at once (`--jobs`), 1 or more.
    pub jobs: usize,
    /// Which progress file is written.
    pub mode: Mode,
    /// Set when the operator wants to stop: no further actor is started.
    pub cancel: &'a CancellationToken,
    /// The progress so far.
    pub progress: Progress,
    /// Why no further actor is started, if so.
    pub stopped: Option<Stopped>,
}

/// A write of the progress file that is under way.
type Saving = Pin<Box<dyn Future<Output = Result<(), OutputError>> + Send>>;

impl Driver<'_> {
    /// Passes items to `work` until none is left or the run stops, and every result to `finish`. Returns
    /// the actors that were not started.
    ///
    /// # Errors
    /// When progress cannot be saved; actors that were in progress are finished first.
    pub async fn drive<'w, T, R>(
        &mut self,
        mut waiting: VecDeque<(ActorId, T)>,
        work: impl Fn(T) -> BoxFuture<'w, R>,
        mut finish: impl FnMut(&mut Self, R),
    ) -> Result<Vec<ActorId>, OutputError> {
        let mut in_hand = FuturesUnordered::new();
        // Progress is written while actors go on: a slow disk delays no actor.
        let mut saving: Option<Saving> = None;
        let mut unsaved = true;
        let mut failure = None;
        loop {
            while in_hand.len() < self.jobs.max(1) && !self.is_stopping() {
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
                        // Actors in progress are still finished.
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

    /// Returns true if no further actor is started: the operator cancelled the run, or something stopped
    /// it.
    /// Whether no further actor is started.
    pub fn is_stopping(&self) -> bool {
        self.stopped.is_some() || self.cancel.is_cancelled()
    }

    /// Writes the progress as it is now.
    pub fn save(&mut self) -> Saving {
        self.progress.last_updated = self.context.clock.stamp();
        let (output, mode) = (self.context.output.clone(), self.mode);
        let progress = self.progress.clone();
        Box::pin(async move { write_progress(&output, mode, &progress).await })
    }
}

/// Waits for a write, if there is one; else for ever.
async fn finished(saving: &mut Option<Saving>) -> Result<(), OutputError> {
    match saving {
        Some(saving) => saving.await,
        None => std::future::pending().await,
    }
}
