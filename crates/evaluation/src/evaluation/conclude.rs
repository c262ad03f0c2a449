//! Puts an evaluation together from the loaded pictures and the answers about them.

use super::picture::{EvaluatedPicture, JudgedPicture};
use super::record::{Evaluation, SCHEMA_VERSION};
use crate::model::call::Spending;
use crate::pictures::picture::LoadedPicture;
use crate::questions::Answers;
use balance_planner::{Policy, Protection};
use dataset::drift::Drift;
use std::collections::BTreeSet;
use storage::Version;
use tdbal_types::{ActorId, Digest, RunId};
use verdict::{SheetVote, Stability};
use vision_eval::ModelIdentity;

/// What an evaluation contains besides the pictures and the answers.
pub(crate) struct Inputs<'a> {
    pub(crate) actor: &'a ActorId,
    pub(crate) run: &'a RunId,
    pub(crate) now: String,
    pub(crate) policy: Policy,
    pub(crate) protection: Protection,
    pub(crate) training_manifest: Option<Version>,
    pub(crate) model: ModelIdentity,
    pub(crate) drift: Vec<Drift>,
    pub(crate) composite_image: String,
}

/// Puts the evaluation of an actor together. From here on pictures are identified by their file
/// names, never by their numbers on a sheet.
pub(crate) fn conclude(
    inputs: Inputs<'_>,
    pictures: &[LoadedPicture],
    answers: Answers,
    spending: &Spending,
) -> Evaluation {
    let judged = pictures
        .iter()
        .filter_map(|picture| JudgedPicture::of(&picture.name, &answers))
        .collect();
    let about_set = answers.about_set;
    let discrepancies = about_set
        .as_ref()
        .map_or_else(Vec::new, vision_eval::discrepancies);
    let (analysis, opinion) = about_set.map_or((None, None), |said| (said.analysis, said.opinion));
    Evaluation {
        actor_id: inputs.actor.clone(),
        counts: opinion.as_ref().and_then(|opinion| opinion.counts.clone()),
        recommendations: opinion.and_then(|opinion| opinion.recommendations),
        analysis,
        composite_image: inputs.composite_image,
        schema_version: SCHEMA_VERSION,
        run_id: inputs.run.clone(),
        evaluated_at: inputs.now,
        pictures: pictures.iter().map(EvaluatedPicture::of).collect(),
        judged,
        stability: stability(pictures, &answers.sheets),
        sheets: answers.sheets,
        inquiry: answers.settings,
        discrepancies,
        drift: inputs.drift,
        policy: inputs.policy,
        protection: inputs.protection,
        training_manifest: inputs.training_manifest,
        plan: answers.decision.plan,
        model: inputs.model,
        replies: answers.replies,
        tokens: spending.tokens,
        cost_usd: spending.cost,
    }
}

/// Number of pictures whose class changed with the order of the sheet.
fn stability(pictures: &[LoadedPicture], sheets: &[SheetVote]) -> Option<Stability> {
    let present: BTreeSet<Digest> = pictures.iter().map(|picture| picture.sha256).collect();
    // Cached sheets may show pictures that are no longer in the set.
    let of_present = |sheet: &SheetVote| {
        let cells = sheet.order.iter().zip(&sheet.opinions);
        let (order, opinions) = cells
            .filter(|(digest, _)| present.contains(*digest))
            .map(|(digest, opinion)| (*digest, opinion.clone()))
            .unzip();
        SheetVote {
            vote: sheet.vote,
            order,
            opinions,
        }
    };
    verdict::stability(&sheets.iter().map(of_present).collect::<Vec<_>>())
}
