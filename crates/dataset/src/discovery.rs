//! Which actors there are, and which files each has.

use crate::error::DataError;
use crate::folder::DataReader;
use crate::layout::{self, MANIFEST_LIMIT};
use journal::run::actor_journal::unfinished_of;
use manifest::ActorManifest;
use std::collections::{BTreeMap, BTreeSet};
use storage::{ObjectKey, ObjectMeta};
use tdbal_types::{ActorId, ImageName};

/// The files of an actor, as the data folder lists them.
#[derive(Debug, Clone, Default)]
pub struct ActorFiles {
    /// What is directly in `training_data/`, the manifest included.
    pub training: Vec<ObjectMeta>,
    /// What is directly in `base_image/`.
    pub base_images: Vec<ObjectMeta>,
    /// Files that an unfinished run put there, or has still to take away: they belong to the set
    /// only if the training manifest lists them.
    pub hidden: BTreeSet<ImageName>,
    /// Why it is not known which files these are.
    pub broken_journal: Option<String>,
}

impl ActorFiles {
    /// The picture files in `training_data/`, without hidden ones.
    pub fn pictures(&self) -> impl Iterator<Item = &ObjectMeta> {
        let files = self.training.iter();
        files.filter(|meta| {
            let name = meta.key.file_name();
            layout::is_picture_name(name)
                && ImageName::new(name).is_ok_and(|name| !self.hidden.contains(&name))
        })
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
            Err(error) => found.warnings.push(tdbal_types::chain(&error)),
        }
    }
    folders.retain(|_, files| !files.training.is_empty());
    found.actors.append(&mut folders);
    let open = data.journals().open_logs().await?;
    let of_open: BTreeSet<ActorId> = open.into_iter().map(|(_, actor)| actor).collect();
    for actor in of_open {
        if let Some(files) = found.actors.get_mut(&actor) {
            hide(data, &actor, files).await;
        }
    }
    Ok(found)
}

/// Notes which files belong to no set, because an unfinished run put them there or has still to take
/// them away. A journal that cannot be read is told when the actor is loaded, and stops no other.
async fn hide(data: &DataReader, actor: &ActorId, files: &mut ActorFiles) {
    match unfinished_of(data.journals(), actor).await {
        Ok(open) => {
            let hidden = open.iter().flat_map(|(_, state)| state.files_in_flight());
            files.hidden = hidden.collect();
        }
        Err(error) => files.broken_journal = Some(tdbal_types::chain(&error)),
    }
}

/// The files of one actor, as they are now.
pub async fn files_of(data: &DataReader, actor: &ActorId) -> Result<ActorFiles, DataError> {
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
    hide(data, actor, &mut files).await;
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
    let is_picture = layout::is_picture_name(file);
    match folder {
        "training_data" if is_picture || file == layout::MANIFEST => {
            Some((actor, Folder::Training))
        }
        "base_image" if is_picture => Some((actor, Folder::BaseImage)),
        _ => None,
    }
}
