//! Moves pictures to the trash and back: copies, verifies the copy, and only then deletes. Every step
//! can be repeated after a crash.

use crate::data_folder::DataFolder;
use crate::error::ExecutionError;
use crate::transaction::scope::ActorScope;
use dataset::error::DataError;
use dataset::layout;
use dataset::layout::found;
use dataset::set::ActorSet;
use journal::run::record::Leaving;
use journal::run::state::NewFile;
use results::audit::{AuditAction, Entry};
use run_plan::plan::PlannedChange;
use std::collections::BTreeSet;
use std::sync::Arc;
use storage::place::{Place, PlaceStore, Trashed};
use storage::{Condition, ObjectKey, ObjectRead as _, ObjectStore, StoreError, Version};
use tdbal_types::{Digest, ImageName};

/// Why a picture could not be moved to the trash or restored.
#[derive(Debug, thiserror::Error)]
pub enum RemovalError {
    /// A store cannot be read or written.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The file in the trash has other content than the picture.
    #[error("{key} in the trash is not a copy of the picture; nothing was deleted")]
    BadCopy {
        /// The key in the trash.
        key: ObjectKey,
    },
    /// The place of the picture is taken.
    #[error("{key} now holds something else; nothing was written there")]
    Occupied {
        /// The key.
        key: ObjectKey,
    },
    /// A deletion failed, and files that were deleted before it could not be restored.
    #[error(
        "one of its files could not be deleted, and those deleted before could not be restored \
         ({problem}); copies are in the trash"
    )]
    NotPutBack {
        /// Why the files could not be restored.
        problem: String,
    },
}

impl From<StoreError> for RemovalError {
    fn from(error: StoreError) -> Self {
        Self::Data(error.into())
    }
}

/// Finds all files and objects of the pictures to remove, before anything is touched. An object that is
/// shared with a picture that stays is left out.
///
/// # Errors
/// When an address is invalid, a store cannot be read, or a picture and its object differ.
pub async fn find_places(
    data: &DataFolder,
    set: &ActorSet,
    assessed: &PlannedChange,
    remove: &BTreeSet<ImageName>,
    limit: u64,
) -> Result<Vec<Leaving>, ExecutionError> {
    let reader = data.reader();
    let mut leaving = Vec::new();
    let mut taken = BTreeSet::new();
    for picture in set
        .pictures
        .iter()
        .filter(|picture| remove.contains(&picture.name))
    {
        let Some(seen) = assessed.picture(&picture.name) else {
            return Err(ExecutionError::internal(format!(
                "{} is in the plan but was not evaluated",
                picture.name
            )));
        };
        let mut places = Vec::new();
        if let Some(text) = &picture.s3_url {
            let url = data.parse_url(text)?;
            let shared = set
                .pictures
                .iter()
                .filter(|other| !remove.contains(&other.name))
                .filter_map(|other| data.parse_url(other.s3_url.as_deref()?).ok())
                .any(|other| other.bucket == url.bucket && other.key == url.key);
            let own = picture
                .local
                .as_ref()
                .is_some_and(|local| reader.is_own(&url, &local.key));
            if !shared && !own && taken.insert((url.bucket.clone(), url.key.clone())) {
                let bucket = data.bucket(&url).await?;
                // The object is read, not only looked up: what was judged may be a local copy that
                // is damaged while the object is whole.
                if let Some(object) = found(bucket.get(&url.key, limit).await)? {
                    if storage::sha256(&object.bytes) != seen.sha256 {
                        let file = picture.name.clone();
                        return Err(ExecutionError::CopiesDiffer { file });
                    }
                    places.push(Place {
                        store: PlaceStore::Bucket {
                            name: url.bucket,
                            region: url.region,
                        },
                        key: url.key,
                        version: object.version,
                    });
                }
            }
        }
        if let Some(local) = &picture.local {
            let version = data.store.head(&local.key).await?.version;
            places.extend(version.map(|version| Place {
                store: PlaceStore::Data,
                key: local.key.clone(),
                version,
            }));
        }
        leaving.push(Leaving {
            name: picture.name.clone(),
            sha256: seen.sha256,
            places,
        });
    }
    Ok(leaving)
}

