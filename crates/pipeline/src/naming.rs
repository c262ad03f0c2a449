//! Names and places of new pictures.

use crate::data::DataFolder;
use crate::error::{ActorError, DataError};
use crate::generate::Candidate;
use crate::layout;
use crate::set::ActorSet;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use storage::{
    Condition, ObjectKey, ObjectRead as _, ObjectStore, ObjectUrl, PutMode, StoreError, Version,
};
use tdbal_types::{ActorId, ImageName};

/// How many taken names are passed over before something else must be wrong.
const MOST_TAKEN: u64 = 10_000;

/// Where new objects go for an actor that has none, from the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectDestination {
    /// The bucket.
    pub bucket: String,
    /// Its region, where it is known.
    pub region: Option<String>,
    /// The prefix of the keys; `{actor}` stands for the actor's name.
    pub prefix: String,
}

/// Where the new objects of one actor go, and how their addresses are written.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    bucket: String,
    region: Option<String>,
    prefix: String,
    form: Form,
}

/// The forms of addresses; new ones look like those that the actor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    S3,
    Amazon,
    Endpoint,
}

impl Destination {
    /// Where most objects of the actor are; else what the settings say; else nowhere.
    pub(crate) fn of(
        data: &DataFolder,
        set: &ActorSet,
        settings: Option<&ObjectDestination>,
    ) -> Option<Self> {
        let mut places: BTreeMap<(String, String), (usize, Option<String>, Form)> = BTreeMap::new();
        for text in set
            .pictures
            .iter()
            .filter_map(|picture| picture.s3_url.as_deref())
        {
            let Ok(url) = data.parse_url(text) else {
                continue;
            };
            let prefix = url
                .key
                .as_str()
                .rsplit_once('/')
                .map_or("", |(prefix, _)| prefix);
            let form = Form::of(text);
            let place = places
                .entry((url.bucket.clone(), prefix.to_owned()))
                .or_insert((0, url.region.clone(), form));
            place.0 += 1;
        }
        // The most objects; among equals the first by name, which `max_by_key` meets last.
        let most = places
            .into_iter()
            .rev()
            .max_by_key(|(_, (count, _, _))| *count);
        if let Some(((bucket, prefix), (_, region, form))) = most {
            return Some(Self {
                bucket,
                region,
                prefix,
                form,
            });
        }
        settings.map(|settings| Self {
            bucket: settings.bucket.clone(),
            region: settings.region.clone(),
            prefix: settings.prefix.replace("{actor}", set.actor.as_str()),
            form: if data.endpoints.is_empty() {
                Form::Amazon
            } else {
                Form::Endpoint
            },
        })
    }

    fn url(&self, name: &ImageName) -> Result<ObjectUrl, DataError> {
        let prefix = self.prefix.trim_matches('/');
        let key = ObjectKey::foreign(name.as_str())?.under(prefix);
        Ok(ObjectUrl {
            bucket: self.bucket.clone(),
            region: self.region.clone(),
            key,
        })
    }

    fn address(&self, url: &ObjectUrl, data: &DataFolder) -> String {
        match (self.form, data.endpoints.first()) {
            (Form::S3, _) => url.to_s3(),
            (Form::Endpoint, Some(endpoint)) => url.to_https_at(endpoint),
            _ => url.to_https(),
        }
    }
}

impl Form {
    fn of(text: &str) -> Self {
        if text.starts_with("s3://") {
            Self::S3
        } else if text.contains("amazonaws.com") {
            Self::Amazon
        } else {
            Self::Endpoint
        }
    }
}

/// A picture that was stored under its new name.
#[derive(Debug)]
pub(crate) struct StoredPicture {
    pub(crate) name: ImageName,
    pub(crate) number: u64,
    pub(crate) s3_url: Option<String>,
    pub(crate) candidate: Candidate,
    /// Where it was written.
    pub(crate) places: Vec<WrittenPlace>,
}

/// A file or object that was just created.
#[derive(Debug)]
pub(crate) struct WrittenPlace {
    store: Arc<dyn ObjectStore>,
    key: ObjectKey,
    version: Version,
}

impl WrittenPlace {
    /// Deletes it, if it is still what was written.
    pub(crate) async fn delete(&self) -> Result<(), StoreError> {
        let condition = Condition::IfVersion(self.version.clone());
        self.store.delete(&self.key, condition).await?;
        Ok(())
    }
}

