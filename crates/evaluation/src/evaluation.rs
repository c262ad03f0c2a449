//! The evaluation of an actor, as it is written to `{actor}_evaluation.json`.

use crate::model::call::Spending;
use crate::pictures::picture::{Decoded, LoadedPicture, Origin};
use crate::questions::Answers;
use balance_planner::{Action, Plan, Policy, Protection};
use dataset::drift::Drift;
use evidence::{Flag, Measures, Tone};
use results::{OutputError, OutputFolder};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use storage::Version;
use tdbal_types::{
    ActorId, ClassCounts, Digest, Fault, ImageClass, ImageName, Opinion, Quality, RunId,
    SheetNumber, Tokens, Usd,
};
use verdict::{JudgingSettings, Label, PictureEvidence, SheetVote, Stability, Verdict};
use vision_eval::{Discrepancy, ModelIdentity, ReplyRecord};

/// The version of the format below; it grows when a field changes its meaning.
pub const SCHEMA_VERSION: u32 = 2;

/// Everything that one evaluation found. The first fields are those of the original system; counts,
/// percentages, lists and the verdict are computed here from the verdict on each picture, while
/// `counts`, `recommendations` and `analysis` are what the model said, as its opinion.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Evaluation {
    /// The actor: its folder's name.
    pub actor_id: ActorId,
    /// How many pictures were judged; what cannot be read counts as nothing.
    pub total_images: usize,
    /// Judged photorealistic.
    pub photorealistic_count: usize,
    /// Judged black-and-white stylised.
    pub bw_stylized_count: usize,
    /// Judged colour stylised.
    pub color_stylized_count: usize,
    /// Share in percent, with one decimal.
    pub photorealistic_percentage: f64,
    /// Share in percent, with one decimal.
    pub bw_stylized_percentage: f64,
    /// Share in percent, with one decimal.
    pub color_stylized_percentage: f64,
    /// Whether the total is the target's and every class is within the tolerance.
    pub is_balanced: bool,
    /// What the plan removes.
    pub images_to_delete: Vec<ToDelete>,
    /// What the plan generates.
    pub images_to_generate: Vec<ToGenerate>,
    /// The model's analysis; as `analysis`, under the original's other name for it.
    pub gpt_analysis: Option<String>,
    /// What is concluded of each picture.
    pub image_classifications: Vec<Classification>,
    /// The model's own counts, where it gave any. Recorded, never used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<serde_json::Value>,
    /// The model's own recommendations, where it gave any. Recorded, never used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommendations: Option<serde_json::Value>,
    /// The model's analysis.
    pub analysis: Option<String>,
    /// The file name of the sheet, beside this file.
    pub composite_image: String,

    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The run that made it.
    pub run_id: RunId,
    /// When: UTC, `2026-11-22T11:06:50.123456`.
    pub evaluated_at: String,
    /// Every picture of the set with its number, in the order of the sheet.
    pub pictures: Vec<EvaluatedPicture>,
    /// What each conclusion rests on: votes, close look, what the pixels say, a person's word.
    pub judged: Vec<JudgedPicture>,
    /// Every sheet that a vote comes from, in its order and with its answers.
    pub sheets: Vec<SheetVote>,
    /// How many pictures changed their class with the order; none where each was on one sheet only.
    pub stability: Option<Stability>,
    /// How often and how closely it was looked, and how that was weighed.
    pub inquiry: JudgingSettings,
    /// Where the model's own sums and lists contradict its answers.
    pub discrepancies: Vec<Discrepancy>,
    /// What folder and manifests do not agree on.
    pub drift: Vec<Drift>,
    /// How it was decided.
    pub policy: Policy,
    /// What a person said must stay.
    #[serde(default)]
    pub protection: Protection,
    /// The version of the training manifest that was read; none where there is none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_manifest: Option<Version>,
    /// What was decided about every picture, and what is to be generated.
    pub plan: Plan,
    /// The model, its prompt's version and its schema's digest.
    pub model: ModelIdentity,
    /// Each reply that it rests on, with what it took when it was given.
    pub replies: Vec<ReplyRecord>,
    /// Tokens of the replies that this run asked for.
    pub tokens: Tokens,
    /// What this run paid for them, in dollars.
    pub cost_usd: Usd,
}

/// What is known of one picture, and what follows from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgedPicture {
    /// Its file name.
    pub file_name: ImageName,
    /// What follows.
    pub verdict: Verdict,
    /// What was said of it on each sheet, by the sheet's number.
    pub votes: BTreeMap<u32, Opinion>,
    /// What was said of it when it was looked at alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close: Option<Opinion>,
    /// What its pixels say.
    pub measures: Measures,
    /// Whether it is monochrome.
    pub tone: Tone,
    /// What its pixels give reason to look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Flag>,
    /// The class that it was made to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<ImageClass>,
    /// What a person says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// The picture that it nearly is, where that one is the better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<ImageName>,
}

