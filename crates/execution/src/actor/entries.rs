//! The entries that manifests get for new pictures.

use crate::error::ExecutionError;
use crate::transaction::new_files;
use crate::transaction::scope::ActorScope;
use dataset::layout;
use journal::run::record::{Leaving, OrderKey};
use journal::run::state::{NewFile, Paid};
use manifest::{Edit, GenerationNote, NewImage, NewTrainingData};
use md5::Digest as _;
use run_plan::plan::{PlannedChange, RunPlan};
use tdbal_types::ImageName;

/// How the training manifest is edited: entries of what leaves go, entries of what came are added.
pub fn manifest_edit(
    scope: &ActorScope<'_>,
    plan: &RunPlan,
    assessed: &PlannedChange,
    taken: &[(OrderKey, &Paid, &NewFile)],
    leaving: &[Leaving],
) -> Edit {
    let now = scope.executor.evaluation.clock.stamp();
    let note = GenerationNote {
        run: plan.run_id.clone(),
        generated_by: plan.settings.generated_by.clone(),
    };
    let add = taken
        .iter()
        .map(|(order, paid, file)| NewImage {
            name: file.name.clone(),
            index: file.number,
            class: order.class,
            prompt: prompt_of(assessed, *order),
            s3_url: file.s3_url.clone(),
            local_path: local_path(scope, &file.name),
            prediction_id: paid.prediction.to_string(),
            model: paid.model.clone(),
            generated_at: now.clone(),
        })
        .collect();
    Edit {
        remove: leaving.iter().map(|leaving| leaving.name.clone()).collect(),
        add,
        note,
        now,
    }
}

/// The prompt of an order: the plan has all prompts of a class in the order of their numbers.
fn prompt_of(assessed: &PlannedChange, order: OrderKey) -> String {
    let all = assessed.orders.iter().chain(&assessed.spare);
    let mut own = all.filter(|prompt| prompt.class == order.class);
    own.nth(order.ordinal.saturating_sub(1) as usize)
        .map(|prompt| prompt.text.clone())
        .unwrap_or_default()
}

/// The path of a picture as manifests have it, from the folder above the data folder.
fn local_path(scope: &ActorScope<'_>, name: &ImageName) -> String {
    let folder = layout::training_folder(scope.actor);
    format!("{}/{folder}/{name}", scope.executor.data.path_prefix)
}

/// What the actor manifest says of a new picture; `None` if the picture is gone already.
///
/// # Errors
/// When the picture cannot be read.
pub async fn new_training_data(
    scope: &ActorScope<'_>,
    file: &NewFile,
) -> Result<Option<NewTrainingData>, ExecutionError> {
    let Some(bytes) = new_files::own_bytes(&scope.executor.data, file).await? else {
        return Ok(None);
    };
    let now = scope.executor.evaluation.clock.now();
    Ok(Some(NewTrainingData {
        name: file.name.clone(),
        local_path: local_path(scope, &file.name),
        size_bytes: file.size,
        modified_timestamp: now.as_microsecond() as f64 / 1e6,
        modified_date: tdbal_types::time::stamp(now),
        md5_hash: hex::encode(md5::Md5::digest(&bytes)),
        s3_url: file.s3_url.clone(),
    }))
}
