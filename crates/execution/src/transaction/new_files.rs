//! Names new pictures and writes them to their places.

use crate::data_folder::DataFolder;
use crate::error::ExecutionError;
use bytes::Bytes;
use dataset::destination::{Destination, ObjectDestination};
use dataset::error::DataError;
use dataset::set::ActorSet;
use dataset::{DataReader, layout};
use journal::run::state::NewFile;
use std::sync::Arc;
use storage::place::{NewPlace, Place, PlaceStore};
use storage::{
    Condition, Object, ObjectKey, ObjectRead as _, ObjectStore, PutMode, StoreError, Version,
    sha256,
};
use tdbal_types::{ActorId, ImageName};

/// A name that was never used, and the places of its files.
#[derive(Debug, Clone)]
pub struct NewName {
    /// The file name: `{actor}_{number}.jpg`.
    pub name: ImageName,
    /// The number in the name.
    pub number: u64,
    /// The places to write: the folder, then the bucket if the actor has objects.
    pub at: Vec<NewPlace>,
    /// The address of the object, as the manifest will have it.
    pub s3_url: Option<String>,
}

/// Hands out names for new pictures; none was ever used before.
pub struct Namer<'a> {
    reader: DataReader,
    actor: &'a ActorId,
    destination: Option<Destination>,
    next: u64,
}

impl<'a> Namer<'a> {
    /// Starts with the first number above all that the actor ever used: in its manifests, its folder,
    /// the trash, the folder of its objects, and `used`.
    ///
    /// # Errors
    /// If the trash or the bucket cannot be listed: a used name could be handed out.
    pub async fn new(
        data: &'a DataFolder,
        set: &'a ActorSet,
        settings: Option<&ObjectDestination>,
        used: Option<u64>,
    ) -> Result<Self, ExecutionError> {
        let in_trash = [
            format!("/{}/", layout::training_folder(&set.actor)),
            format!("/rejected/{}/", set.actor),
        ];
        let trash = data.store.list(layout::TRASH).await?;
        let mut highest = trash
            .iter()
            .filter(|meta| {
                let key = meta.key.as_str();
                in_trash.iter().any(|folder| key.contains(folder))
            })
            .filter_map(|meta| number_of(&meta.key))
            .chain(set.highest_number())
            .chain(used)
            .max();
        let reader = data.reader();
        let destination = Destination::of(&reader, set, settings);
        if let Some(destination) = &destination {
            let probe = destination.url(&ImageName::new("probe").map_err(internal)?)?;
            let store = data.bucket(&probe).await?;
            let own = |key: &ObjectKey| key.file_name().starts_with(set.actor.as_str());
            let listed = store.list(destination.prefix.trim_matches('/')).await?;
            let there = listed.iter().filter(|meta| own(&meta.key));
            highest = there
                .filter_map(|meta| number_of(&meta.key))
                .chain(highest)
                .max();
        }
        let next = highest.map_or(0, |highest| highest.saturating_add(1));
        Ok(Self {
            reader,
            actor: &set.actor,
            destination,
            next,
        })
    }

    /// Returns the next name with the places of its files: the folder and, if the actor has objects,
    /// the bucket. A name is handed out only once.
    ///
    /// # Errors
    /// If the name or one of its keys is invalid.
    pub fn next_name(&mut self) -> Result<NewName, ExecutionError> {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        let name = ImageName::new(format!("{}_{number}.jpg", self.actor)).map_err(internal)?;
        let key = layout::picture(self.actor, &name)?;
        let mut at = vec![NewPlace {
            store: PlaceStore::Data,
            key: key.clone(),
        }];
        let mut s3_url = None;
        if let Some(destination) = &self.destination {
            let url = destination.url(&name)?;
            s3_url = Some(destination.address(&url, &self.reader));
            if !self.reader.is_own(&url, &key) {
                at.push(NewPlace {
                    store: PlaceStore::Bucket {
                        name: url.bucket,
                        region: url.region,
                    },
                    key: url.key,
                });
            }
        }
        Ok(NewName {
            name,
            number,
            at,
            s3_url,
        })
    }
}

/// Creates a picture at all its places, without overwriting anything. If one place is taken by other
/// bytes, deletes the files written so far and returns `None`. The same bytes at a place are a file
/// that an attempt before a crash wrote, and count as written.
///
/// # Errors
/// If a file cannot be written. Files written so far stay, and the next attempt finds them.
pub async fn create(
    data: &DataFolder,
    at: &[NewPlace],
    bytes: &Bytes,
) -> Result<Option<Vec<Place>>, DataError> {
    let mut places: Vec<Place> = Vec::new();
    for new in at {
        let store = data.open(&new.store).await?;
        let version = match store.put(&new.key, bytes.clone(), PutMode::Create).await {
            Ok(version) => Some(version),
            Err(error) if error.is_conflict() => own_version(&store, &new.key, bytes).await?,
            Err(error) => return Err(error.into()),
        };
        let Some(version) = version else {
            // Only the versions written here: someone may have replaced a file since.
            for place in &places {
                let store = data.open(&place.store).await?;
                let condition = Condition::IfVersion(place.version.clone());
                store.delete(&place.key, condition).await?;
            }
            return Ok(None);
        };
        places.push(Place {
            store: new.store.clone(),
            key: new.key.clone(),
            version,
        });
    }
    Ok(Some(places))
}

/// Returns the places of a new picture that still hold its bytes, the bucket first.
///
/// # Errors
/// If a place cannot be read.
pub async fn own_places(data: &DataFolder, file: &NewFile) -> Result<Vec<Place>, DataError> {
    let mut places = Vec::new();
    for at in &file.at {
        let store = data.open(&at.store).await?;
        if let Some(object) = own(&store, &at.key, file).await? {
            places.push(Place {
                store: at.store.clone(),
                key: at.key.clone(),
                version: object.version,
            });
        }
    }
    // The object before the local copy: after a crash in between, the folder still shows the picture.
    places.reverse();
    Ok(places)
}

/// Returns the bytes of a new picture from the first place that still holds them; `None` if none does.
///
/// # Errors
/// If a place cannot be read.
pub async fn own_bytes(data: &DataFolder, file: &NewFile) -> Result<Option<Bytes>, DataError> {
    for at in &file.at {
        let store = data.open(&at.store).await?;
        if let Some(object) = own(&store, &at.key, file).await? {
            return Ok(Some(object.bytes));
        }
    }
    Ok(None)
}

/// The file at a key, if it still has the bytes of the new picture.
async fn own(
    store: &Arc<dyn ObjectStore>,
    key: &ObjectKey,
    file: &NewFile,
) -> Result<Option<Object>, StoreError> {
    match store.get(key, file.size).await {
        Ok(object) => Ok((sha256(&object.bytes) == file.sha256).then_some(object)),
        Err(StoreError::TooLarge { .. }) => Ok(None),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The version of the file at a key, if it has these bytes.
async fn own_version(
    store: &Arc<dyn ObjectStore>,
    key: &ObjectKey,
    bytes: &Bytes,
) -> Result<Option<Version>, StoreError> {
    match store.get(key, bytes.len() as u64).await {
        Ok(object) => Ok((object.bytes == *bytes).then_some(object.version)),
        Err(StoreError::TooLarge { .. }) => Ok(None),
        // Deleted since the conflict. The caller tries the next name.
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn internal(error: tdbal_types::ImageNameError) -> ExecutionError {
    ExecutionError::internal(error.to_string())
}

fn number_of(key: &ObjectKey) -> Option<u64> {
    ImageName::new(key.file_name()).ok()?.trailing_number()
}
