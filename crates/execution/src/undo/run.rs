//! Undoes a run: restores what it removed from the trash, moves what it generated there, and gives
//! the manifests back what they said before. It uses the same journal and transaction as the run.

use crate::error::{ExecutionError, RunError};
use crate::executor::Executor;
use crate::transaction::commit::Kind;
use crate::transaction::run::{Ended, Transaction};
use crate::transaction::scope::{ActorScope, LockedActor};
use crate::undo::check::find_obstacle;
use crate::undo::decision::UndoDecision;
use crate::undo::restorable::returning;
use dataset::DataError;
use journal::run::record::Step;
use journal::run::state::{ActorState, ChangeState};
use journal::run::{ActorJournal, unfinished};
use results::events::Observer;
use serde::Serialize;
use std::collections::BTreeSet;
use tdbal_types::{ActorId, ImageName, RunId};
use tokio_util::sync::CancellationToken;

/// What an undo did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UndoReport {
    /// The run.
    pub run_id: RunId,
    /// Whether the undo was executed; `false` for a dry run.
    pub executed: bool,
    /// Every actor that the run changed or started to change, by name.
    pub actors: Vec<ActorUndo>,
}

/// One actor of a run that is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActorUndo {
    /// The actor.
    pub actor: ActorId,
    /// The result.
    #[serde(flatten)]
    pub status: UndoStatus,
    /// Pictures that are restored.
    pub returns: Vec<ImageName>,
    /// Pictures that are moved to the trash: those that the run generated.
    pub leaves: Vec<ImageName>,
}

/// The result of an undo for one actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum UndoStatus {
    /// The actor would be undone; this was a dry run.
    ToUndo,
    /// The actor is as it was before the run.
    Undone,
    /// The actor was undone before.
    UndoneAlready,
    /// The run did not change the actor.
    Unchanged,
    /// An obstacle prevents the undo; nothing was touched.
    Refused {
        /// The obstacle.
        error: String,
    },
    /// The undo was started and could not be finished: run it again to continue.
    Failed {
        /// The error.
        error: String,
    },
    /// The operator stopped the undo before this actor.
    Remaining,
}

