//! What has to be ready before a run starts: model, generator and bucket.

use crate::estimate::CostEstimate;
use crate::unfinished::UnfinishedRun;
use balance_planner::Scope;
use results::Mode;
use run_plan::plan::RunPlan;
use std::fmt;
use tdbal_types::{ActorId, RunId};

/// The services that a run calls.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct ServiceNeeds {
    /// Whether pictures are judged by the vision model.
    pub model: bool,
    /// Whether pictures are generated.
    pub generator: bool,
}

impl ServiceNeeds {
    /// Only the vision model, as for a dry run.
    pub const MODEL: Self = Self {
        model: true,
        generator: false,
    };
    /// The vision model and the generator; generated pictures are judged, too.
    pub const GENERATION: Self = Self {
        model: true,
        generator: true,
    };

    /// The needs of a run that evaluates, plans and, in [`Mode::Execute`], changes actors.
    pub const fn of_run(mode: Mode, scope: Scope) -> Self {
        match (mode, scope) {
            (Mode::DryRun, _) | (Mode::Execute, Scope::DeleteOnly) => Self::MODEL,
            (Mode::Execute, Scope::Both | Scope::GenerateOnly) => Self::GENERATION,
        }
    }

    /// The needs of applying a plan.
    pub fn of_plan(plan: &RunPlan) -> Self {
        if plan.totals.to_generate > 0 {
            Self::GENERATION
        } else {
            Self::default()
        }
    }

    /// The needs of resuming runs.
    pub fn of_unfinished(runs: &[UnfinishedRun]) -> Self {
        if runs.iter().any(|run| run.generates) {
            Self::GENERATION
        } else {
            Self::default()
        }
    }
}

/// Why a run needs access to a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BucketReason {
    /// An actor has pictures that are only in a bucket, or are deleted there.
    ActorPictures(ActorId),
    /// Generated pictures are stored in a bucket.
    NewPictures,
    /// The plan to apply has pictures in a bucket.
    Plan,
    /// An unfinished run has pictures in a bucket.
    UnfinishedRun(RunId),
}

impl BucketReason {
    /// Why a run over the estimated actors needs a bucket; `stores_new_pictures` says whether it
    /// stores generated pictures there.
    pub fn of_estimate(estimate: &CostEstimate, stores_new_pictures: bool) -> Option<Self> {
        match &estimate.needs_bucket {
            Some(actor) => Some(Self::ActorPictures(actor.clone())),
            None => stores_new_pictures.then_some(Self::NewPictures),
        }
    }

    /// Why applying a plan needs a bucket.
    pub fn of_plan(plan: &RunPlan) -> Option<Self> {
        let has_objects = plan.to_change().any(|(_, change)| {
            let mut pictures = change.seen.pictures.iter();
            pictures.any(|picture| picture.object.is_some())
        });
        let stores_new = plan.totals.to_generate > 0 && plan.settings.destination.is_some();
        (has_objects || stores_new).then_some(Self::Plan)
    }

    /// Why resuming runs needs a bucket.
    pub fn of_unfinished(runs: &[UnfinishedRun]) -> Option<Self> {
        let needing = runs.iter().find(|run| run.needs_bucket)?;
        Some(Self::UnfinishedRun(needing.run.clone()))
    }
}

impl fmt::Display for BucketReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ActorPictures(actor) => write!(f, "pictures of {actor} are in S3"),
            Self::NewPictures => f.write_str("new pictures go to [s3] bucket"),
            Self::Plan => f.write_str("the plan has pictures in S3"),
            Self::UnfinishedRun(run) => write!(f, "run {run} has pictures in S3"),
        }
    }
}

#[cfg(test)]
mod tests;
