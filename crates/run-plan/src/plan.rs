//! The plan of a run as a file: what was seen, what was decided, and everything needed to apply it.
//! Applying a plan decides nothing again.

use balance_planner::{Action, Plan, Policy};
use dataset::destination::ObjectDestination;
use evaluation::pictures::picture::Origin;
use replicate_gen::{GeneratorIdentity, Prompt};
use results::progress::Basis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use storage::Version;
use tdbal_types::PerceptualHash;
use tdbal_types::{
    ActorId, ClassCounts, Confidence, Digest, Fault, ImageClass, ImageName, Quality, RunId,
    SheetNumber, Tokens, Usd,
};
use verdict::{JudgingSettings, Rule};
use vision_eval::{ModelIdentity, ReplyRecord};

/// Version of the format of [`RunPlan`]. It increases when the meaning of a field changes; a new
/// optional field does not change it.
pub const PLAN_SCHEMA_VERSION: u32 = 2;

/// The plan of a run: the document `plan.json` that is stored with the data, and the file that
/// `tdbal plan -o FILE` writes.
///
/// The file is one JSON object, indented and with a final newline. It holds the version of the format,
/// the run, the settings that the plan was made with, totals, and for every actor either the pictures
/// as they were seen with the decisions about them, or the reason why there are none. Only files of
/// version [`PLAN_SCHEMA_VERSION`] can be read, and only if the totals match the actors: a plan that
/// was edited by hand is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// Version of the format: [`PLAN_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The run that made the plan and that applies it.
    pub run_id: RunId,
    /// When the plan was made, in UTC: `2026-11-22T11:06:50.123456`.
    pub created_at: String,
    /// The program that made the plan, with its version.
    pub created_by: String,
    /// The data folder and a digest of the settings. Progress of a run is only reused for the same
    /// basis.
    pub basis: Basis,
    /// Whether any actor is to be changed.
    pub changes: bool,
    /// The settings that the plan was made with.
    pub settings: PlanSettings,
    /// The totals of all actors.
    pub totals: PlanTotals,
    /// Every selected actor, sorted by name.
    pub actors: Vec<ActorPlan>,
}

/// The settings that a plan was made with; it is applied with the same settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanSettings {
    /// The vision model that judged the pictures.
    pub model: ModelIdentity,
    /// The generator that is to make new pictures.
    pub generator: GeneratorIdentity,
    /// Expected price of one new picture.
    pub picture_price_usd: Usd,
    /// How pictures were judged, and how new pictures will be.
    pub inquiry: JudgingSettings,
    /// Maximum attempts per picture, each with a new prompt; 1 or more.
    pub attempts: usize,
    /// Maximum size of a picture in bytes.
    pub max_bytes: u64,
    /// Where the objects of new pictures go for actors without objects; `None` keeps such pictures in
    /// the folder only.
    pub destination: Option<ObjectDestination>,
    /// The program and version that manifests name as the maker of new pictures.
    pub generated_by: String,
}

/// The totals of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTotals {
    /// Number of selected actors.
    pub actors: usize,
    /// Number of actors to change.
    pub to_change: usize,
    /// Number of pictures to move to the trash.
    pub to_trash: usize,
    /// Number of pictures to generate.
    pub to_generate: usize,
    /// Number of pictures that a person should review.
    pub to_review: usize,
    /// Number of pictures whose label would bring a set closer to its target; they are included in
    /// `to_review`.
    pub questions: usize,
    /// Number of actors that could not be assessed or failed.
    pub not_assessed: usize,
    /// Cost of making the plan.
    pub evaluation_cost_usd: Usd,
    /// Expected cost of the pictures to generate.
    pub expected_generation_usd: Usd,
}

/// The plan of one actor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActorPlan {
    /// The actor that this part of the plan is about.
    pub actor: ActorId,
    /// Warnings for the operator; none of them stopped the evaluation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Cost of judging the actor's pictures.
    pub evaluation_cost_usd: Usd,
    /// Tokens used to judge the actor's pictures.
    pub evaluation_tokens: Tokens,
    /// What the evaluation came to.
    #[serde(flatten)]
    pub finding: ActorOutcome,
}

