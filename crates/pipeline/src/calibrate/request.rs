//! What a calibration is asked to do.

use crate::calibrate::labelled::LabelledPicture;
use balance_planner::Policy;
use dataset::Discovery;
use evaluation::{EvaluationContext, LabelSource};
use results::progress::Basis;
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ActorId, RunId};
use verdict::LookPolicy;

/// The folder of a calibration's results, below the output folder.
const FOLDER: &str = "calibration";

/// What a calibration is asked to do.
#[derive(Debug, Clone)]
pub struct CalibrationRequest {
    /// The labelled pictures to compare on.
    pub labelled: Vec<LabelledPicture>,
    /// The actors to judge, each with its policy: those of [`CalibrationRequest::actors_of`].
    pub actors: Vec<(ActorId, Policy)>,
    /// Which pictures get a close look: all labelled ones, those that a run would look at, or none.
    pub look: LookPolicy,
    /// Id of the run that judges whole sets on sheets.
    pub sheet_run: RunId,
    /// Id of the run that judges the labelled pictures alone.
    pub close_run: RunId,
    /// The data and settings that the evaluations are based on.
    pub basis: Basis,
}

impl CalibrationRequest {
    /// Returns the actors of these labels that the data set still has, sorted by name.
    pub fn actors_of(labelled: &[LabelledPicture], discovery: &Discovery) -> Vec<ActorId> {
        let actors: BTreeSet<&ActorId> = labelled.iter().map(|label| &label.actor).collect();
        let known = |actor: &&ActorId| discovery.actors.contains_key(*actor);
        actors.into_iter().filter(known).cloned().collect()
    }

    /// The names of the actors to judge.
    pub(super) fn actor_names(&self) -> Vec<ActorId> {
        self.actors.iter().map(|(actor, _)| actor.clone()).collect()
    }

    /// The context of the first pass: results in a folder of their own, no labels, and no close looks
    /// that the second pass makes anyway.
    pub(super) fn sheet_context(&self, context: &EvaluationContext) -> EvaluationContext {
        let mut context = context.clone();
        context.output = context.output.below(FOLDER);
        context.settings.labels = LabelSource::Ignored {
            settled: BTreeMap::new(),
        };
        context.settings.judging.look = match self.look {
            LookPolicy::Close => LookPolicy::Sheet,
            look => look,
        };
        context
    }
}