/// Undoes a run, or with `dry_run` reports what an undo would do. `only` limits it to these actors, which
/// are undone one after another.
///
/// # Errors
/// If the run does not exist, or the journals cannot be read. The failure of one actor is in its status.
pub async fn undo(
    executor: &Executor,
    run: &RunId,
    only: Option<&BTreeSet<ActorId>>,
    dry_run: bool,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<UndoReport, RunError> {
    let journals = &executor.data.journals;
    let begun = journals.actors(run).await.map_err(DataError::from)?;
    let documents = journals.documents(run).await.map_err(DataError::from)?;
    if begun.is_empty() && documents.is_empty() {
        return Err(RunError::NoRun {
            run: run.clone(),
            data: executor.data.identity.clone(),
        });
    }
    let mut actors = Vec::new();
    for actor in begun
        .into_iter()
        .filter(|actor| only.is_none_or(|only| only.contains(actor)))
    {
        if cancel.is_cancelled() {
            actors.push(ActorUndo::new(actor, UndoStatus::Remaining));
            continue;
        }
        let undoing = ActorUndoing {
            executor,
            run,
            actor: &actor,
            observer,
            cancel,
        };
        actors.push(undoing.run(dry_run).await);
    }
    if !dry_run {
        executor.leave_census().await;
    }
    Ok(UndoReport {
        run_id: run.clone(),
        executed: !dry_run,
        actors,
    })
}

/// Finishes an undo of a run that was interrupted; `None` if there is none.
///
/// # Errors
/// When the journals cannot be read.
pub async fn resume(
    executor: &Executor,
    run: &RunId,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<Option<UndoReport>, RunError> {
    let open = unfinished(executor.data.journals.as_ref()).await;
    let begun: BTreeSet<ActorId> = open
        .map_err(DataError::from)?
        .into_iter()
        .filter(|(of, _, state)| of == run && state.undo.is_some())
        .map(|(_, actor, _)| actor)
        .collect();
    if begun.is_empty() {
        return Ok(None);
    }
    undo(executor, run, Some(&begun), false, observer, cancel)
        .await
        .map(Some)
}

impl ActorUndo {
    fn new(actor: ActorId, status: UndoStatus) -> Self {
        Self {
            actor,
            status,
            returns: Vec::new(),
            leaves: Vec::new(),
        }
    }

    fn of(actor: &ActorId, status: UndoStatus, section: &ChangeState) -> Self {
        let added = section.change.iter().flat_map(|change| &change.added);
        Self {
            actor: actor.clone(),
            status,
            returns: section.removed.keys().cloned().collect(),
            leaves: added.map(|added| added.name.clone()).collect(),
        }
    }
}

struct ActorUndoing<'a> {
    executor: &'a Executor,
    run: &'a RunId,
    actor: &'a ActorId,
    observer: &'a dyn Observer,
    cancel: &'a CancellationToken,
}

impl ActorUndoing<'_> {
    async fn run(&self, dry_run: bool) -> ActorUndo {
        let result = if dry_run {
            self.preview().await
        } else {
            self.undo().await
        };
        match result {
            Ok(done) => done,
            Err(error) => {
                let status = UndoStatus::Failed {
                    error: error.chain(),
                };
                ActorUndo::new(self.actor.clone(), status)
            }
        }
    }

    /// What an undo would do. Takes no lock: what it reports may be outdated a moment later anyway.
    async fn preview(&self) -> Result<ActorUndo, ExecutionError> {
        let journals = self.executor.data.journals.clone();
        let clock = &self.executor.evaluation.clock;
        let journal = ActorJournal::open(journals, self.run, self.actor, clock).await?;
        let state = journal.state().await;
        let status = match self.refusal(&state).await? {
            Some(status) => status,
            None => UndoStatus::ToUndo,
        };
        Ok(ActorUndo::of(self.actor, status, &state.change))
    }

    async fn undo(&self) -> Result<ActorUndo, ExecutionError> {
        let locked = LockedActor::open(self.executor, self.run, self.actor, None).await?;
        let scope = locked.scope(self.executor, self.run, self.observer, self.cancel);
        let result = self.undo_locked(&scope).await;
        locked.close().await;
        result
    }

    async fn undo_locked(&self, scope: &ActorScope<'_>) -> Result<ActorUndo, ExecutionError> {
        let state = scope.journal.state().await;
        let ended = |status| Ok(ActorUndo::of(self.actor, status, &state.change));
        if let Some(status) = self.refusal(&state).await? {
            return ended(status);
        }
        // The marker first: a journal that no one finds would be work that no one resumes. It may be
        // missing although the undo has begun, if the response to its record was lost.
        scope.journal.mark_open().await?;
        if state.undo.is_none() {
            let back = returning(&state);
            scope.journal.write(Step::Undo { back }).await?;
        }
        match execute(scope, &state).await? {
            None => ended(UndoStatus::Undone),
            Some(error) => ended(UndoStatus::Refused { error }),
        }
    }

    /// Why there is nothing to undo, or what stands in the way; `None` if the undo can start or
    /// resume.
    async fn refusal(&self, state: &ActorState) -> Result<Option<UndoStatus>, ExecutionError> {
        let refused = |error: String| Ok(Some(UndoStatus::Refused { error }));
        match &state.undo {
            Some(undo) if undo.done => Ok(Some(UndoStatus::UndoneAlready)),
            Some(_) => Ok(None),
            None if state.is_open() => {
                let run = self.run;
                refused(format!(
                    "the run left this actor unfinished: finish it first with tdbal resume {run}"
                ))
            }
            None if !state.change.committed => Ok(Some(UndoStatus::Unchanged)),
            None if state.purged && !state.change.removed.is_empty() => {
                refused("what the run removed was purged from the trash".into())
            }
            None => match find_obstacle(self.executor, self.actor, state).await? {
                Some(obstacle) => refused(obstacle),
                None => Ok(None),
            },
        }
    }
}

/// Restores, commits, and removes; returns what stands in the way if that turns up only now.
async fn execute(
    scope: &ActorScope<'_>,
    state: &ActorState,
) -> Result<Option<String>, ExecutionError> {
    let mut decision = UndoDecision::new(scope, &state.change);
    if let Some(why) = decision.abandoning().await {
        return decision.abandon(why).await.map(Some);
    }
    // Files first: the manifest must never list a picture that is not there.
    decision.restore_pictures().await?;
    let transaction = Transaction::new(scope, decision.mover(), Kind::Undo);
    match transaction.run(&mut decision).await? {
        Ended::Abandoned(why) => decision.abandon(why).await.map(Some),
        Ended::Done { not_removed } => {
            scope.journal.write(Step::Undone).await?;
            not_removed.map_or(Ok(None), Err)
        }
    }
}
