//! Read access to data in a folder on this machine, without a bucket.

use async_trait::async_trait;
use dataset::{DataReader, layout};
use journal::FolderJournals;
use std::path::Path;
use std::sync::Arc;
use storage::{
    LocalStore, ObjectRead, ObjectReaders, ObjectStore, ObjectStores, ReadOnly, StoreError,
};

/// Read access to the data in `folder`, the folder that holds `actors/` and `actor_manifests/`.
/// Nothing that has only this can change a file.
///
/// No bucket can be opened: a picture that exists only as an object cannot be read. The folder need
/// not exist; a missing one has no actors.
pub fn local_data(folder: impl AsRef<Path>) -> DataReader {
    let folder = folder.as_ref();
    DataReader::new(
        Arc::new(ReadOnly::new(Arc::new(LocalStore::new(folder)))),
        Arc::new(NoBuckets),
        Arc::new(FolderJournals::new(folder.join(layout::STATE))),
    )
}

/// Buckets for data that is all in a folder: opening one fails with [`StoreError::Unavailable`].
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBuckets;

impl NoBuckets {
    fn refuse(bucket: &str) -> StoreError {
        StoreError::Unavailable {
            store: format!("s3://{bucket}"),
            problem: "this program opens no buckets".to_owned(),
        }
    }
}

#[async_trait]
impl ObjectReaders for NoBuckets {
    async fn bucket(
        &self,
        name: &str,
        _region: Option<&str>,
    ) -> Result<Arc<dyn ObjectRead>, StoreError> {
        Err(Self::refuse(name))
    }
}

#[async_trait]
impl ObjectStores for NoBuckets {
    async fn bucket(
        &self,
        name: &str,
        _region: Option<&str>,
    ) -> Result<Arc<dyn ObjectStore>, StoreError> {
        Err(Self::refuse(name))
    }
}
