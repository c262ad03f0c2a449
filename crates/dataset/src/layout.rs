//! Where things are below the data folder.

use storage::{KeyError, ObjectKey, StoreError};
use tdbal_types::{ActorId, ImageName, RunId};

/// The largest manifest that is read, in bytes.
pub const MANIFEST_LIMIT: u64 = 64 * 1024 * 1024;
/// The folder of all actors.
pub const ACTORS: &str = "actors";
/// The folder of all actor manifests.
pub const ACTOR_MANIFESTS: &str = "actor_manifests";
/// The folder that holds what runs removed, below the data folder and at the top of buckets.
pub const TRASH: &str = "trash";
/// The folder of journals, locks and marks, below the data folder and at the top of buckets.
pub const STATE: &str = ".tdbal";
/// The file name of a training manifest.
pub const MANIFEST: &str = "manifest.json";
/// What an actor manifest's file name ends with.
pub const ACTOR_MANIFEST_SUFFIX: &str = "_manifest.json";

/// The folder of an actor's training pictures.
pub fn training_folder(actor: &ActorId) -> String {
    format!("{ACTORS}/{actor}/training_data")
}

/// The training manifest of an actor.
pub fn training_manifest(actor: &ActorId) -> Result<ObjectKey, KeyError> {
    ObjectKey::new(format!("{}/{MANIFEST}", training_folder(actor)))
}

/// A training picture of an actor.
pub fn picture(actor: &ActorId, name: &ImageName) -> Result<ObjectKey, KeyError> {
    ObjectKey::new(format!("{}/{name}", training_folder(actor)))
}

/// The names that an actor's manifest may have, best first: after its id, and after its whole name.
pub fn actor_manifests(actor: &ActorId) -> Vec<ObjectKey> {
    let mut names = vec![actor.short_id(), actor.as_str()];
    names.dedup();
    names
        .into_iter()
        .filter_map(|name| {
            ObjectKey::new(format!("{ACTOR_MANIFESTS}/{name}{ACTOR_MANIFEST_SUFFIX}")).ok()
        })
        .collect()
}

/// Where an object goes that a run removes: the same key below `trash/{run}/`.
pub fn trash(run: &RunId, key: &ObjectKey) -> ObjectKey {
    key.under(&format!("{TRASH}/{run}"))
}

/// The folder of pictures that were generated, paid for, and not taken into the set.
pub fn rejected_folder(run: &RunId, actor: &ActorId) -> String {
    format!("{TRASH}/{run}/rejected/{actor}")
}

/// Where a picture goes that was generated, paid for, and not taken into the set.
pub fn rejected(run: &RunId, actor: &ActorId, file_name: &str) -> Result<ObjectKey, KeyError> {
    ObjectKey::new(format!("{}/{file_name}", rejected_folder(run, actor)))
}

/// Whether a file name is that of a picture.
pub fn is_picture_name(file: &str) -> bool {
    ImageName::new(file).is_ok_and(|name| name.has_picture_extension())
}

/// A store's error that means "it is not there" becomes nothing.
pub fn found<T>(result: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
