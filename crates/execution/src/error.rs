//! Errors of changing an actor, and of a whole run.
//!
//! Each message says what failed and why, then what to do next.

use dataset::DataError;
use evaluation::EvaluationError;
use results::OutputError;
use run_plan::limits::Breach;
use run_plan::plan::RunPlanError;
use storage::{KeyError, StoreError};
use tdbal_types::{ImageName, RunId, Usd, chain};

/// Why an actor was not changed as planned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutionError {
    /// The data could not be read, or pictures could not be judged.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// The set, or what people say about it, changed since the evaluation.
    #[error("{what} since the evaluation; nothing was touched: run tdbal again")]
    SetChanged {
        /// What changed, as a clause: `a.png disappeared`.
        what: String,
    },
    /// The object and the local copy of a picture differ.
    #[error(
        "{file} differs between the folder and the bucket; nothing was touched: delete the wrong \
         copy"
    )]
    CopiesDiffer {
        /// The name of the picture.
        file: ImageName,
    },
    /// Someone else changed the set while pictures were generated for it.
    #[error(
        "{what} while pictures were generated, so the set was left unchanged; new pictures kept in \
         {folder}: {kept}; run tdbal again"
    )]
    CommitLost {
        /// What changed, as a clause: `a.png disappeared`.
        what: String,
        /// Number of pictures that were generated and kept.
        kept: usize,
        /// The folder that they were moved to.
        folder: String,
    },
    /// Some pictures could not be generated.
    #[error(
        "{came} of {wanted} pictures were generated ({problem}); nothing was removed: run tdbal again \
         for the rest"
    )]
    NotAllGenerated {
        /// Number of pictures that were generated and added to the set.
        came: usize,
        /// Number of pictures that the plan asks for.
        wanted: usize,
        /// Why the others failed.
        problem: String,
    },
    /// Some pictures could not be downloaded.
    #[error(
        "could not download {} ({problem}): run tdbal doctor --fix again",
        names(files)
    )]
    NotAllFetched {
        /// The names of the pictures.
        files: Vec<ImageName>,
        /// Why the first of them failed.
        problem: String,
    },
    /// While pictures were generated, someone protected or labelled a picture that the plan removes.
    #[error(
        "{what} since the evaluation; generated pictures are in the set, but nothing was removed: run \
         tdbal again"
    )]
    Protected {
        /// What changed, as a clause: `a.png was added to the keep list`.
        what: String,
    },
    /// Some pictures could not be moved to the trash.
    #[error(
        "{} could not be removed ({problem}); still in the set: run tdbal again",
        names(files)
    )]
    NotAllRemoved {
        /// The names of the pictures.
        files: Vec<ImageName>,
        /// Why the first of them failed.
        problem: String,
    },
    /// The set was changed, but the actor manifest could not be updated.
    #[error(
        "the set was changed, but its actor manifest was not updated (run tdbal resume to update it)"
    )]
    ActorManifestWrite(#[source] DataError),
    /// Work that was started or paid for cannot be finished now.
    #[error("{what}; {next}")]
    Unfinished {
        /// What prevents it.
        what: String,
        /// What to do next.
        next: String,
    },
    /// An earlier attempt failed with this message.
    #[error("{0}")]
    Earlier(String),
    /// Another run left the actor unfinished.
    #[error("run {run} left this actor unfinished: run tdbal resume {run} first")]
    OtherRun {
        /// The unfinished run.
        run: RunId,
    },
    /// Another run is working on the actor, or the lock was lost.
    #[error(transparent)]
    Lock(#[from] actor_lock::LockError),
    /// The plan exceeds a limit for single actors.
    #[error("{0}; nothing was touched")]
    Limit(String),
}

impl ExecutionError {
    /// Creates the error for a bug in tdbal itself.
    pub fn internal(problem: impl Into<String>) -> Self {
        Self::Evaluation(EvaluationError::Internal(problem.into()))
    }

    /// Returns the money that was spent before the failure.
    pub fn cost(&self) -> Usd {
        match self {
            Self::Evaluation(error) => error.cost(),
            _ => Usd::ZERO,
        }
    }

    /// Returns whether the actor's part of the run stays open, to be resumed later. Work that was
    /// started or paid for is not abandoned.
    pub fn leaves_open(&self) -> bool {
        match self {
            Self::Unfinished { .. } | Self::ActorManifestWrite(_) | Self::Lock(_) => true,
            Self::Evaluation(error) => match error {
                EvaluationError::BaseImageUnreachable { .. }
                | EvaluationError::StopsRun { .. }
                | EvaluationError::Interrupted
                | EvaluationError::Internal(_)
                | EvaluationError::Output(_) => true,
                EvaluationError::Data(error) => !matches!(
                    error,
                    DataError::Manifest { .. }
                        | DataError::ActorManifest { .. }
                        | DataError::Url { .. }
                ),
                _ => false,
            },
            _ => false,
        }
    }

    /// Returns whether the change was committed although a part of it failed. The actor's part of the
    /// run is finished then.
    pub fn ends_a_commit(&self) -> bool {
        matches!(
            self,
            Self::NotAllRemoved { .. } | Self::NotAllGenerated { .. } | Self::Protected { .. }
        )
    }

    /// Formats the error with its causes in one line.
    pub fn chain(&self) -> String {
        chain(self)
    }
}

impl From<OutputError> for ExecutionError {
    fn from(error: OutputError) -> Self {
        Self::Evaluation(error.into())
    }
}

impl From<DataError> for ExecutionError {
    fn from(error: DataError) -> Self {
        Self::Evaluation(error.into())
    }
}

impl From<journal::run::RecordError> for ExecutionError {
    fn from(error: journal::run::RecordError) -> Self {
        Self::Evaluation(error.into())
    }
}

impl From<StoreError> for ExecutionError {
    fn from(error: StoreError) -> Self {
        Self::Evaluation(error.into())
    }
}

impl From<KeyError> for ExecutionError {
    fn from(error: KeyError) -> Self {
        Self::Evaluation(error.into())
    }
}

fn names(files: &[ImageName]) -> String {
    files
        .iter()
        .map(ImageName::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Why a run did not start, or ended without a report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The output folder cannot be used.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The data or the journals stored with it cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The locks cannot be listed.
    #[error(transparent)]
    Lock(#[from] actor_lock::LockError),
    /// The plan exceeds limits of the run; nothing was touched.
    #[error("{}; nothing was touched", breaches(.0))]
    Limits(Vec<Breach>),
    /// The listing of actors has less than half of the actors of the last run.
    #[error(
        "only {now} of the last run's {before} actors are listed, which is probably a fault of the \
         store; nothing was touched: check the data, or pass --allow-shrunk-listing"
    )]
    ListingShrank {
        /// Number of actors when the last run ended.
        before: usize,
        /// Number of actors listed now.
        now: usize,
    },
    /// The plan was applied completely before.
    #[error("the plan of run {run} was applied already: run tdbal plan to make a new one")]
    AppliedAlready {
        /// The run of the plan.
        run: RunId,
    },
    /// The plan differs from the plan that is stored for the same run.
    #[error(
        "this plan differs from the stored plan of run {run}: run tdbal plan to make a new one"
    )]
    OtherPlan {
        /// The run of the plan.
        run: RunId,
    },
    /// The plan is for another generator than the configured one.
    #[error(
        "the plan is for the generator {planned}, but {wired} is configured: configure {planned}, or \
         run tdbal plan to make a new plan"
    )]
    OtherGenerator {
        /// The generator that the plan names.
        planned: String,
        /// The configured generator.
        wired: String,
    },
    /// A bucket ignores the conditions of conditional writes.
    #[error(
        "{bucket} ignores conditional writes, so two runs could change the same actor at the same time; \
         nothing was touched: pass --allow-unguarded-bucket if no other run can be active"
    )]
    Unguarded {
        /// The name of the bucket's store: `s3://bucket`.
        bucket: String,
    },
    /// The data has no run with this id.
    #[error("run {run} not found in {data}: tdbal log lists all runs")]
    NoRun {
        /// The id of the run.
        run: RunId,
        /// The name of the data folder.
        data: String,
    },
    /// The stored plan of a run cannot be used.
    #[error("cannot use the plan of run {run}")]
    Plan {
        /// The run of the plan.
        run: RunId,
        /// What is wrong with the plan.
        #[source]
        source: RunPlanError,
    },
}

impl RunError {
    /// Returns whether a limit refused the run. Nothing was touched, and a flag would allow it.
    pub const fn is_limit(&self) -> bool {
        matches!(self, Self::Limits(_) | Self::ListingShrank { .. })
    }
}

fn breaches(all: &[Breach]) -> String {
    let texts: Vec<String> = all.iter().map(Breach::to_string).collect();
    texts.join("; ")
}
