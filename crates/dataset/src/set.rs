//! The set of one actor: its pictures in order, and where each of them is stored.

use crate::discovery::ActorFiles;
use crate::drift::{Drift, StoredActorManifest, find_drift};
use crate::error::DataError;
use crate::folder::DataReader;
use crate::layout::{self, MANIFEST_LIMIT, is_picture_name};
use manifest::{ActorManifest, BaseImageSource, ImageEntry, TrainingManifest};
use std::collections::{BTreeMap, BTreeSet};
use storage::{ObjectKey, ObjectMeta, Version, sha256};
use tdbal_types::{ActorId, Digest, ImageClass, ImageName};

/// The set of an actor according to its folder and manifests. No picture has been read.
#[derive(Debug, Clone)]
pub struct ActorSet {
    /// The actor that the set belongs to.
    pub actor: ActorId,
    /// The pictures of the set, in the order in which they appear on a sheet.
    pub pictures: Vec<SetPicture>,
    /// Differences between the folder and the manifests.
    pub drift: Vec<Drift>,
    /// The training manifest. If none is stored, it is made from the actor manifest, or empty if the
    /// actor manifest lists no pictures or the folder already has some.
    pub training: TrainingManifest,
    /// The version of the training manifest that was read; `None` if none is stored.
    pub training_version: Option<Version>,
    /// The actor manifest, or why it cannot be used.
    pub actor_manifest: Result<StoredActorManifest, String>,
    /// The pictures in the actor's folder `base_image/`, sorted by name.
    base_images: Vec<ObjectKey>,
}

/// A picture of a set, and where it is stored.
#[derive(Debug, Clone)]
pub struct SetPicture {
    /// The file name of the picture.
    pub name: ImageName,
    /// The file in the data folder; `None` if there is none.
    pub local: Option<ObjectMeta>,
    /// The address of the object, as written in the training manifest; `None` if there is none.
    pub s3_url: Option<String>,
    /// The class that the picture was generated as, according to the training manifest or its
    /// prompt; `None` if neither says.
    pub provenance: Option<ImageClass>,
}

/// Reads the manifests of an actor and combines them with its `files` to its set. `now` becomes the
/// creation time of a training manifest that is not stored yet.
///
/// # Errors
/// [`DataError::Manifest`] if a training manifest exists and cannot be parsed: it never counts as
/// empty. [`DataError::Journal`] if the journal of an unfinished run cannot be read.
pub async fn load(
    data: &DataReader,
    actor: &ActorId,
    files: &ActorFiles,
    now: &str,
) -> Result<ActorSet, DataError> {
    if let Some(problem) = files.broken_journal.clone() {
        return Err(DataError::Journal { problem });
    }
    let actor_manifest = load_actor_manifest(data, actor).await?;
    let stored = load_training_manifest(data, actor).await?;
    let mut local = local_pictures(files);
    // An unfinished run stores new files before its commit and removes old ones after it, so only the
    // manifest says whether a file in flight belongs to the set.
    local.retain(|name, _| {
        let listed = stored
            .as_ref()
            .is_some_and(|(manifest, _)| manifest.contains(name));
        listed || !files.in_flight.contains(name)
    });
    let (training, training_version) = match stored {
        Some((manifest, version)) => (manifest, Some(version)),
        None => {
            let source = actor_manifest.as_ref().ok().filter(|_| local.is_empty());
            let manifest = match source {
                Some(stored) => TrainingManifest::from_actor_manifest(actor, &stored.manifest, now)
                    .map_err(|source| DataError::Manifest {
                        key: stored.key.to_string(),
                        source,
                    })?,
                None => TrainingManifest::empty(actor, now),
            };
            (manifest, None)
        }
    };
    let entries = training.images();
    let drift = find_drift(
        actor,
        &training,
        training_version.is_some(),
        &entries,
        &local,
        &actor_manifest,
    );
    let base_images = files
        .base_images
        .iter()
        .map(|meta| meta.key.clone())
        .collect();
    let pictures = ordered(entries, local);
    Ok(ActorSet {
        actor: actor.clone(),
        pictures,
        drift,
        training,
        training_version,
        actor_manifest,
        base_images,
    })
}