/// Moves pictures of one actor between the set and the trash of one run.
#[derive(Clone, Copy)]
pub struct TrashMover<'a> {
    /// The actor, the run and the data.
    pub scope: &'a ActorScope<'a>,
    /// The largest picture that is moved, in bytes.
    pub limit: u64,
}

impl TrashMover<'_> {
    /// Moves a picture to `trash/{run}/` of each store that it is in. Nothing is deleted before all copies
    /// are made and verified. If a deletion fails, the files deleted before it are restored.
    ///
    /// # Errors
    /// When a copy or a deletion fails; only after [`RemovalError::NotPutBack`] are files missing.
    pub async fn trash(&self, picture: &Leaving) -> Result<Vec<Trashed>, RemovalError> {
        self.move_away(picture, |key| layout::trash(self.scope.run, key))
            .await
    }

    /// Moves a picture that was generated and rejected to the trash.
    ///
    /// # Errors
    /// As [`trash`](Self::trash).
    pub async fn quarantine(&self, picture: &Leaving) -> Result<Vec<Trashed>, RemovalError> {
        let key = layout::rejected(self.scope.run, self.scope.actor, picture.name.as_str());
        let key = key.map_err(DataError::from)?;
        self.move_away(picture, |_| key.clone()).await
    }

    /// Places from which an attempt that died already moved a rejected picture.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub async fn half_rejected(&self, file: &NewFile) -> Result<Vec<Place>, RemovalError> {
        let trash = layout::rejected(self.scope.run, self.scope.actor, file.name.as_str());
        let trash = trash.map_err(DataError::from)?;
        let mut places = Vec::new();
        for at in file.at.iter().rev() {
            let store = self.scope.executor.data.open(&at.store).await?;
            if found(store.head(&at.key).await)?.is_some() {
                continue;
            }
            let copy = found(store.get(&trash, self.limit).await)?;
            let own = copy.filter(|copy| storage::sha256(&copy.bytes) == file.sha256);
            places.extend(own.map(|copy| Place {
                store: at.store.clone(),
                key: at.key.clone(),
                version: copy.version,
            }));
        }
        Ok(places)
    }

    async fn move_away(
        &self,
        picture: &Leaving,
        trash_of: impl Fn(&ObjectKey) -> ObjectKey,
    ) -> Result<Vec<Trashed>, RemovalError> {
        let mut copied = Vec::new();
        let mut trashed: Vec<Trashed> = Vec::new();
        for place in &picture.places {
            let to = trash_of(&place.key);
            if to == place.key {
                // It was stored directly in the trash.
                trashed.push(Trashed {
                    place: place.clone(),
                    trash: to,
                    marker: None,
                });
                continue;
            }
            let store = self.scope.executor.data.open(&place.store).await?;
            let result = self.copy(&store, place, &to, &picture.sha256).await;
            let entry = Entry::new(AuditAction::Trash, format!("copied to {to}"))
                .file(&picture.name, Some(picture.sha256))
                .object(place)
                .outcome(&result);
            self.scope.audit().record(entry).await;
            if result? {
                copied.push((store, to, place));
            }
        }
        for (store, trash, place) in copied {
            let condition = Condition::IfVersion(place.version.clone());
            let deleted = store.delete(&place.key, condition).await;
            let entry = Entry::new(AuditAction::Delete, "its copy is in the trash")
                .file(&picture.name, Some(picture.sha256))
                .object(place)
                .outcome(&deleted);
            self.scope.audit().record(entry).await;
            match deleted {
                Ok(deleted) => trashed.push(Trashed {
                    place: place.clone(),
                    trash,
                    marker: deleted.marker,
                }),
                Err(error) => {
                    // It may be deleted nevertheless: a response can get lost.
                    trashed.push(Trashed {
                        place: place.clone(),
                        trash,
                        marker: None,
                    });
                    let back = self.restore(&picture.name, &picture.sha256, &trashed).await;
                    back.map_err(|problem| RemovalError::NotPutBack {
                        problem: tdbal_types::chain(&problem),
                    })?;
                    return Err(error.into());
                }
            }
        }
        Ok(trashed)
    }

    /// Copies and verifies the copy. Returns `false` if there is nothing to copy, because someone else
    /// deleted the file.
    async fn copy(
        &self,
        store: &Arc<dyn ObjectStore>,
        place: &Place,
        to: &ObjectKey,
        sha256: &Digest,
    ) -> Result<bool, RemovalError> {
        let bad = || RemovalError::BadCopy { key: to.clone() };
        match store.copy(&place.key, to).await {
            Ok(version) if version == place.version => Ok(true),
            // Some servers give a copy another version: then only the bytes can be compared.
            Ok(_) | Err(StoreError::AlreadyExists { .. }) => {
                let copy = store.get(to, self.limit).await?;
                (storage::sha256(&copy.bytes) == *sha256)
                    .then_some(true)
                    .ok_or_else(bad)
            }
            Err(error) if error.is_not_found() => match found(store.get(to, self.limit).await)? {
                Some(copy) if storage::sha256(&copy.bytes) == *sha256 => Ok(true),
                Some(_) => Err(bad()),
                None => Ok(false),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Restores a picture to where it was: removes the delete marker if there is one, else copies the
    /// picture from the trash. A file that is there already and is the picture stays.
    ///
    /// # Errors
    /// When something else is there by now, or the copy in the trash is missing or damaged.
    pub async fn restore(
        &self,
        name: &ImageName,
        sha256: &Digest,
        trashed: &[Trashed],
    ) -> Result<Vec<Place>, RemovalError> {
        let mut places = Vec::new();
        for from in trashed {
            let store = self.scope.executor.data.open(&from.place.store).await?;
            let back = self.restore_file(&store, from, sha256).await;
            let entry = Entry::new(AuditAction::Restore, format!("from {}", from.trash))
                .file(name, Some(*sha256))
                .object(&from.place)
                .outcome(&back);
            self.scope.audit().record(entry).await;
            places.push(Place {
                version: back?,
                ..from.place.clone()
            });
        }
        Ok(places)
    }

    async fn restore_file(
        &self,
        store: &Arc<dyn ObjectStore>,
        from: &Trashed,
        sha256: &Digest,
    ) -> Result<Version, RemovalError> {
        let key = &from.place.key;
        let occupied = || RemovalError::Occupied { key: key.clone() };
        let is_it = |bytes: &[u8]| storage::sha256(bytes) == *sha256;
        if let Some(there) = found(store.get(key, self.limit).await)? {
            return is_it(&there.bytes)
                .then_some(there.version)
                .ok_or_else(occupied);
        }
        if let Some(marker) = &from.marker
            && store.undelete(key, marker).await.is_ok()
        {
            let there = store.get(key, self.limit).await?;
            return is_it(&there.bytes)
                .then_some(there.version)
                .ok_or_else(occupied);
        }
        let copy = store.get(&from.trash, self.limit).await?;
        if !is_it(&copy.bytes) {
            return Err(RemovalError::BadCopy {
                key: from.trash.clone(),
            });
        }
        match store.copy(&from.trash, key).await {
            Ok(version) => Ok(version),
            Err(StoreError::AlreadyExists { .. }) => {
                let there = store.get(key, self.limit).await?;
                is_it(&there.bytes)
                    .then_some(there.version)
                    .ok_or_else(occupied)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Copies the manifests as they are into the trash of the run, beside the pictures whose entries they
/// hold. They are for people: an undo restores manifests from the journal.
///
/// # Errors
/// When they cannot be written; nothing was removed yet.
pub async fn keep_manifests(scope: &ActorScope<'_>, set: &ActorSet) -> Result<(), DataError> {
    let data = &scope.executor.data;
    let mut keys = vec![layout::training_manifest(&set.actor)?];
    keys.extend(set.actor_manifest.iter().map(|stored| stored.key.clone()));
    for key in keys {
        let stored = data.store.get(&key, layout::MANIFEST_LIMIT).await;
        if let Some(stored) = found(stored)? {
            let to = layout::trash(scope.run, &key);
            data.store
                .put(&to, stored.bytes, storage::PutMode::Overwrite)
                .await?;
        }
    }
    Ok(())
}
