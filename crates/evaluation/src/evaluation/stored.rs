//! The evaluation as it is written to `{actor}_evaluation.json`.

use super::picture::{EvaluatedPicture, JudgedPicture};
use super::record::Evaluation;
use balance_planner::{Action, Plan, Policy, Protection};
use dataset::drift::Drift;
use serde::{Serialize, Serializer};
use storage::Version;
use tdbal_types::{
    ActorId, ClassCounts, Fault, ImageClass, ImageName, Quality, RunId, SheetNumber, Tokens, Usd,
};
use verdict::{JudgingSettings, SheetVote, Stability};
use vision_eval::{Discrepancy, ModelIdentity, ReplyRecord};

/// The fields of the file, in its order. Programs that read files of the original system read these
/// too, so the fields up to `composite_image` keep their names, order and meaning.
#[derive(Serialize)]
struct StoredEvaluation<'a> {
    actor_id: &'a ActorId,
    /// Number of judged pictures. Unreadable files do not count.
    total_images: usize,
    photorealistic_count: usize,
    bw_stylized_count: usize,
    color_stylized_count: usize,
    /// Share in percent, with one decimal, as are the next two.
    photorealistic_percentage: f64,
    bw_stylized_percentage: f64,
    color_stylized_percentage: f64,
    is_balanced: bool,
    images_to_delete: Vec<StoredRemoval<'a>>,
    images_to_generate: Vec<StoredGeneration>,
    /// The same text as `analysis`.
    gpt_analysis: Option<&'a str>,
    image_classifications: Vec<StoredClassification<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<&'a serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recommendations: Option<&'a serde_json::Value>,
    analysis: Option<&'a str>,
    composite_image: &'a str,
    schema_version: u32,
    run_id: &'a RunId,
    evaluated_at: &'a str,
    pictures: &'a [EvaluatedPicture],
    judged: &'a [JudgedPicture],
    sheets: &'a [SheetVote],
    stability: Option<&'a Stability>,
    inquiry: &'a JudgingSettings,
    discrepancies: &'a [Discrepancy],
    drift: &'a [Drift],
    policy: &'a Policy,
    protection: &'a Protection,
    #[serde(skip_serializing_if = "Option::is_none")]
    training_manifest: Option<&'a Version>,
    plan: &'a Plan,
    model: &'a ModelIdentity,
    replies: &'a [ReplyRecord],
    tokens: &'a Tokens,
    cost_usd: &'a Usd,
}

/// A picture that the plan removes.
#[derive(Serialize)]
struct StoredRemoval<'a> {
    image_number: SheetNumber,
    /// `None` if the file is not readable.
    #[serde(rename = "type")]
    class: Option<ImageClass>,
    file_name: &'a ImageName,
}

/// Number of pictures of one class that the plan generates.
#[derive(Serialize)]
struct StoredGeneration {
    #[serde(rename = "type")]
    class: ImageClass,
    count: usize,
}

/// The verdict on one picture, under the names of the original system.
#[derive(Serialize)]
struct StoredClassification<'a> {
    image_number: SheetNumber,
    #[serde(rename = "type")]
    class: ImageClass,
    quality_score: Quality,
    faults: &'a [Fault],
    file_name: &'a ImageName,
}

impl Serialize for Evaluation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        StoredEvaluation::from(self).serialize(serializer)
    }
}

impl<'a> From<&'a Evaluation> for StoredEvaluation<'a> {
    fn from(evaluation: &'a Evaluation) -> Self {
        let plan = &evaluation.plan;
        let counts = plan.before;
        Self {
            actor_id: &evaluation.actor_id,
            total_images: counts.total(),
            photorealistic_count: counts.photorealistic,
            bw_stylized_count: counts.bw_stylized,
            color_stylized_count: counts.color_stylized,
            photorealistic_percentage: one_decimal(&counts, ImageClass::Photorealistic),
            bw_stylized_percentage: one_decimal(&counts, ImageClass::BwStylized),
            color_stylized_percentage: one_decimal(&counts, ImageClass::ColorStylized),
            is_balanced: plan.is_balanced,
            images_to_delete: removals(evaluation),
            images_to_generate: plan
                .generate
                .iter()
                .filter(|(_, count)| *count > 0)
                .map(|(class, count)| StoredGeneration { class, count })
                .collect(),
            gpt_analysis: evaluation.analysis.as_deref(),
            image_classifications: classifications(evaluation),
            counts: evaluation.counts.as_ref(),
            recommendations: evaluation.recommendations.as_ref(),
            analysis: evaluation.analysis.as_deref(),
            composite_image: &evaluation.composite_image,
            schema_version: evaluation.schema_version,
            run_id: &evaluation.run_id,
            evaluated_at: &evaluation.evaluated_at,
            pictures: &evaluation.pictures,
            judged: &evaluation.judged,
            sheets: &evaluation.sheets,
            stability: evaluation.stability.as_ref(),
            inquiry: &evaluation.inquiry,
            discrepancies: &evaluation.discrepancies,
            drift: &evaluation.drift,
            policy: &evaluation.policy,
            protection: &evaluation.protection,
            training_manifest: evaluation.training_manifest.as_ref(),
            plan,
            model: &evaluation.model,
            replies: &evaluation.replies,
            tokens: &evaluation.tokens,
            cost_usd: &evaluation.cost_usd,
        }
    }
}

fn one_decimal(counts: &ClassCounts, class: ImageClass) -> f64 {
    (counts.percentage(class) * 10.0).round() / 10.0
}

/// The pictures that the plan removes, in the order of the sheet.
fn removals(evaluation: &Evaluation) -> Vec<StoredRemoval<'_>> {
    let is_removed = |name: &ImageName| {
        let mut removed = evaluation.plan.with(Action::Remove);
        removed.any(|decision| decision.name == *name)
    };
    evaluation
        .pictures
        .iter()
        .filter(|picture| is_removed(&picture.file_name))
        .map(|picture| StoredRemoval {
            image_number: picture.image_number,
            class: evaluation
                .judged(&picture.file_name)
                .map(|judged| judged.verdict.class),
            file_name: &picture.file_name,
        })
        .collect()
}

/// The verdicts on all readable pictures, in the order of the sheet.
fn classifications(evaluation: &Evaluation) -> Vec<StoredClassification<'_>> {
    evaluation
        .judged
        .iter()
        .filter_map(|judged| {
            Some(StoredClassification {
                image_number: evaluation.picture(&judged.file_name)?.image_number,
                class: judged.verdict.class,
                quality_score: judged.verdict.quality,
                faults: &judged.verdict.faults,
                file_name: &judged.file_name,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
