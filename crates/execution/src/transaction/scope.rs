//! What every step of a change of one actor needs.

use crate::error::ExecutionError;
use crate::executor::Executor;
use crate::transaction::lock;
use actor_lock::HeldLocks;
use dataset::destination::ObjectDestination;
use dataset::{ActorSet, discovery, set};
use journal::run::ActorJournal;
use journal::run::state::ActorState;
use results::audit::Trail;
use results::events::Observer;
use tdbal_types::{ActorId, RunId, chain};
use tokio_util::sync::CancellationToken;

/// One actor in the hands of one run: its journal, its locks, and where effects are reported.
#[derive(Clone, Copy)]
pub struct ActorScope<'a> {
    /// The data, the model and the generator.
    pub executor: &'a Executor,
    /// The run that changes the actor.
    pub run: &'a RunId,
    /// The actor.
    pub actor: &'a ActorId,
    /// The actor's journal of that run.
    pub journal: &'a ActorJournal,
    /// The locks that keep other runs from the actor.
    pub locks: &'a HeldLocks,
    /// Receives events while the work goes on.
    pub observer: &'a dyn Observer,
    /// Set when the operator wants to stop.
    pub cancel: &'a CancellationToken,
}

impl<'a> ActorScope<'a> {
    /// The audit trail of the actor in this run.
    pub fn audit(&self) -> Trail<'a> {
        let context = &self.executor.evaluation;
        Trail {
            output: &context.output,
            clock: &context.clock,
            run: self.run,
            actor: self.actor,
        }
    }

    /// Reads the actor's set as it is now.
    ///
    /// # Errors
    /// When a manifest cannot be read or the folder cannot be listed.
    pub async fn load_set(&self) -> Result<ActorSet, ExecutionError> {
        let reader = &self.executor.evaluation.data;
        let files = discovery::files_of(reader, self.actor).await?;
        let now = self.executor.evaluation.clock.stamp();
        Ok(set::load(reader, self.actor, &files, &now).await?)
    }
}

/// An actor that is locked for a run, with its journal opened behind the last record.
pub struct LockedActor {
    actor: ActorId,
    locks: HeldLocks,
    journal: ActorJournal,
}

impl LockedActor {
    /// Locks an actor and opens its journal. `destination` is where the run's new objects go: that
    /// bucket is locked too.
    ///
    /// # Errors
    /// When another run works on the actor or left it unfinished, or the journal cannot be read.
    pub async fn open(
        executor: &Executor,
        run: &RunId,
        actor: &ActorId,
        destination: Option<&ObjectDestination>,
    ) -> Result<Self, ExecutionError> {
        let locks = lock::lock(executor, run, actor, destination).await?;
        let journals = executor.data.journals.clone();
        let journal = ActorJournal::open(journals, run, actor, &executor.evaluation.clock).await;
        match journal {
            Ok(journal) => Ok(Self {
                actor: actor.clone(),
                locks,
                journal,
            }),
            Err(error) => {
                if let Err(release) = locks.release().await {
                    tracing::warn!(%actor, "{}", chain(&release));
                }
                Err(error.into())
            }
        }
    }

    /// The actor's journal.
    pub const fn journal(&self) -> &ActorJournal {
        &self.journal
    }

    /// The scope of the work on this actor.
    pub const fn scope<'a>(
        &'a self,
        executor: &'a Executor,
        run: &'a RunId,
        observer: &'a dyn Observer,
        cancel: &'a CancellationToken,
    ) -> ActorScope<'a> {
        ActorScope {
            executor,
            run,
            actor: &self.actor,
            journal: &self.journal,
            locks: &self.locks,
            observer,
            cancel,
        }
    }

    /// Releases the actor and returns the state that its journal ends with. If nothing is left to do,
    /// the marker of unfinished work is removed first: an error there only leaves the marker behind,
    /// and a lock that cannot be released expires, so neither fails the actor.
    pub async fn close(self) -> ActorState {
        let state = self.journal.state().await;
        // If the last append failed, its record may have been written nevertheless and open the journal.
        let is_certain = !self.journal.has_pending_record().await;
        if !state.is_open()
            && is_certain
            && let Err(error) = self.journal.mark_closed().await
        {
            tracing::warn!(actor = %self.actor, "{}", chain(&error));
        }
        if let Err(error) = self.locks.release().await {
            tracing::warn!(actor = %self.actor, "{}", chain(&error));
        }
        state
    }
}
