//! The plan of a run as a file: what was seen, what was decided, and everything that carrying it out
//! needs, so that nothing is read again or decided again when it is applied.

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

/// The version of the format below; it grows when a field changes its meaning.
pub const PLAN_SCHEMA_VERSION: u32 = 2;

/// The plan of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// [`PLAN_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The run that it was made by and that carries it out.
    pub run_id: RunId,
    /// When: UTC, `2026-11-22T11:06:50.123456`.
    pub created_at: String,
    /// What made it, with its version.
    pub created_by: String,
    /// What progress under it is good for: the data folder, and the settings that matter.
    pub basis: Basis,
    /// Whether there is anything to do.
    pub changes: bool,
    /// The settings that matter.
    pub settings: PlanSettings,
    /// The sums of the actors below.
    pub totals: PlanTotals,
    /// Every actor that was asked for, by name.
    pub actors: Vec<ActorPlan>,
}

/// The settings that a plan was made with and is carried out with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanSettings {
    /// What judged the pictures.
    pub model: ModelIdentity,
    /// What is to make new ones.
    pub generator: GeneratorIdentity,
    /// What one new picture is expected to cost.
    pub picture_price_usd: Usd,
    /// How pictures were looked at, and how new ones will be.
    pub inquiry: JudgingSettings,
    /// How often a picture is ordered at most, 1 or more.
    pub attempts: usize,
    /// How many bytes a picture may have.
    pub max_bytes: u64,
    /// Where new objects go for an actor that has none.
    pub destination: Option<ObjectDestination>,
    /// Who is named in manifests.
    pub generated_by: String,
}

/// What a plan amounts to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTotals {
    /// Actors that were asked for.
    pub actors: usize,
    /// Actors that are to be changed.
    pub to_change: usize,
    /// Pictures that go to the trash.
    pub to_trash: usize,
    /// Pictures that are generated.
    pub to_generate: usize,
    /// Pictures that a person should look at.
    pub to_review: usize,
    /// Pictures of which a person's word would bring a set nearer to its target; they are among those
    /// to review.
    pub questions: usize,
    /// Actors that were not assessed, or failed.
    pub not_assessed: usize,
    /// What making the plan cost.
    pub evaluation_cost_usd: Usd,
    /// What generating is expected to cost.
    pub expected_generation_usd: Usd,
}

/// The plan of one actor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActorPlan {
    /// The actor.
    pub actor: ActorId,
    /// What a person should know and that stopped nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What looking at its pictures cost.
    pub evaluation_cost_usd: Usd,
    /// The tokens of that.
    pub evaluation_tokens: Tokens,
    /// What was found.
    #[serde(flatten)]
    pub finding: ActorOutcome,
}

/// What was found of an actor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum ActorOutcome {
    /// Its pictures were judged, and this is to be done.
    Assessed(Box<PlannedChange>),
    /// Nothing can be said about its set.
    Unassessed {
        /// Why; begins with `unassessed:`.
        error: String,
    },
    /// It could not be worked on.
    Failed {
        /// Why.
        error: String,
    },
    /// It has no pictures.
    Skipped {
        /// Why there is nothing to do.
        reason: String,
    },
    /// The run ended before it was its turn.
    Remaining,
}

/// An actor whose pictures were judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedChange {
    /// How it was decided.
    pub policy: Policy,
    /// What was seen.
    pub seen: SetSnapshot,
    /// What was decided about every picture, and how many are to be generated.
    pub plan: Plan,
    /// The pictures to order, in this order.
    pub orders: Vec<Prompt>,
    /// Prompts for those that come to nothing, by class.
    pub spare: Vec<Prompt>,
    /// What the orders are expected to cost.
    pub expected_generation_usd: Usd,
    /// The answers that it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<ReplyRecord>,
}

/// What was seen of a set: if any of it changes, the plan no longer holds for the actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetSnapshot {
    /// The training manifest's version; none where there is none yet.
    pub training_manifest: Option<Version>,
    /// The SHA-256 of the base image as JPEG, where the plan generates something and it could be
    /// read.
    pub base_image: Option<Digest>,
    /// Every picture of the set, in the order of the sheet.
    pub pictures: Vec<PictureSnapshot>,
}

/// One picture as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureSnapshot {
    /// Its file name.
    pub name: ImageName,
    /// Its number on the sheet; nothing that acts reads it.
    pub number: SheetNumber,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes.
    pub sha256: Digest,
    /// Whether the local copy or the object was looked at.
    pub origin: Origin,
    /// The version of that copy or object: an ETag on S3.
    pub version: Version,
    /// The object's address, `s3://bucket/key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Its class; none for a file that cannot be read.
    pub class: Option<ImageClass>,
    /// How good it is.
    pub quality: Option<Quality>,
    /// Why it is not better.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// How far that can be trusted.
    pub confidence: Option<Confidence>,
    /// Why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// What it looks like, so that a new picture that is nearly the same is found out.
    pub hash: Option<PerceptualHash>,
}

impl RunPlan {
    /// Puts a plan together; the sums are made here.
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

    /// Reads a plan.
    ///
    /// # Errors
    /// When it is none, or one of a later version, or its sums are not those of its actors: then
    /// somebody wrote into it, and what it would do is not what it says.
    pub fn parse(bytes: &[u8]) -> Result<Self, RunPlanError> {
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

    /// The plan as it is written.
    ///
    /// # Errors
    /// Never for plans that this program makes; the type of the writer checks it.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The same plan without some of its actors.
    pub fn without(&self, leave_out: impl Fn(&ActorId) -> bool) -> Self {
        let mut plan = self.clone();
        plan.actors.retain(|planned| !leave_out(&planned.actor));
        plan.totals = PlanTotals::of(&plan.actors);
        plan.changes = plan.totals.to_change > 0;
        plan
    }

    /// The actors that are to be changed.
    pub fn to_change(&self) -> impl Iterator<Item = (&ActorPlan, &PlannedChange)> {
        self.actors.iter().filter_map(|actor| {
            let assessed = actor.assessed()?;
            (!assessed.plan.is_empty()).then_some((actor, assessed))
        })
    }
}

/// Only what tells how to read the rest.
#[derive(Deserialize)]
struct FormatOnly {
    schema_version: u32,
}

/// Why a file is no plan that can be applied.
#[derive(Debug, thiserror::Error)]
pub enum RunPlanError {
    /// It is no plan.
    #[error("it is no plan of tdbal: make one with tdbal plan -o FILE")]
    Json(#[source] serde_json::Error),
    /// It was made by another version.
    #[error(
        "it is a plan of format {0}, and this tdbal reads format {PLAN_SCHEMA_VERSION}: make it anew"
    )]
    Version(u32),
    /// Its sums are not those of its actors.
    #[error("its sums are not those of its actors, so that somebody changed it: make it anew")]
    Sums,
}

impl ActorPlan {
    /// What was found, where its pictures were judged.
    pub fn assessed(&self) -> Option<&PlannedChange> {
        match &self.finding {
            ActorOutcome::Assessed(assessed) => Some(assessed),
            _ => None,
        }
    }
}

impl PlannedChange {
    /// The picture of that name as it was seen.
    pub fn picture(&self, name: &ImageName) -> Option<&PictureSnapshot> {
        self.seen
            .pictures
            .iter()
            .find(|picture| picture.name == *name)
    }

    /// How many pictures are to be generated.
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
                    totals.not_assessed += 1
                }
                ActorOutcome::Skipped { .. } | ActorOutcome::Remaining => {}
            }
        }
        totals
    }
}
