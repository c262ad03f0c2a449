//! Reads and writes evaluations in the output folder.

use super::record::Evaluation;
use crate::file_names::{disbelieved_name, evaluation_name};
use results::{OutputError, OutputFolder};
use tdbal_types::ActorId;

/// Writes the evaluation of an actor.
pub(crate) async fn write_evaluation(
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

/// Renames the evaluation of an actor to `{actor}_disbelieved.json`, because it rests on answers that
/// are not trusted. Does nothing if there is no evaluation.
///
/// # Errors
/// If a file cannot be read, written or deleted.
pub async fn disbelieve_evaluation(
    output: &OutputFolder,
    actor: &ActorId,
) -> Result<(), OutputError> {
    let name = evaluation_name(actor);
    if let Some(bytes) = output.files().read(&name).await? {
        let files = output.files();
        files.write(&disbelieved_name(actor), bytes).await?;
        files.delete(&name).await?;
    }
    Ok(())
}
