//! Whether a run can be undone: what it generated is unchanged, and what it removed can come back.

use crate::error::ExecutionError;
use crate::executor::Executor;
use crate::transaction::commit::manifest_now;
use crate::undo::restorable::returning;
use dataset::layout::found;
use journal::run::state::ActorState;
use storage::{ObjectRead as _, sha256};
use tdbal_types::ActorId;

/// What stands in the way of an undo: pictures that the run generated and that changed or left since,
/// and names or places that something else has by now. `None` if nothing does.
///
/// # Errors
/// When a manifest or a store cannot be read.
pub async fn find_obstacle(
    executor: &Executor,
    actor: &ActorId,
    state: &ActorState,
) -> Result<Option<String>, ExecutionError> {
    let data = &executor.data;
    let (_, now) = manifest_now(executor, actor).await?;
    let added = state.change.change.iter().flat_map(|change| &change.added);
    for picture in added {
        let name = &picture.name;
        if !now.as_ref().is_some_and(|manifest| manifest.contains(name)) {
            return Ok(Some(format!(
                "{name}, which the run generated, was removed from the training manifest"
            )));
        }
        for place in &picture.places {
            let head = data.open(&place.store).await?.head(&place.key).await;
            let version = found(head)?.and_then(|meta| meta.version);
            if version.as_ref() != Some(&place.version) {
                return Ok(Some(format!(
                    "{place}, which the run generated, was changed or deleted"
                )));
            }
        }
    }
    for picture in returning(state) {
        let name = &picture.name;
        if now.as_ref().is_some_and(|manifest| manifest.contains(name)) {
            return Ok(Some(format!("the training manifest already lists {name}")));
        }
        for from in &picture.places {
            let store = data.open(&from.place.store).await?;
            let limit = executor.evaluation.settings.look.max_bytes;
            let copy = found(store.get(&from.trash, limit).await)?;
            if copy.is_none_or(|copy| sha256(&copy.bytes) != picture.sha256) {
                return Ok(Some(format!(
                    "the copy of {name} in the trash ({}) is missing or damaged",
                    from.trash
                )));
            }
            let there = found(store.get(&from.place.key, limit).await)?;
            if there.is_some_and(|there| sha256(&there.bytes) != picture.sha256) {
                return Ok(Some(format!("{} now holds something else", from.place)));
            }
        }
    }
    Ok(None)
}