fn local_pictures(files: &ActorFiles) -> BTreeMap<ImageName, ObjectMeta> {
    files
        .training
        .iter()
        .filter(|meta| is_picture_name(meta.key.file_name()))
        .filter_map(|meta| Some((ImageName::new(meta.key.file_name()).ok()?, meta.clone())))
        .collect()
}

/// The class that a picture was generated as: the recorded one, otherwise that of its prompt.
fn provenance(entry: &ImageEntry) -> Option<ImageClass> {
    let prompt = entry.prompt.as_deref();
    entry
        .class
        .or_else(|| prompt.and_then(evidence::class_of_prompt))
}

/// Sorts pictures by the `index` of their manifest entry, those without an index last, then by the
/// bytes of their name. Files without a manifest entry follow, sorted by name.
fn ordered(
    entries: Vec<ImageEntry>,
    mut local: BTreeMap<ImageName, ObjectMeta>,
) -> Vec<SetPicture> {
    let mut entries = entries;
    entries.sort_by(|a, b| {
        let rank = |entry: &ImageEntry| (entry.index.is_none(), entry.index);
        rank(a).cmp(&rank(b)).then_with(|| a.name.cmp(&b.name))
    });
    let mut pictures: Vec<SetPicture> = entries
        .into_iter()
        .map(|entry| SetPicture {
            local: local.remove(&entry.name),
            provenance: provenance(&entry),
            name: entry.name,
            s3_url: entry.s3_url,
        })
        .collect();
    pictures.extend(local.into_iter().map(|(name, meta)| SetPicture {
        name,
        local: Some(meta),
        s3_url: None,
        provenance: None,
    }));
    pictures
}

