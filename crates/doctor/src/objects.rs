//! What the buckets have of an actor: one listing for each folder that is its own, and a question for
//! each object elsewhere.

use crate::facts::Read;
use dataset::folder::DataReader;
use dataset::layout::is_picture_name;
use dataset::set::ActorSet;
use manifest::BaseImageSource;
use std::collections::{BTreeMap, BTreeSet};
use storage::{ObjectKey, ObjectRead, ObjectUrl, StoreError};
use tdbal_types::{ImageName, chain};

/// What the buckets say.
#[derive(Debug, Default)]
pub struct Objects {
    /// Of each picture that has an address; what could not be asked is left out.
    pub states: BTreeMap<ImageName, ObjectState>,
    /// Pictures in the actor's own folders that no manifest of its names: bucket and key, and the
    /// size in bytes.
    pub strangers: BTreeMap<(String, ObjectKey), u64>,
    /// What stood in the way, by bucket.
    pub problems: BTreeMap<String, String>,
}

/// What is known of a picture's object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectState {
    /// It is the local copy itself: the data is in the bucket.
    Own,
    /// It is there.
    There(There),
    /// It is not there.
    Absent,
    /// Its address makes no sense.
    BadAddress(String),
}

/// An object that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct There {
    pub url: ObjectUrl,
    pub size: u64,
    /// What was seen of its bytes, if they were read.
    pub read: Option<Read>,
}

/// Asks about all objects of a set. `hidden` are pictures in the hands of an unfinished run.
pub async fn ask(
    reader: &DataReader,
    set: &ActorSet,
    hidden: Option<&BTreeSet<ImageName>>,
) -> Objects {
    let mut objects = Objects::default();
    let mut folders: BTreeMap<(String, String), Vec<(ImageName, ObjectUrl)>> = BTreeMap::new();
    for picture in &set.pictures {
        let Some(text) = &picture.s3_url else {
            continue;
        };
        let url = match reader.parse_url(text) {
            Ok(url) => url,
            Err(error) => {
                let state = ObjectState::BadAddress(chain(&error));
                objects.states.insert(picture.name.clone(), state);
                continue;
            }
        };
        let is_own = picture
            .local
            .as_ref()
            .is_some_and(|local| reader.is_own(&url, &local.key));
        if is_own {
            objects
                .states
                .insert(picture.name.clone(), ObjectState::Own);
            continue;
        }
        let folder = folder_of(&url.key).to_owned();
        let place = folders.entry((url.bucket.clone(), folder)).or_default();
        place.push((picture.name.clone(), url));
    }
    let known = known(reader, set);
    for ((bucket, folder), pictures) in folders {
        if let Err(problem) = objects
            .ask_folder(reader, set, &folder, &pictures, &known, hidden)
            .await
        {
            objects.problems.insert(bucket, problem);
        }
    }
    objects
}

impl Objects {
    async fn ask_folder(
        &mut self,
        reader: &DataReader,
        set: &ActorSet,
        folder: &str,
        pictures: &[(ImageName, ObjectUrl)],
        known: &BTreeSet<(String, ObjectKey)>,
        hidden: Option<&BTreeSet<ImageName>>,
    ) -> Result<(), String> {
        let Some((_, first)) = pictures.first() else {
            return Ok(());
        };
        let bucket = reader.bucket(first).await.map_err(|error| chain(&error))?;
        let is_own = is_of_actor(folder, set);
        // Of a bucket that is not there every object is said not to be there: only a listing tells the
        // one from the other, if only of what is below one object, which is nothing.
        let prefix = if is_own { folder } else { first.key.as_str() };
        let listed = match bucket.list(prefix).await {
            Ok(listed) => Some(listed).filter(|_| is_own),
            // Who may read objects may not always list them.
            Err(StoreError::Denied { .. }) => None,
            Err(error) => return Err(chain(&error)),
        };
        let Some(listed) = listed else {
            return self.ask_each(bucket.as_ref(), pictures).await;
        };
        let sizes: BTreeMap<&ObjectKey, u64> =
            listed.iter().map(|meta| (&meta.key, meta.size)).collect();
        for (name, url) in pictures {
            let state = match sizes.get(&url.key) {
                Some(size) => ObjectState::There(There {
                    url: url.clone(),
                    size: *size,
                    read: None,
                }),
                None => ObjectState::Absent,
            };
            self.states.insert(name.clone(), state);
        }
        for meta in &listed {
            let file = meta.key.file_name();
            let is_hidden =
                hidden.is_some_and(|hidden| hidden.iter().any(|name| name.as_str() == file));
            let at = (first.bucket.clone(), meta.key.clone());
            if folder_of(&meta.key) == folder
                && is_picture_name(file)
                && !is_hidden
                && !known.contains(&at)
            {
                self.strangers.insert(at, meta.size);
            }
        }
        Ok(())
    }

    async fn ask_each(
        &mut self,
        bucket: &dyn ObjectRead,
        pictures: &[(ImageName, ObjectUrl)],
    ) -> Result<(), String> {
        for (name, url) in pictures {
            let state = match bucket.head(&url.key).await {
                Ok(meta) => ObjectState::There(There {
                    url: url.clone(),
                    size: meta.size,
                    read: None,
                }),
                Err(error) if error.is_not_found() => ObjectState::Absent,
                Err(error) => return Err(chain(&error)),
            };
            self.states.insert(name.clone(), state);
        }
        Ok(())
    }
}

/// The buckets that addresses of a set name, and the regions that they say of each.
pub fn name_buckets(
    reader: &DataReader,
    set: &ActorSet,
    buckets: &mut BTreeMap<String, BTreeSet<String>>,
) {
    let addresses = set
        .pictures
        .iter()
        .filter_map(|picture| picture.s3_url.as_deref());
    for url in addresses.filter_map(|text| reader.parse_url(text).ok()) {
        buckets.entry(url.bucket).or_default().extend(url.region);
    }
}

/// Whether a folder is only this actor's.
fn is_of_actor(folder: &str, set: &ActorSet) -> bool {
    let last = folder.rsplit('/').next().unwrap_or_default();
    last == set.actor.as_str() || last == set.actor.short_id()
}

fn folder_of(key: &ObjectKey) -> &str {
    key.as_str()
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder)
}

/// Every object that a manifest of the actor names.
fn known(reader: &DataReader, set: &ActorSet) -> BTreeSet<(String, ObjectKey)> {
    let own = set
        .pictures
        .iter()
        .filter_map(|picture| picture.s3_url.clone());
    let listed = set.actor_manifest.iter().flat_map(|stored| {
        let files = stored.manifest.training_data().unwrap_or_default();
        files.into_iter().filter_map(|file| file.s3_url)
    });
    let base = set
        .base_image_sources()
        .into_iter()
        .filter_map(|source| match source {
            BaseImageSource::Url(url) => Some(url),
            BaseImageSource::Key(_) | BaseImageSource::Folder(_) => None,
        });
    own.chain(listed)
        .chain(base)
        .filter_map(|text| reader.parse_url(&text).ok())
        .map(|url| (url.bucket, url.key))
        .collect()
}
