//! The layout of the data folder: the names and keys of its files.

use storage::{KeyError, ObjectKey, StoreError};
use tdbal_types::{ActorId, ImageName, RunId};

/// The size of the largest manifest that is read, in bytes (64 MiB).
pub const MANIFEST_LIMIT: u64 = 64 * 1024 * 1024;
/// The folder that holds one folder per actor.
pub(crate) const ACTORS: &str = "actors";
/// The folder that holds all actor manifests.
pub(crate) const ACTOR_MANIFESTS: &str = "actor_manifests";
/// The folder that runs move removed files to, in the data folder and at the top of buckets.
pub const TRASH: &str = "trash";
/// The folder that holds journals, locks and state documents, in the data folder and at the top of
/// buckets.
pub const STATE: &str = ".tdbal";
/// The file name of a training manifest.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The end of the file name of an actor manifest.
pub(crate) const ACTOR_MANIFEST_SUFFIX: &str = "_manifest.json";

/// Returns the folder of an actor's training pictures.
pub fn training_folder(actor: &ActorId) -> String {
    format!("{ACTORS}/{actor}/training_data")
}

/// Returns the key of an actor's training manifest.
///
/// # Errors
/// When the actor's name cannot be part of a key.
pub fn training_manifest(actor: &ActorId) -> Result<ObjectKey, KeyError> {
    ObjectKey::new(format!("{}/{MANIFEST}", training_folder(actor)))
}

/// Returns the key of one of an actor's training pictures.
///
/// # Errors
/// When a name cannot be part of a key.
pub fn picture(actor: &ActorId, name: &ImageName) -> Result<ObjectKey, KeyError> {
    ObjectKey::new(format!("{}/{name}", training_folder(actor)))
}

/// Returns the keys that the actor manifest of an actor may have, best first: by its short ID, then by
/// its full name.
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

/// Returns where a run moves a removed file: the same key below `trash/{run}/`.
pub fn trash(run: &RunId, key: &ObjectKey) -> ObjectKey {
    key.under(&format!("{TRASH}/{run}"))
}

/// Returns the trash folder for pictures that were generated and paid for but not added to the set.
pub fn rejected_folder(run: &RunId, actor: &ActorId) -> String {
    format!("{TRASH}/{run}/rejected/{actor}")
}

/// Returns where a picture is stored that was generated and paid for but not added to the set.
///
/// # Errors
/// When the file name cannot be part of a key.
pub fn rejected(run: &RunId, actor: &ActorId, file_name: &str) -> Result<ObjectKey, KeyError> {
    ObjectKey::new(format!("{}/{file_name}", rejected_folder(run, actor)))
}

/// Whether a file name has the extension of a picture.
pub fn is_picture_name(file: &str) -> bool {
    ImageName::new(file).is_ok_and(|name| name.has_picture_extension())
}

/// Turns the error for a missing file or object into `None`.
///
/// # Errors
/// Every other error of the store.
pub fn found<T>(result: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
