//! Why an actor was not changed, and why a run did not take place.

use dataset::DataError;
use evaluation::EvaluationError;
use results::OutputError;
use run_plan::limits::Breach;
use run_plan::plan::RunPlanError;
use storage::{KeyError, StoreError};
use tdbal_types::{ImageName, RunId, Usd, chain};

/// Why an actor was not changed as planned. The message of each begins with what the operator should
/// look for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutionError {
    /// The data could not be read, or what is there could not be judged.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// The set is no longer what was evaluated.
    #[error("{what} since it was evaluated; nothing was touched: run again")]
    SetChanged {
        /// What changed.
        what: String,
    },
    /// A picture's object is not the picture that its local copy is.
    #[error(
        "the object of {file} is another picture than its local copy; nothing was touched: delete \
         the one that is wrong"
    )]
    CopiesDiffer {
        /// The picture.
        file: ImageName,
    },
    /// The set was changed by somebody else while pictures were made for it.
    #[error(
        "{what} meanwhile, so the set was left as it is; {kept} new pictures are in {folder}: run again"
    )]
    CommitLost {
        /// What changed.
        what: String,
        /// How many pictures had been generated and stored.
        kept: usize,
        /// Where they were put aside.
        folder: String,
    },
    /// Not every wanted picture came.
    #[error(
        "{came} of {wanted} pictures came ({problem}); what came was kept, nothing was removed: run again for the rest"
    )]
    NotAllGenerated {
        /// How many were taken into the set.
        came: usize,
        /// How many were wanted.
        wanted: usize,
        /// What went wrong with the others.
        problem: String,
    },
    /// Some local copies could not be fetched.
    #[error(
        "{} could not be fetched ({problem}): run tdbal doctor --fix again",
        names(files)
    )]
    NotAllFetched {
        /// The pictures.
        files: Vec<ImageName>,
        /// What went wrong, for the first of them.
        problem: String,
    },
    /// A person said while pictures were made that something must stay.
    #[error("{what} meanwhile: nothing was removed; what was generated is in the set: run again")]
    Protected {
        /// What was said.
        what: String,
    },
    /// Some pictures could not be moved to the trash.
    #[error(
        "{} could not be removed and stay in the set ({problem}): run again",
        names(files)
    )]
    NotAllRemoved {
        /// The pictures.
        files: Vec<ImageName>,
        /// What went wrong, for the first of them.
        problem: String,
    },
    /// The change was made, and the actor manifest does not say so yet.
    #[error(
        "the set was changed, but the actor manifest could not be written yet: tdbal resume writes it"
    )]
    ActorManifestWrite(#[source] DataError),
    /// Something that is paid for, or begun, cannot be brought to its end now.
    #[error("{what}; {next}")]
    Unfinished {
        /// What stands in the way.
        what: String,
        /// What to do.
        next: String,
    },
    /// An earlier attempt ended like this.
    #[error("{0}")]
    Earlier(String),
    /// Another run left the actor unfinished.
    #[error("run {run} left this actor unfinished: finish it first with tdbal resume {run}")]
    OtherRun {
        /// That run.
        run: RunId,
    },
    /// Another run works on the actor, or the lock was lost.
    #[error(transparent)]
    Lock(#[from] actor_lock::LockError),
    /// A limit for single actors is passed.
    #[error("{0}; nothing was touched")]
    Limit(String),
}

impl ExecutionError {
    /// A fault of the program itself.
    pub fn internal(problem: impl Into<String>) -> Self {
        Self::Evaluation(EvaluationError::Internal(problem.into()))
    }

    /// What this failure cost.
    pub fn cost(&self) -> Usd {
        match self {
            Self::Evaluation(error) => error.cost(),
            _ => Usd::ZERO,
        }
    }

    /// Whether the actor's part of the run goes on later: what is paid for or begun is not given up.
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

    /// Whether the actor's part of the run is over although something of it could not be done.
    pub fn ends_a_commit(&self) -> bool {
        matches!(
            self,
            Self::NotAllRemoved { .. } | Self::NotAllGenerated { .. } | Self::Protected { .. }
        )
    }

    /// The error with its causes, in one line.
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

/// Why a run did not take place, or ended without a report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The output folder cannot be used.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The data or the journals with it cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The locks cannot be listed.
    #[error(transparent)]
    Lock(#[from] actor_lock::LockError),
    /// Limits of the run are passed; nothing was touched.
    #[error("{}; nothing was touched", breaches(.0))]
    Limits(Vec<Breach>),
    /// The listing of actors lost more than half since the last run.
    #[error(
        "there were {before} actors when the last run ended, and the listing names {now}: that is more \
         likely a fault of the store than a wish, so nothing was touched; check it, or say \
         --allow-shrunk-listing"
    )]
    ListingShrank {
        /// How many actors there were.
        before: usize,
        /// How many there are.
        now: usize,
    },
    /// The plan was carried out to its end before.
    #[error("the plan of run {run} was applied already; make a new one with tdbal plan")]
    AppliedAlready {
        /// The run.
        run: RunId,
    },
    /// Another plan has the run's name.
    #[error(
        "run {run} has another plan with the data than this file: make a new one with tdbal plan"
    )]
    OtherPlan {
        /// The run.
        run: RunId,
    },
    /// The plan is for another generator than the one that is set up.
    #[error(
        "the plan is for pictures by {planned}, and {wired} is set up: set it up as planned, or make a \
         new plan"
    )]
    OtherGenerator {
        /// What the plan says.
        planned: String,
        /// What is set up.
        wired: String,
    },
    /// A bucket does not honour conditions.
    #[error(
        "{bucket} does not honour conditional writes, so that two runs could change one actor at the \
         same time; nothing was touched. If no other run can be at work, say --allow-unguarded-bucket"
    )]
    Unguarded {
        /// The bucket.
        bucket: String,
    },
    /// There is no such run with the data.
    #[error("there is no run {run} with {data}; tdbal log lists the runs that there are")]
    NoRun {
        /// What was asked for.
        run: RunId,
        /// The data.
        data: String,
    },
    /// A run's plan cannot be read.
    #[error("the plan of run {run} cannot be used")]
    Plan {
        /// The run.
        run: RunId,
        /// What is wrong with it.
        #[source]
        source: RunPlanError,
    },
}

impl RunError {
    /// Whether a limit refused the run: nothing was touched, and a flag would allow it.
    pub const fn is_limit(&self) -> bool {
        matches!(self, Self::Limits(_) | Self::ListingShrank { .. })
    }
}

fn breaches(all: &[Breach]) -> String {
    let texts: Vec<String> = all.iter().map(Breach::to_string).collect();
    texts.join("; ")
}
