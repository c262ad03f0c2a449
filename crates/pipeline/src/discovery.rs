//! Which actors there are, and which files each has.

use crate::actor_journal::unfinished;
use crate::data::DataReader;
use crate::error::DataError;
use crate::layout;
use manifest::ActorManifest;
use std::collections::{BTreeMap, BTreeSet};
use storage::{ObjectKey, ObjectMeta};
use tdbal_types::{ActorId, ImageName};

/// The largest manifest that is read, in bytes.
pub(crate) const MANIFEST_LIMIT: u64 = 64 * 1024 * 1024;

/// The files of an actor, as the data folder lists them.
#[derive(Debug, Clone, Default)]
pub struct ActorFiles {
    /// What is directly in `training_data/`, the manifest included.
    pub training: Vec<ObjectMeta>,
    /// What is directly in `base_image/`.
    pub base_images: Vec<ObjectMeta>,
}

impl ActorFiles {
    /// The picture files in `training_data/`.
    pub fn pictures(&self) -> impl Iterator<Item = &ObjectMeta> {
        let files = self.training.iter();
        files.filter(|meta| crate::set::is_picture_name(meta.key.file_name()))
    }

    /// Leaves out files that an unfinished run put there, or has still to take away.
    fn hide(&mut self, hidden: &BTreeSet<ImageName>) {
        self.training.retain(|meta| {
            ImageName::new(meta.key.file_name()).map_or(true, |name| !hidden.contains(&name))
        });
    }
}

/// All actors that have training data, with their files, by name.
#[derive(Debug, Clone, Default)]
pub struct Discovery {
    /// The actors.
    pub actors: BTreeMap<ActorId, ActorFiles>,
    /// What stopped an actor from being found, for people.
    pub warnings: Vec<String>,
}

impl Discovery {
    /// All names, sorted.
    pub fn names(&self) -> Vec<ActorId> {
        self.actors.keys().cloned().collect()
    }
}

/// Finds all actors with training data: those with a training manifest or pictures in their folder,
/// and those of whom only the actor manifest names training data.
///
/// # Errors
/// When the data folder cannot be listed.
pub async fn discover(data: &DataReader) -> Result<Discovery, DataError> {
    let mut folders: BTreeMap<ActorId, ActorFiles> = BTreeMap::new();
    for meta in data.store().list(layout::ACTORS).await? {
        if let Some((actor, folder)) = split(&meta.key) {
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
            Err(error) => found.warnings.push(crate::error::chain(&error)),
        }
    }
    folders.retain(|_, files| !files.training.is_empty());
    found.actors.append(&mut folders);
    for (actor, hidden) in hidden_files(data).await? {
        if let Some(files) = found.actors.get_mut(&actor) {
            files.hide(&hidden);
        }
    }
    Ok(found)
}

/// Files in the folders of actors that belong to no set, because an unfinished run put them there or
/// has still to take them away.
async fn hidden_files(
    data: &DataReader,
) -> Result<BTreeMap<ActorId, BTreeSet<ImageName>>, DataError> {
    let mut hidden: BTreeMap<ActorId, BTreeSet<ImageName>> = BTreeMap::new();
    for (_, actor, standing) in unfinished(data.journals()).await? {
        hidden.entry(actor).or_default().extend(standing.hidden());
    }
    Ok(hidden)
}

/// The files of one actor, as they are now.
pub(crate) async fn files_of(data: &DataReader, actor: &ActorId) -> Result<ActorFiles, DataError> {
    let mut files = ActorFiles::default();
    for meta in data
        .store()
        .list(&format!("{}/{actor}", layout::ACTORS))
        .await?
    {
        match split(&meta.key) {
            Some((_, Folder::Training)) => files.training.push(meta),
            Some((_, Folder::BaseImage)) => files.base_images.push(meta),
            None => {}
        }
    }
    if let Some(hidden) = hidden_files(data).await?.get(actor) {
        files.hide(hidden);
    }
    Ok(files)
}

/// The actor of an actor manifest, if it names training data.
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

/// The actor and folder of `actors/{actor}/training_data/{file}`; nothing for what lies deeper,
/// elsewhere, or is no picture and no manifest.
fn split(key: &ObjectKey) -> Option<(ActorId, Folder)> {
    let mut parts = key.as_str().split('/').skip(1);
    let actor = ActorId::new(parts.next()?).ok()?;
    let folder = parts.next()?;
    let file = parts.next()?;
    if parts.next().is_some() {
        return None;
    }
    let is_picture = crate::set::is_picture_name(file);
    match folder {
        "training_data" if is_picture || file == layout::MANIFEST => {
            Some((actor, Folder::Training))
        }
        "base_image" if is_picture => Some((actor, Folder::BaseImage)),
        _ => None,
    }
}
