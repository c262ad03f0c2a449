//! Finds the actors of a data folder and their files.

use crate::error::DataError;
use crate::folder::DataReader;
use crate::layout::{self, MANIFEST_LIMIT};
use journal::run::actor_journal::unfinished_of;
use manifest::ActorManifest;
use std::collections::{BTreeMap, BTreeSet};
use storage::{ObjectKey, ObjectMeta};
use tdbal_types::{ActorId, ImageName};

/// The files of an actor in the listing of the data folder.
#[derive(Debug, Clone, Default)]
pub struct ActorFiles {
    /// Pictures and the manifest directly in `training_data/`.
    pub training: Vec<ObjectMeta>,
    /// Pictures directly in `base_image/`.
    pub base_images: Vec<ObjectMeta>,
    /// Files that an unfinished run added, or has yet to remove. They belong to the set only if the
    /// training manifest lists them.
    pub(crate) in_flight: BTreeSet<ImageName>,
    /// Why the journal of an unfinished run cannot be read, so the files in flight are unknown;
    /// `None` if there is no such problem.
    pub(crate) broken_journal: Option<String>,
}

impl ActorFiles {
    /// Returns the picture files in `training_data/`, except those in flight.
    pub fn pictures(&self) -> impl Iterator<Item = &ObjectMeta> {
        let files = self.training.iter();
        files.filter(|meta| {
            let name = meta.key.file_name();
            layout::is_picture_name(name)
                && ImageName::new(name).is_ok_and(|name| !self.in_flight.contains(&name))
        })
    }
}

/// The actors of a data folder that have training data.
#[derive(Debug, Clone, Default)]
pub struct Discovery {
    /// The files of each actor.
    pub actors: BTreeMap<ActorId, ActorFiles>,
    /// Problems that may hide actors, as messages for people.
    pub warnings: Vec<String>,
}

impl Discovery {
    /// Returns the names of all actors, sorted.
    pub fn names(&self) -> Vec<ActorId> {
        self.actors.keys().cloned().collect()
    }
}

/// Finds all actors with training data: those with a training manifest or pictures in their folder,
/// and those with an actor manifest that lists training data.
///
/// # Errors
/// When the data folder or the journals cannot be listed. An actor manifest that cannot be read adds
/// a warning instead.
pub async fn discover(data: &DataReader) -> Result<Discovery, DataError> {
    let mut folders: BTreeMap<ActorId, ActorFiles> = BTreeMap::new();
    for meta in data.store().list(layout::ACTORS).await? {
        if let Some((actor, folder)) = actor_and_folder(&meta.key) {
            let files = folders.entry(actor).or_default();
            match folder {
                Folder::Training => files.training.push(meta),
                Folder::BaseImage => files.base_images.push(meta),
            }
        }
    }
    let mut found = Discovery::default();
    for meta in data.store().list(layout::ACTOR_MANIFESTS).await? {
        let Some(id) = meta
            .key
            .file_name()
            .strip_suffix(layout::ACTOR_MANIFEST_SUFFIX)
        else {
            continue;
        };
        let has_training = |actor: &ActorId| {
            folders
                .get(actor)
                .is_some_and(|files| !files.training.is_empty())
                && (actor.short_id() == id || actor.as_str() == id)
        };
        if folders.keys().any(has_training) {
            continue;
        }
        match named_by_manifest(data, &meta.key).await {
            Ok(Some(actor)) => {
                let files = folders.get(&actor).cloned().unwrap_or_default();
                found.actors.insert(actor, files);
            }
            Ok(None) => {}
            Err(error) => found.warnings.push(tdbal_types::chain(&error)),
        }
    }
    folders.retain(|_, files| !files.training.is_empty());
    found.actors.append(&mut folders);
    let open = data.journals().open_logs().await?;
    let unfinished: BTreeSet<ActorId> = open.into_iter().map(|(_, actor)| actor).collect();
    for actor in unfinished {
        if let Some(files) = found.actors.get_mut(&actor) {
            find_files_in_flight(data, &actor, files).await;
        }
    }
    Ok(found)
}

/// Notes which files an unfinished run has added or has yet to remove. A journal that cannot be read is
/// an error only when this actor is loaded, so it does not affect other actors.
async fn find_files_in_flight(data: &DataReader, actor: &ActorId, files: &mut ActorFiles) {
    match unfinished_of(data.journals(), actor).await {
        Ok(open) => {
            let in_flight = open.iter().flat_map(|(_, state)| state.files_in_flight());
            files.in_flight = in_flight.collect();
        }
        Err(error) => files.broken_journal = Some(tdbal_types::chain(&error)),
    }
}

/// Lists the files of one actor.
///
/// # Errors
/// When the actor's folder cannot be listed.
pub async fn files_of(data: &DataReader, actor: &ActorId) -> Result<ActorFiles, DataError> {
    let mut files = ActorFiles::default();
    for meta in data
        .store()
        .list(&format!("{}/{actor}", layout::ACTORS))
        .await?
    {
        match actor_and_folder(&meta.key) {
            Some((_, Folder::Training)) => files.training.push(meta),
            Some((_, Folder::BaseImage)) => files.base_images.push(meta),
            None => {}
        }
    }
    find_files_in_flight(data, actor, &mut files).await;
    Ok(files)
}

/// Returns the actor that an actor manifest names, if the manifest lists training data.
async fn named_by_manifest(
    data: &DataReader,
    key: &ObjectKey,
) -> Result<Option<ActorId>, DataError> {
    let object = data.store().get(key, MANIFEST_LIMIT).await?;
    let wrong = |source| DataError::Manifest {
        key: key.to_string(),
        source,
    };
    let manifest = ActorManifest::parse(&object.bytes).map_err(wrong)?;
    if manifest.training_data().map_err(wrong)?.is_empty() {
        return Ok(None);
    }
    Ok(manifest
        .character_name()
        .and_then(|name| ActorId::new(name).ok()))
}

enum Folder {
    Training,
    BaseImage,
}

/// Returns the actor and folder of a key such as `actors/{actor}/training_data/{file}`; `None` if the
/// file is deeper, elsewhere, or neither a picture nor a training manifest.
fn actor_and_folder(key: &ObjectKey) -> Option<(ActorId, Folder)> {
    let mut parts = key.as_str().split('/').skip(1);
    let actor = ActorId::new(parts.next()?).ok()?;
    let folder = parts.next()?;
    let file = parts.next()?;
    if parts.next().is_some() {
        return None;
    }
    let is_picture = layout::is_picture_name(file);
    match folder {
        "training_data" if is_picture || file == layout::MANIFEST => {
            Some((actor, Folder::Training))
        }
        "base_image" if is_picture => Some((actor, Folder::BaseImage)),
        _ => None,
    }
}
