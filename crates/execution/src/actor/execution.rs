//! Executes one actor's part of a plan, from wherever an earlier attempt left it.

use crate::actor::plan_decision::PlanDecision;
use crate::error::ExecutionError;
use crate::executor::Executor;
use crate::transaction::commit::Kind;
use crate::transaction::run::{Ended, Transaction};
use crate::transaction::scope::{ActorScope, LockedActor};
use evaluation::EvaluationError;
use journal::run::ActorJournal;
use journal::run::record::{Ending, Step};
use journal::run::state::ActorState;
use results::audit::{AuditAction, Entry, Trail};
use results::events::Observer;
use run_plan::budget::Budget;
use run_plan::plan::{PlannedChange, RunPlan};
use tdbal_types::ActorId;
use tokio_util::sync::CancellationToken;

/// What executing one actor's part of a plan needs.
#[derive(Clone, Copy)]
pub struct ActorExecution<'a> {
    /// The data, the model and the generator.
    pub executor: &'a Executor,
    /// The plan of the run.
    pub plan: &'a RunPlan,
    /// The actor.
    pub actor: &'a ActorId,
    /// The actor's part of the plan.
    pub assessed: &'a PlannedChange,
    /// What the run may still spend.
    pub budget: &'a Budget,
    /// Receives events while the work goes on.
    pub observer: &'a dyn Observer,
    /// Set when the operator wants to stop.
    pub cancel: &'a CancellationToken,
}

/// How an actor's part of a run ended.
pub struct Executed {
    /// Why it is not done, if it is not.
    pub result: Result<(), ExecutionError>,
    /// What its journal says.
    pub state: ActorState,
}

impl ActorExecution<'_> {
    /// Does what is left to do. The actor is locked meanwhile.
    pub async fn run(&self) -> Executed {
        let destination = self.plan.settings.destination.as_ref();
        let run = &self.plan.run_id;
        match LockedActor::open(self.executor, run, self.actor, destination).await {
            Ok(locked) => {
                let scope = locked.scope(self.executor, run, self.observer, self.cancel);
                let result = self.resume(&scope).await;
                let state = locked.close().await;
                Executed { result, state }
            }
            Err(error) => Executed {
                result: Err(error),
                state: ActorState::default(),
            },
        }
    }

    /// Records in the journal that nothing is done, for this reason.
    pub async fn refuse(&self, why: ExecutionError) -> Executed {
        let journals = self.executor.data.journals.clone();
        let run = &self.plan.run_id;
        let clock = &self.executor.evaluation.clock;
        let written = async {
            let journal = ActorJournal::open(journals, run, self.actor, clock).await?;
            if journal.state().await.ending.is_none() {
                let error = why.chain();
                let ending = Ending::Refused { error };
                journal.write(Step::Done { ending }).await?;
            }
            Ok::<_, ExecutionError>(())
        };
        let result = match written.await {
            Ok(()) => Err(why),
            Err(error) => Err(error),
        };
        Executed {
            result,
            state: ActorState::default(),
        }
    }

    async fn resume(&self, scope: &ActorScope<'_>) -> Result<(), ExecutionError> {
        let state = scope.journal.state().await;
        if state.undo.is_some() {
            let what = "the run was applied and has been undone since".to_owned();
            return Err(ExecutionError::Earlier(what));
        }
        if let Some(ending) = &state.ending {
            return match ending {
                Ending::Complete => Ok(()),
                Ending::Failed { error } | Ending::Refused { error } => {
                    Err(ExecutionError::Earlier(error.clone()))
                }
            };
        }
        let decision = PlanDecision::new(scope, self.plan, self.assessed, self.budget);
        let result = self.execute(scope, decision).await;
        let is_committed = scope.journal.state().await.change.committed;
        match &result {
            Ok(()) => {
                let ending = Ending::Complete;
                scope.journal.write(Step::Done { ending }).await?;
            }
            Err(error) if error.leaves_open() => {}
            // What follows from a commit is done, sooner or later.
            Err(error) if is_committed && !error.ends_a_commit() => {}
            Err(error) => self.close(scope, error).await?,
        }
        result
    }

    async fn execute(
        &self,
        scope: &ActorScope<'_>,
        mut decision: PlanDecision<'_>,
    ) -> Result<(), ExecutionError> {
        let mover = decision.mover();
        let transaction = Transaction::new(scope, mover, Kind::Forward);
        match transaction.run(&mut decision).await? {
            Ended::Done { not_removed: None } => {}
            Ended::Done {
                not_removed: Some(error),
            } => return Err(error),
            Ended::Abandoned(what) => return Err(ExecutionError::SetChanged { what }),
        }
        decision.check_complete(&scope.journal.state().await)
    }

    /// Ends the actor's part of the run with an error that resuming it would not fix.
    async fn close(
        &self,
        scope: &ActorScope<'_>,
        error: &ExecutionError,
    ) -> Result<(), ExecutionError> {
        let state = scope.journal.state().await;
        if state.change.is_unsettled() {
            // Whether the commit was done has to be found out first.
            return Ok(());
        }
        if state.begun && !state.change.committed {
            let decision = PlanDecision::new(scope, self.plan, self.assessed, self.budget);
            decision.quarantine_new_pictures(error).await?;
        }
        let error = error.chain();
        let ending = if state.begun {
            Ending::Failed { error }
        } else {
            Ending::Refused { error }
        };
        Ok(scope.journal.write(Step::Done { ending }).await?)
    }
}

/// Records in the audit trail that an actor was not done.
pub async fn record_failure(trail: &Trail<'_>, error: &ExecutionError) {
    let is_interrupted = matches!(
        error,
        ExecutionError::Evaluation(EvaluationError::Interrupted)
    );
    if !is_interrupted {
        let entry = Entry::new(AuditAction::Fail, "the actor was not done");
        trail.record(entry.failed(error.chain())).await;
    }
}