/// A picture that the plan removes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToDelete {
    /// Its number on the sheet.
    pub image_number: SheetNumber,
    /// Its class; none for a file that cannot be read.
    #[serde(rename = "type")]
    pub class: Option<ImageClass>,
    /// Its file name; nothing that acts reads the number.
    pub file_name: ImageName,
}

/// Pictures that the plan generates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToGenerate {
    /// Their class.
    #[serde(rename = "type")]
    pub class: ImageClass,
    /// How many.
    pub count: usize,
}

/// What is concluded of one picture, in the original's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classification {
    /// Its number on the sheet.
    pub image_number: SheetNumber,
    /// Its class.
    #[serde(rename = "type")]
    pub class: ImageClass,
    /// How good it is, 1 to 10.
    pub quality_score: Quality,
    /// Why it is not better.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// Its file name.
    pub file_name: ImageName,
}

/// One picture of the set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatedPicture {
    /// Its number on the sheet.
    pub image_number: SheetNumber,
    /// Its file name.
    pub file_name: ImageName,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// The SHA-256 of its bytes.
    pub sha256: Digest,
    /// Whether it decodes.
    pub readable: bool,
    /// Why it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable_reason: Option<String>,
    /// Its width in pixels, as displayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Its height in pixels, as displayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Where the bytes came from.
    pub origin: Origin,
    /// The object's address, `s3://bucket/key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The version of the copy or object that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
}

/// What the evaluation needs beside the pictures and the answers.
pub struct Inputs<'a> {
    pub actor: &'a ActorId,
    pub run: &'a RunId,
    pub now: String,
    pub policy: Policy,
    pub protection: Protection,
    pub training_manifest: Option<Version>,
    pub model: ModelIdentity,
    pub drift: Vec<Drift>,
    pub composite_image: String,
}

/// Writes down what was found. A picture is a file name from here on; nothing looks a file up by its
/// number again.
pub fn evaluation(
    inputs: Inputs<'_>,
    seen: &[LoadedPicture],
    asked: Answers,
    spending: &Spending,
) -> Evaluation {
    let plan = asked.decision.plan.clone();
    let counts = plan.before;
    let judged: Vec<JudgedPicture> = seen
        .iter()
        .filter_map(|picture| JudgedPicture::of(&picture.name, &asked))
        .collect();
    let image_classifications = classifications(seen, &judged);
    let discrepancies = asked
        .about_set
        .as_ref()
        .map_or_else(Vec::new, vision_eval::discrepancies);
    let (analysis, opinion) = asked
        .about_set
        .map_or((None, None), |said| (said.analysis, said.opinion));
    Evaluation {
        actor_id: inputs.actor.clone(),
        total_images: counts.total(),
        photorealistic_count: counts.photorealistic,
        bw_stylized_count: counts.bw_stylized,
        color_stylized_count: counts.color_stylized,
        photorealistic_percentage: one_decimal(&counts, ImageClass::Photorealistic),
        bw_stylized_percentage: one_decimal(&counts, ImageClass::BwStylized),
        color_stylized_percentage: one_decimal(&counts, ImageClass::ColorStylized),
        is_balanced: plan.is_balanced,
        images_to_delete: to_delete(seen, &image_classifications, &plan),
        images_to_generate: plan
            .generate
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(class, count)| ToGenerate { class, count })
            .collect(),
        gpt_analysis: analysis.clone(),
        image_classifications,
        counts: opinion.as_ref().and_then(|opinion| opinion.counts.clone()),
        recommendations: opinion.and_then(|opinion| opinion.recommendations),
        analysis,
        composite_image: inputs.composite_image,
        schema_version: SCHEMA_VERSION,
        run_id: inputs.run.clone(),
        evaluated_at: inputs.now,
        pictures: seen.iter().map(EvaluatedPicture::of).collect(),
        judged,
        stability: stability(seen, &asked.sheets),
        sheets: asked.sheets,
        inquiry: asked.inquiry,
        discrepancies,
        drift: inputs.drift,
        policy: inputs.policy,
        protection: inputs.protection,
        training_manifest: inputs.training_manifest,
        plan,
        model: inputs.model,
        replies: asked.replies,
        tokens: spending.tokens,
        cost_usd: spending.cost,
    }
}

impl JudgedPicture {
    fn of(name: &ImageName, asked: &Answers) -> Option<Self> {
        let PictureEvidence::Readable(known) = asked.set.get(name)? else {
            return None;
        };
        let verdict = asked.decision.verdicts.get(name)?.clone();
        let thresholds = &asked.inquiry.thresholds;
        Some(Self {
            file_name: name.clone(),
            verdict,
            votes: known.votes.clone(),
            close: known.close.clone(),
            tone: thresholds.tone(&known.measures),
            flags: thresholds.flags(&known.measures),
            measures: known.measures.clone(),
            provenance: known.provenance,
            label: known.label,
            duplicate_of: asked.decision.duplicates.get(name).cloned(),
        })
    }
}