/// What the evaluation of one actor came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum ActorOutcome {
    /// Every picture was judged, and the change was decided; it may be empty.
    Assessed(Box<PlannedChange>),
    /// The set cannot be judged.
    Unassessed {
        /// The reason; starts with `unassessed:`.
        error: String,
    },
    /// The actor could not be evaluated because of an error.
    Failed {
        /// The error with its causes.
        error: String,
    },
    /// The actor has no pictures.
    Skipped {
        /// Why there is nothing to do.
        reason: String,
    },
    /// The run ended before the actor's turn.
    Remaining,
}

/// The change planned for an actor whose pictures were judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedChange {
    /// The policy that decided the change.
    pub policy: Policy,
    /// The set as it was seen.
    pub seen: SetSnapshot,
    /// The decision about every picture, and the number of pictures to generate of each class.
    pub plan: Plan,
    /// The prompts of the pictures to generate, in the order of the orders.
    pub orders: Vec<Prompt>,
    /// Spare prompts for orders that fail, by class.
    pub spare: Vec<Prompt>,
    /// Expected cost of the orders.
    pub expected_generation_usd: Usd,
    /// The model's answers that the decisions are based on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<ReplyRecord>,
}

/// A set as it was seen. If any of it changes, the plan no longer applies to the actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetSnapshot {
    /// The version of the training manifest; `None` if there is no training manifest.
    pub training_manifest: Option<Version>,
    /// SHA-256 of the base image as JPEG, if the plan generates pictures and the base image could be
    /// read.
    pub base_image: Option<Digest>,
    /// Every picture of the set, in the order of a sheet.
    pub pictures: Vec<PictureSnapshot>,
}

/// One picture as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureSnapshot {
    /// The file name of the picture.
    pub name: ImageName,
    /// The picture's number on the sheet, for people; applying a plan does not use it.
    pub number: SheetNumber,
    /// Size of the picture in bytes.
    pub size: u64,
    /// SHA-256 of the picture's bytes.
    pub sha256: Digest,
    /// Whether the local copy or the object was read.
    pub origin: Origin,
    /// The version of the copy or object that was read: an ETag on S3.
    pub version: Version,
    /// The address of the picture's object, `s3://bucket/key`; `None` if it has no object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The picture's class; `None` for a file that is not a readable picture.
    pub class: Option<ImageClass>,
    /// The picture's quality; `None` if it was not judged.
    pub quality: Option<Quality>,
    /// The faults that lower the quality.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// How certain class and quality are; `None` if the picture was not judged.
    pub confidence: Option<Confidence>,
    /// The rules that led to class and confidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Perceptual hash of the picture, to detect near-duplicates among new pictures.
    pub hash: Option<PerceptualHash>,
}

impl RunPlan {
    /// Builds a plan: sorts the actors by name and computes the totals.
    pub fn new(
        run_id: RunId,
        created_at: String,
        basis: Basis,
        settings: PlanSettings,
        mut actors: Vec<ActorPlan>,
    ) -> Self {
        actors.sort_by(|a, b| a.actor.cmp(&b.actor));
        let totals = PlanTotals::of(&actors);
        Self {
            schema_version: PLAN_SCHEMA_VERSION,
            run_id,
            created_at,
            created_by: settings.generated_by.clone(),
            basis,
            changes: totals.to_change > 0,
            settings,
            totals,
            actors,
        }
    }