async fn load_training_manifest(
    data: &DataReader,
    actor: &ActorId,
) -> Result<Option<(TrainingManifest, Version)>, DataError> {
    let key = layout::training_manifest(actor)?;
    let object = match data.store().get(&key, MANIFEST_LIMIT).await {
        Ok(object) => object,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let manifest =
        TrainingManifest::parse(&object.bytes).map_err(|source| DataError::Manifest {
            key: key.to_string(),
            source,
        })?;
    Ok(Some((manifest, object.version)))
}

/// Returns the actor manifest, or why it cannot be used. A store that cannot be reached is an error,
/// because the manifest may be fine.
async fn load_actor_manifest(
    data: &DataReader,
    actor: &ActorId,
) -> Result<Result<StoredActorManifest, String>, DataError> {
    let keys = layout::actor_manifests(actor);
    for key in &keys {
        let object = match data.store().get(key, MANIFEST_LIMIT).await {
            Ok(object) => object,
            Err(error) if error.is_not_found() => continue,
            Err(error) => return Err(error.into()),
        };
        let manifest = match ActorManifest::parse(&object.bytes) {
            Ok(manifest) => manifest,
            Err(error) => return Ok(Err(format!("{key}: {}", tdbal_types::chain(&error)))),
        };
        return Ok(match manifest.character_name() {
            Some(other) if other != actor.as_str() => {
                Err(format!("{key} belongs to another actor: {other}"))
            }
            _ => Ok(StoredActorManifest {
                manifest,
                key: key.clone(),
            }),
        });
    }
    let names: Vec<&str> = keys.iter().map(ObjectKey::as_str).collect();
    Ok(Err(format!("no {} found in {data}", names.join(" or "))))
}

impl ActorSet {
    /// Returns a digest that changes whenever a file, an address or the training manifest changes,
    /// so a later run can tell whether a completed actor is still the same. No picture is read.
    /// `objects` is the result of [`object_fingerprints`](Self::object_fingerprints).
    pub fn fingerprint(&self, objects: &BTreeMap<ImageName, String>) -> Digest {
        let mut text = String::new();
        let mut part = |value: &str| {
            text.push_str(value);
            text.push('\0');
        };
        part(
            self.training_version
                .as_ref()
                .map_or("", |version| version.0.as_str()),
        );
        for picture in &self.pictures {
            part(picture.name.as_str());
            part(
                picture
                    .local
                    .as_ref()
                    .map_or("", |meta| meta.fingerprint.as_str()),
            );
            part(picture.s3_url.as_deref().unwrap_or_default());
            part(objects.get(&picture.name).map_or("", String::as_str));
        }
        sha256(text.as_bytes())
    }

    /// Asks the buckets for the fingerprints of pictures without a local copy. Objects that cannot
    /// be found or reached are left out, so the set's fingerprint differs and the actor is judged
    /// again.
    pub async fn object_fingerprints(&self, data: &DataReader) -> BTreeMap<ImageName, String> {
        let mut found = BTreeMap::new();
        for picture in self
            .pictures
            .iter()
            .filter(|picture| picture.local.is_none())
        {
            let Some(text) = &picture.s3_url else {
                continue;
            };
            let Ok(url) = data.parse_url(text) else {
                continue;
            };
            let Ok(bucket) = data.bucket(&url).await else {
                continue;
            };
            if let Ok(meta) = bucket.head(&url.key).await {
                found.insert(picture.name.clone(), meta.fingerprint);
            }
        }
        found
    }

    /// Whether a bucket is needed to read the set or, if `to_change`, to change it. Reading needs one
    /// if a picture has no local copy. Changing also needs one if a picture has an object, which may
    /// have to be removed, or if the base image is available only by URL.
    pub fn needs_bucket(&self, to_change: bool) -> bool {
        let by_picture = self
            .pictures
            .iter()
            .any(|picture| picture.s3_url.is_some() && (to_change || picture.local.is_none()));
        by_picture || (to_change && self.base_images.is_empty() && self.base_image_has_url())
    }

    fn base_image_has_url(&self) -> bool {
        self.base_image_sources()
            .iter()
            .any(|source| matches!(source, BaseImageSource::Url(_)))
    }

    /// Returns where the actor's base image may be, best first. The base image shows the actor and is
    /// the input for generating pictures.
    pub fn base_image_sources(&self) -> Vec<BaseImageSource> {
        match &self.actor_manifest {
            Ok(stored) => stored.manifest.base_images(&self.actor),
            Err(_) => {
                vec![BaseImageSource::Folder(format!(
                    "{}/{}/base_image",
                    layout::ACTORS,
                    self.actor
                ))]
            }
        }
    }

    /// Returns the pictures in the actor's folder `base_image/`, sorted by name.
    pub fn base_images(&self) -> &[ObjectKey] {
        &self.base_images
    }

    /// Returns the actor manifest, which every change of the set updates.
    ///
    /// # Errors
    /// [`DataError::ActorManifest`] if the actor manifest is missing or unusable.
    pub fn required_actor_manifest(&self) -> Result<&StoredActorManifest, DataError> {
        self.actor_manifest
            .as_ref()
            .map_err(|problem| DataError::ActorManifest {
                actor: self.actor.clone(),
                problem: problem.clone(),
            })
    }

    /// Checks that no JSON object in the manifests has the same key twice, because writing the
    /// manifest would lose one of the two values.
    ///
    /// # Errors
    /// [`DataError::Manifest`] with the repeated keys.
    pub fn refuse_repeated_keys(&self) -> Result<(), DataError> {
        let training = layout::training_manifest(&self.actor)?;
        let mut manifests = vec![(training, self.training.repeated_keys())];
        if let Ok(stored) = &self.actor_manifest {
            manifests.push((stored.key.clone(), stored.manifest.repeated_keys()));
        }
        for (key, repeated) in manifests {
            if !repeated.is_empty() {
                return Err(DataError::Manifest {
                    key: key.to_string(),
                    source: manifest::ManifestError::RepeatedKeys {
                        paths: repeated.to_vec(),
                    },
                });
            }
        }
        Ok(())
    }

    /// Returns all prompts that pictures of this actor were generated from, including pictures that
    /// were removed since.
    pub fn used_prompts(&self) -> BTreeSet<String> {
        self.training.used_prompts()
    }

    /// Returns the highest number at the end of any picture name that the training manifest, the
    /// folder and the actor manifest know; `None` if no name has a number.
    pub fn highest_number(&self) -> Option<u64> {
        let in_folder = self
            .pictures
            .iter()
            .filter_map(|picture| picture.name.trailing_number());
        let in_actor_manifest = self
            .actor_manifest
            .as_ref()
            .ok()
            .and_then(|stored| stored.manifest.highest_number());
        self.training
            .highest_number()
            .into_iter()
            .chain(in_folder)
            .chain(in_actor_manifest)
            .max()
    }
}