/// How many of the pictures changed their class with the order. Sheets that were shown earlier may bear
/// pictures that are gone since.
fn stability(seen: &[LoadedPicture], sheets: &[SheetVote]) -> Option<Stability> {
    let there: BTreeSet<Digest> = seen.iter().map(|picture| picture.sha256).collect();
    let of_these = |sheet: &SheetVote| {
        let cells = sheet.order.iter().zip(&sheet.opinions);
        let (order, opinions) = cells
            .filter(|(digest, _)| there.contains(*digest))
            .map(|(digest, opinion)| (*digest, opinion.clone()))
            .unzip();
        SheetVote {
            vote: sheet.vote,
            order,
            opinions,
        }
    };
    verdict::stability(&sheets.iter().map(of_these).collect::<Vec<_>>())
}

fn classifications(seen: &[LoadedPicture], judged: &[JudgedPicture]) -> Vec<Classification> {
    let numbers: BTreeMap<&ImageName, SheetNumber> = seen
        .iter()
        .map(|picture| (&picture.name, picture.number))
        .collect();
    judged
        .iter()
        .filter_map(|judged| {
            Some(Classification {
                image_number: *numbers.get(&judged.file_name)?,
                class: judged.verdict.class,
                quality_score: judged.verdict.quality,
                faults: judged.verdict.faults.clone(),
                file_name: judged.file_name.clone(),
            })
        })
        .collect()
}

fn one_decimal(counts: &ClassCounts, class: ImageClass) -> f64 {
    (counts.percentage(class) * 10.0).round() / 10.0
}

fn to_delete(seen: &[LoadedPicture], answers: &[Classification], plan: &Plan) -> Vec<ToDelete> {
    let class_of = |name: &ImageName| {
        answers
            .iter()
            .find(|answer| answer.file_name == *name)
            .map(|answer| answer.class)
    };
    seen.iter()
        .filter(|picture| {
            plan.with(Action::Remove)
                .any(|decision| decision.name == picture.name)
        })
        .map(|picture| ToDelete {
            image_number: picture.number,
            class: class_of(&picture.name),
            file_name: picture.name.clone(),
        })
        .collect()
}

impl EvaluatedPicture {
    fn of(seen: &LoadedPicture) -> Self {
        let (width, height, unreadable_reason) = match &seen.decoded {
            Decoded::Readable(view) => (Some(view.width), Some(view.height), None),
            Decoded::Unreadable { reason } => (None, None, Some(reason.clone())),
        };
        Self {
            image_number: seen.number,
            file_name: seen.name.clone(),
            size_bytes: seen.size,
            sha256: seen.sha256,
            readable: unreadable_reason.is_none(),
            unreadable_reason,
            width,
            height,
            origin: seen.origin,
            object: seen
                .object
                .as_ref()
                .map(|url| format!("s3://{}/{}", url.bucket, url.key)),
            version: seen.version.clone(),
        }
    }
}

impl Evaluation {
    /// How many pictures of each class were judged.
    pub fn before(&self) -> ClassCounts {
        self.plan.before
    }

    /// The picture of that name.
    pub fn picture(&self, name: &ImageName) -> Option<&EvaluatedPicture> {
        self.pictures
            .iter()
            .find(|picture| picture.file_name == *name)
    }

    /// What is known of the picture of that name; nothing of one that cannot be read.
    pub fn judged(&self, name: &ImageName) -> Option<&JudgedPicture> {
        self.judged.iter().find(|judged| judged.file_name == *name)
    }
}

/// The file name of an actor's evaluation in the output folder.
pub fn evaluation_name(actor: &ActorId) -> String {
    format!("{actor}_evaluation.json")
}

/// The file name of an actor's sheet in the output folder.
pub fn composite_name(actor: &ActorId) -> String {
    format!("{actor}_composite.jpg")
}

/// The file name of a further sheet of an actor: pictures in another order, or only some. `vote` is
/// the number of the sheet, from 2.
pub fn vote_name(actor: &ActorId, vote: u32) -> String {
    format!("{actor}_composite_{vote}.jpg")
}

/// Writes the evaluation of an actor.
///
/// # Errors
/// When it cannot be written.
pub async fn write_evaluation(
    output: &OutputFolder,
    evaluation: &Evaluation,
) -> Result<(), OutputError> {
    let name = evaluation_name(&evaluation.actor_id);
    output.files().write_json(&name, evaluation).await
}

/// The last evaluation of an actor; `None` if there is none that this version can read.
pub async fn read_evaluation(output: &OutputFolder, actor: &ActorId) -> Option<Evaluation> {
    let bytes = output.files().read(&evaluation_name(actor)).await.ok()??;
    serde_json::from_slice(&bytes).ok()
}

/// Renames the evaluation of an actor to `{actor}_disbelieved.json`: what it concluded rests on
/// answers that are not trusted.
///
/// # Errors
/// When a file cannot be read, written or deleted.
pub async fn disbelieve_evaluation(
    output: &OutputFolder,
    actor: &ActorId,
) -> Result<(), OutputError> {
    let name = evaluation_name(actor);
    if let Some(bytes) = output.files().read(&name).await? {
        let disbelieved = format!("{actor}_disbelieved.json");
        output.files().write(&disbelieved, bytes).await?;
        output.files().delete(&name).await?;
    }
    Ok(())
}
