//! Moves pictures to the trash: copies, verifies, and only then deletes.

use crate::audit::{AuditAction, Entry, Trail};
use crate::data::DataFolder;
use crate::error::{ActorError, DataError};
use crate::layout;
use crate::look::Seen;
use crate::set::{ActorSet, found};
use std::collections::BTreeSet;
use std::sync::Arc;
use storage::{Condition, ObjectKey, ObjectStore, StoreError, Version};
use tdbal_types::{Digest, ImageName, RunId};

/// A picture that is to go, with everything that goes with it.
pub(crate) struct Doomed {
    pub(crate) name: ImageName,
    sha256: Digest,
    /// The object first, so that a picture is only gone from the folder when it is gone elsewhere.
    places: Vec<Place>,
}

/// One file or object of a picture.
struct Place {
    store: Arc<dyn ObjectStore>,
    key: ObjectKey,
    version: Version,
}

/// Why a picture did not go.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RemovalError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the copy of {key} in the trash is not what was copied; nothing was deleted")]
    BadCopy { key: ObjectKey },
}

/// Finds all files and objects of the pictures that are to go, before anything is touched. An object
/// that a picture that stays shares is left where it is.
///
/// # Errors
/// When an address cannot be used or a store cannot be asked.
pub(crate) async fn find_places(
    data: &DataFolder,
    set: &ActorSet,
    seen: &[Seen],
    remove: &BTreeSet<ImageName>,
    limit: u64,
) -> Result<Vec<Doomed>, ActorError> {
    let mut doomed = Vec::new();
    let mut taken = BTreeSet::new();
    for picture in set
        .pictures
        .iter()
        .filter(|picture| remove.contains(&picture.name))
    {
        let Some(sight) = seen.iter().find(|sight| sight.name == picture.name) else {
            return Err(ActorError::Internal(format!(
                "{} was planned for unseen",
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
                .is_some_and(|local| data.is_own(&url, &local.key));
            if !shared && !own && taken.insert((url.bucket.clone(), url.key.clone())) {
                let store = data.bucket(&url).await?;
                // The object is read, not only looked up: what was judged may be a local copy that
                // is damaged while the object is whole.
                if let Some(object) = found(store.get(&url.key, limit).await)? {
                    if storage::sha256(&object.bytes) != sight.sha256 {
                        let file = picture.name.clone();
                        return Err(ActorError::CopiesDiffer { file });
                    }
                    places.push(Place {
                        store,
                        key: url.key,
                        version: object.version,
                    });
                }
            }
        }
        if let (Some(local), Some(version)) = (&picture.local, &sight.version) {
            let (store, key) = (data.store.clone(), local.key.clone());
            places.push(Place {
                store,
                key,
                version: version.clone(),
            });
        }
        doomed.push(Doomed {
            name: picture.name.clone(),
            sha256: sight.sha256,
            places,
        });
    }
    Ok(doomed)
}

impl Doomed {
    /// Moves the picture to `trash/{run}/` of each store that it is in. Nothing is deleted anywhere
    /// before all copies are made and verified.
    pub(crate) async fn move_to_trash(
        &self,
        run: &RunId,
        trail: &Trail<'_>,
        limit: u64,
    ) -> Result<(), RemovalError> {
        for place in &self.places {
            let to = layout::trash(run, &place.key);
            let copied = place.copy(&to, limit).await;
            let entry = Entry::new(AuditAction::Trash, format!("copied to {to}"))
                .file(&self.name, Some(self.sha256))
                .object(format!("{}/{}", place.store, place.key))
                .outcome(&copied);
            trail.tell(entry).await;
            copied?;
        }
        for place in &self.places {
            let condition = Condition::IfVersion(place.version.clone());
            let deleted = place.store.delete(&place.key, condition).await;
            let entry = Entry::new(AuditAction::Delete, "its copy is in the trash")
                .file(&self.name, Some(self.sha256))
                .object(format!("{}/{}", place.store, place.key))
                .outcome(&deleted);
            trail.tell(entry).await;
            deleted?;
        }
        Ok(())
    }
}

impl Place {
    async fn copy(&self, to: &ObjectKey, limit: u64) -> Result<(), RemovalError> {
        let copy = self.store.copy(&self.key, to).await?;
        if copy == self.version {
            return Ok(());
        }
        // Some servers give a copy another version: then only its bytes can tell.
        let original = self.store.get(&self.key, limit).await?;
        let copied = self.store.get(to, limit).await?;
        if original.version == self.version && original.bytes == copied.bytes {
            Ok(())
        } else {
            Err(RemovalError::BadCopy {
                key: self.key.clone(),
            })
        }
    }
}

/// Writes the manifests as they were into the trash of the run, beside the pictures whose entries
/// they hold.
///
/// # Errors
/// When they cannot be written; then nothing was removed yet.
pub(crate) async fn keep_manifests(
    data: &DataFolder,
    set: &ActorSet,
    run: &RunId,
) -> Result<(), DataError> {
    let training = layout::training_manifest(&set.actor)?;
    let mut keep = vec![(training, set.training.to_bytes())];
    if let Ok(stored) = &set.actor_manifest {
        keep.push((stored.key.clone(), stored.manifest.to_bytes()));
    }
    for (key, bytes) in keep {
        let to = layout::trash(run, &key);
        data.store
            .put(&to, bytes.into(), storage::PutMode::Overwrite)
            .await?;
    }
    Ok(())
}
