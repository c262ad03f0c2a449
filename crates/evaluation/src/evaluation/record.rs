//! The evaluation of an actor in memory.

use super::picture::{EvaluatedPicture, JudgedPicture};
use balance_planner::{Plan, Policy, Protection};
use dataset::drift::Drift;
use serde::Deserialize;
use storage::Version;
use tdbal_types::{ActorId, ClassCounts, ImageName, RunId, Tokens, Usd};
use verdict::{JudgingSettings, SheetVote, Stability};
use vision_eval::{Discrepancy, ModelIdentity, ReplyRecord};

/// The version of the file format. It grows when a field changes its meaning.
pub const SCHEMA_VERSION: u32 = 2;

/// Everything that an evaluation found out about an actor, a character that a LoRA is trained on.
///
/// The file also has the fields of the original system, the scripts that tdbal replaces: lists of
/// classes and of pictures to remove, counts and percentages. They follow from the fields here and are
/// made while the evaluation is serialised; reading a file ignores them.
#[derive(Debug, Clone, Deserialize)]
pub struct Evaluation {
    /// The actor: the name of its folder.
    pub actor_id: ActorId,
    /// The model's own counts, if it gave any. Recorded as its opinion, never used.
    #[serde(default)]
    pub counts: Option<serde_json::Value>,
    /// The model's own recommendations, if it gave any. Recorded as its opinion, never used.
    #[serde(default)]
    pub recommendations: Option<serde_json::Value>,
    /// The model's text about the whole set, if it gave any.
    pub analysis: Option<String>,
    /// The file name of the sheet, in the same folder as the evaluation.
    pub composite_image: String,
    /// The version of the file format, [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The run that made the evaluation.
    pub run_id: RunId,
    /// When the evaluation was made, in UTC: `2026-11-22T11:06:50.123456`.
    pub evaluated_at: String,
    /// Every picture of the set, in the order of the sheet.
    pub pictures: Vec<EvaluatedPicture>,
    /// The verdict on each readable picture and the evidence for it, in the order of the sheet.
    pub judged: Vec<JudgedPicture>,
    /// Every sheet that a vote comes from, with its order and its answers.
    pub sheets: Vec<SheetVote>,
    /// Number of pictures whose class changed with the order of the sheet; `None` if no picture is on
    /// several sheets.
    pub stability: Option<Stability>,
    /// The settings that the pictures were judged with.
    pub inquiry: JudgingSettings,
    /// Where the model's own counts and lists contradict its answers.
    pub discrepancies: Vec<Discrepancy>,
    /// Where folder and manifests disagree.
    pub drift: Vec<Drift>,
    /// The policy that the plan follows.
    pub policy: Policy,
    /// What people want kept or removed.
    #[serde(default)]
    pub protection: Protection,
    /// The version of the training manifest that was read; `None` if there is no manifest yet.
    #[serde(default)]
    pub training_manifest: Option<Version>,
    /// What to do with each picture, and how many pictures to generate.
    pub plan: Plan,
    /// The model, the version of its prompt and the digest of its schema.
    pub model: ModelIdentity,
    /// Every reply that the evaluation rests on, with its cost when it was given.
    pub replies: Vec<ReplyRecord>,
    /// Tokens that this run used.
    pub tokens: Tokens,
    /// What this run paid, in dollars.
    pub cost_usd: Usd,
}

impl Evaluation {
    /// Number of judged pictures per class, before the plan is carried out.
    pub fn before(&self) -> ClassCounts {
        self.plan.before
    }

    /// The picture with the given file name.
    pub fn picture(&self, name: &ImageName) -> Option<&EvaluatedPicture> {
        self.pictures
            .iter()
            .find(|picture| picture.file_name == *name)
    }

    /// The verdict on the picture with the given file name; `None` if it is not readable.
    pub fn judged(&self, name: &ImageName) -> Option<&JudgedPicture> {
        self.judged.iter().find(|judged| judged.file_name == *name)
    }
}