impl fmt::Display for WrittenPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.store, self.key)
    }
}

/// Gives new pictures names that were never used and stores them, created only where nothing is.
pub(crate) struct Namer<'a> {
    data: &'a DataFolder,
    actor: &'a ActorId,
    destination: Option<(Destination, Arc<dyn ObjectStore>)>,
    next: u64,
}

impl<'a> Namer<'a> {
    /// Finds the first number above every one that the actor ever used: in its manifests, its
    /// folder, the trash, and the place where its objects are.
    ///
    /// # Errors
    /// When a place cannot be listed or the bucket cannot be reached: better no name than a wrong
    /// one.
    pub(crate) async fn new(
        data: &'a DataFolder,
        set: &'a ActorSet,
        settings: Option<&ObjectDestination>,
    ) -> Result<Self, ActorError> {
        let in_trash = format!("/{}/", layout::training_folder(&set.actor));
        let trash = data.store.list(layout::TRASH).await?;
        let mut highest = trash
            .iter()
            .filter(|meta| meta.key.as_str().contains(&in_trash))
            .filter_map(|meta| number_of(&meta.key))
            .chain(set.highest_number())
            .max();
        let destination = match Destination::of(data, set, settings) {
            None => None,
            Some(destination) => {
                let probe = destination.url(&ImageName::new("probe").map_err(internal)?)?;
                let store = data.bucket(&probe).await?;
                let own = |key: &ObjectKey| key.file_name().starts_with(set.actor.as_str());
                let listed = store.list(destination.prefix.trim_matches('/')).await?;
                let there = listed.iter().filter(|meta| own(&meta.key));
                highest = there
                    .filter_map(|meta| number_of(&meta.key))
                    .chain(highest)
                    .max();
                Some((destination, store))
            }
        };
        let next = highest.map_or(0, |highest| highest.saturating_add(1));
        Ok(Self {
            data,
            actor: &set.actor,
            destination,
            next,
        })
    }

    /// Stores a picture in the folder and, where the actor has objects, in the bucket.
    ///
    /// # Errors
    /// When it cannot be stored in both places; what was written of it is taken back.
    pub(crate) async fn store(
        &mut self,
        candidate: &Candidate,
    ) -> Result<StoredPicture, ActorError> {
        for _ in 0..MOST_TAKEN {
            let number = self.next;
            self.next = self.next.saturating_add(1);
            let name = ImageName::new(format!("{}_{number}.jpg", self.actor)).map_err(internal)?;
            let key = layout::picture(self.actor, &name)?;
            let Some(local) = create(&self.data.store, &key, candidate).await? else {
                continue;
            };
            let mut picture = StoredPicture {
                name,
                number,
                s3_url: None,
                candidate: candidate.clone(),
                places: vec![local],
            };
            let Some((destination, store)) = &self.destination else {
                return Ok(picture);
            };
            let url = destination.url(&picture.name)?;
            picture.s3_url = Some(destination.address(&url, self.data));
            if self.data.is_own(&url, &key) {
                return Ok(picture);
            }
            let created = create(store, &url.key, candidate).await;
            if let Ok(Some(object)) = created {
                picture.places.push(object);
                return Ok(picture);
            }
            for place in &picture.places {
                place.delete().await?;
            }
            created?;
        }
        Err(ActorError::Internal(format!(
            "no free name was found for a picture of {}",
            self.actor
        )))
    }
}

/// Writes a picture where nothing is; nothing if something is there.
async fn create(
    store: &Arc<dyn ObjectStore>,
    key: &ObjectKey,
    candidate: &Candidate,
) -> Result<Option<WrittenPlace>, StoreError> {
    match store
        .put(key, candidate.jpeg.clone(), PutMode::Create)
        .await
    {
        Ok(version) => Ok(Some(WrittenPlace {
            store: store.clone(),
            key: key.clone(),
            version,
        })),
        Err(error) if error.is_conflict() => Ok(None),
        Err(error) => Err(error),
    }
}

fn internal(error: tdbal_types::ImageNameError) -> ActorError {
    ActorError::Internal(error.to_string())
}

fn number_of(key: &ObjectKey) -> Option<u64> {
    ImageName::new(key.file_name()).ok()?.trailing_number()
}
