//! Which objects of an actor exist. Folders of buckets that belong to the actor alone are listed;
//! objects elsewhere are asked for one by one.

use crate::read::Read;
use dataset::folder::DataReader;
use dataset::layout::is_picture_name;
use dataset::set::ActorSet;
use manifest::BaseImageSource;
use std::collections::{BTreeMap, BTreeSet};
use storage::{ObjectKey, ObjectRead, ObjectUrl, StoreError};
use tdbal_types::{ImageName, chain};

/// The objects of one actor.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    /// The objects of the pictures with an address. Pictures whose bucket did not answer are left
    /// out.
    pub(crate) states: BTreeMap<ImageName, ObjectState>,
    /// Sizes in bytes, by bucket and key, of the pictures in the actor's own folders that its
    /// manifests do not name.
    pub(crate) strangers: BTreeMap<(String, ObjectKey), u64>,
    /// The error of each bucket that did not answer.
    pub(crate) problems: BTreeMap<String, String>,
}

/// The state of a picture's object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ObjectState {
    /// The object is the local copy itself: the data folder is in the bucket.
    Own,
    /// The object exists.
    Present(PresentObject),
    /// The object does not exist.
    Absent,
    /// The address cannot be parsed; the text says why.
    BadAddress(String),
}

/// An object that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PresentObject {
    pub(crate) url: ObjectUrl,
    /// Size in bytes.
    pub(crate) size: u64,
    /// What its bytes are, if they were read.
    pub(crate) read: Option<Read>,
}

/// Looks up all objects of a set. `hidden` are pictures that an unfinished run is working on.
pub(crate) async fn look_up(
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
            .look_up_folder(reader, set, &folder, &pictures, &known, hidden)
            .await
        {
            objects.problems.insert(bucket, problem);
        }
    }
    objects
}

impl Objects {
    async fn look_up_folder(
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
        // A bucket that does not exist answers "not found" for every object. Only a listing tells the
        // difference, even one below a single object's key, which is always empty.
        let prefix = if is_own { folder } else { first.key.as_str() };
        let listed = match bucket.list(prefix).await {
            Ok(listed) => Some(listed).filter(|_| is_own),
            // The permission to read objects does not include listing them.
            Err(StoreError::Denied { .. }) => None,
            Err(error) => return Err(chain(&error)),
        };
        let Some(listed) = listed else {
            return self.look_up_each(bucket.as_ref(), pictures).await;
        };
        let sizes: BTreeMap<&ObjectKey, u64> =
            listed.iter().map(|meta| (&meta.key, meta.size)).collect();
        for (name, url) in pictures {
            let state = match sizes.get(&url.key) {
                Some(size) => ObjectState::Present(PresentObject {
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

    async fn look_up_each(
        &mut self,
        bucket: &dyn ObjectRead,
        pictures: &[(ImageName, ObjectUrl)],
    ) -> Result<(), String> {
        for (name, url) in pictures {
            let state = match bucket.head(&url.key).await {
                Ok(meta) => ObjectState::Present(PresentObject {
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

/// Adds the buckets that the addresses of a set name, with their regions.
pub(crate) fn add_buckets(
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

/// Whether a folder belongs to this actor alone, by its name.
fn is_of_actor(folder: &str, set: &ActorSet) -> bool {
    let last = folder.rsplit('/').next().unwrap_or_default();
    last == set.actor.as_str() || last == set.actor.short_id()
}

fn folder_of(key: &ObjectKey) -> &str {
    key.as_str()
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder)
}

/// Every object that the actor's manifests name.
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