    /// Parses a plan file.
    ///
    /// # Errors
    /// - [`RunPlanError::Json`] if the bytes are not a plan.
    /// - [`RunPlanError::Version`] if the plan has another format version.
    /// - [`RunPlanError::Sums`] if totals and actors do not match or an actor is listed twice: the
    ///   plan was edited, and its summary no longer says what it would do.
    pub fn parse(bytes: &[u8]) -> Result<Self, RunPlanError> {
        // The version first: a plan of another version may differ in any other field.
        let version: FormatOnly = serde_json::from_slice(bytes).map_err(RunPlanError::Json)?;
        if version.schema_version != PLAN_SCHEMA_VERSION {
            return Err(RunPlanError::Version(version.schema_version));
        }
        let plan: Self = serde_json::from_slice(bytes).map_err(RunPlanError::Json)?;
        let names: BTreeSet<&ActorId> = plan.actors.iter().map(|planned| &planned.actor).collect();
        if names.len() != plan.actors.len() {
            return Err(RunPlanError::Sums);
        }
        let totals = PlanTotals::of(&plan.actors);
        if totals != plan.totals || plan.changes != (totals.to_change > 0) {
            return Err(RunPlanError::Sums);
        }
        Ok(plan)
    }

    /// Serialises the plan as it is stored.
    ///
    /// # Errors
    /// Only if a value cannot be represented in JSON, which the types rule out.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Returns the plan without the actors for which `leave_out` returns true, with new totals.
    #[must_use]
    pub fn without(&self, leave_out: impl Fn(&ActorId) -> bool) -> Self {
        let mut plan = self.clone();
        plan.actors.retain(|planned| !leave_out(&planned.actor));
        plan.totals = PlanTotals::of(&plan.actors);
        plan.changes = plan.totals.to_change > 0;
        plan
    }

    /// Returns the actors to change, with their changes.
    pub fn to_change(&self) -> impl Iterator<Item = (&ActorPlan, &PlannedChange)> {
        self.actors.iter().filter_map(|actor| {
            let assessed = actor.assessed()?;
            (!assessed.plan.is_empty()).then_some((actor, assessed))
        })
    }
}

/// The field that says how to read the others.
#[derive(Deserialize)]
struct FormatOnly {
    schema_version: u32,
}

/// Why a plan file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RunPlanError {
    /// The file is not a plan.
    #[error("not a plan of tdbal (make one with tdbal plan -o FILE)")]
    Json(#[source] serde_json::Error),
    /// The plan has another format version.
    #[error(
        "plan format {0} is not supported (this tdbal reads format {PLAN_SCHEMA_VERSION}): run tdbal \
         plan again"
    )]
    Version(u32),
    /// The totals do not match the actors.
    #[error("the plan was edited after it was written: run tdbal plan again")]
    Sums,
}

impl ActorPlan {
    /// Returns the planned change, if the actor's pictures were judged.
    pub fn assessed(&self) -> Option<&PlannedChange> {
        match &self.finding {
            ActorOutcome::Assessed(assessed) => Some(assessed),
            _ => None,
        }
    }
}

impl PlannedChange {
    /// Returns the picture with this name as it was seen.
    pub fn picture(&self, name: &ImageName) -> Option<&PictureSnapshot> {
        self.seen
            .pictures
            .iter()
            .find(|picture| picture.name == *name)
    }

    /// Returns the number of pictures to generate of each class.
    pub fn generate(&self) -> ClassCounts {
        self.plan.generate
    }
}

impl PlanTotals {
    fn of(actors: &[ActorPlan]) -> Self {
        let mut totals = Self {
            actors: actors.len(),
            ..Self::default()
        };
        for actor in actors {
            totals.evaluation_cost_usd += actor.evaluation_cost_usd;
            match &actor.finding {
                ActorOutcome::Assessed(assessed) => {
                    let plan = &assessed.plan;
                    totals.to_change += usize::from(!plan.is_empty());
                    totals.to_trash += plan.count(Action::Remove);
                    totals.to_generate += plan.generate.total();
                    totals.to_review += plan.count(Action::Review);
                    totals.questions += plan.questions.len();
                    totals.expected_generation_usd += assessed.expected_generation_usd;
                }
                ActorOutcome::Unassessed { .. } | ActorOutcome::Failed { .. } => {
                    totals.not_assessed += 1;
                }
                ActorOutcome::Skipped { .. } | ActorOutcome::Remaining => {}
            }
        }
        totals
    }
}

#[cfg(any(test, feature = "testing"))]
#[expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "only tests use it, with valid names"
)]
pub mod fixture;
#[cfg(test)]
mod tests;
