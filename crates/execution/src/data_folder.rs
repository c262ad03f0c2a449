//! The data that a run works on: the data folder, and the buckets that manifests point into.

use actor_lock::{ActorLocks, FileLocks, LeaseLocks, LeaseSettings};
use dataset::error::DataError;
use dataset::{DataReader, layout};
use journal::{FolderJournals, Journals};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use storage::place::PlaceStore;
use storage::{LocalStore, ObjectStore, ObjectStores, ObjectUrl, ReadOnlyStores};

/// Where the data is, and how its paths are written into manifests.
#[derive(Debug, Clone)]
pub struct DataFolder {
    /// The data folder.
    pub store: Arc<dyn ObjectStore>,
    /// What the data folder is called in progress files: two runs on the same folder agree on it.
    pub identity: String,
    /// What `local_path` begins with in manifests, usually `data`.
    pub path_prefix: String,
    /// The bucket and key prefix, where the data folder is in a bucket.
    pub in_bucket: Option<(String, String)>,
    /// Opens the buckets that manifests point into.
    pub buckets: Arc<dyn ObjectStores>,
    /// Endpoints of S3 servers other than Amazon's, whose URLs are read path style.
    pub endpoints: Vec<url::Url>,
    /// Where runs keep their journals: with the data.
    pub journals: Arc<dyn Journals>,
    /// The locks of actors, with the data.
    pub locks: Arc<dyn ActorLocks>,
    /// Locks of actors in the buckets that manifests point into, for runs elsewhere that have a data
    /// folder of their own and share the bucket.
    pub bucket_locks: BucketLocks,
}

/// Makes the locks that are kept in a bucket.
#[derive(Clone)]
pub struct BucketLocks(Arc<MakeLocks>);

type MakeLocks = dyn Fn(Arc<dyn ObjectStore>) -> Arc<dyn ActorLocks> + Send + Sync;

impl BucketLocks {
    /// Locks made so from the store of the whole bucket.
    pub fn new(
        make: impl Fn(Arc<dyn ObjectStore>) -> Arc<dyn ActorLocks> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(make))
    }

    pub fn of(&self, bucket: Arc<dyn ObjectStore>) -> Arc<dyn ActorLocks> {
        (self.0)(bucket)
    }
}

impl Default for BucketLocks {
    /// Leases with the default times; whether another process lives cannot be told.
    fn default() -> Self {
        Self::new(|bucket| {
            let clock = Arc::new(jiff::Timestamp::now);
            let settings = LeaseSettings::default();
            Arc::new(LeaseLocks::new(
                bucket,
                layout::STATE,
                settings,
                clock,
                Arc::new(|_| None),
            ))
        })
    }
}

impl fmt::Debug for BucketLocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BucketLocks")
    }
}

impl DataFolder {
    /// Data in a folder of this machine, with its journals and locks in `.tdbal` below it. Manifests
    /// name its files `data/...`.
    pub fn local(path: impl Into<PathBuf>, buckets: Arc<dyn ObjectStores>) -> Self {
        let path = path.into();
        let state = path.join(layout::STATE);
        Self {
            identity: path.display().to_string(),
            path_prefix: "data".to_owned(),
            in_bucket: None,
            buckets,
            endpoints: Vec::new(),
            journals: Arc::new(FolderJournals::new(&state)),
            locks: Arc::new(FileLocks::new(state)),
            bucket_locks: BucketLocks::default(),
            store: Arc::new(LocalStore::new(path)),
        }
    }

    /// What only plans is given this: the same data, read-only.
    pub fn reader(&self) -> DataReader {
        let buckets = Arc::new(ReadOnlyStores::new(self.buckets.clone()));
        DataReader::new(self.store.clone(), buckets, self.journals.clone())
            .with_endpoints(&self.endpoints)
            .in_bucket(self.in_bucket.clone())
    }

    /// Parses an object's URL.
    ///
    /// # Errors
    /// [`DataError::Url`] if it is not the address of an object.
    pub fn parse_url(&self, text: &str) -> Result<ObjectUrl, DataError> {
        self.reader().parse_url(text)
    }

    /// Opens a store that was written down.
    ///
    /// # Errors
    /// When the bucket cannot be opened.
    pub async fn open(&self, store: &PlaceStore) -> Result<Arc<dyn ObjectStore>, DataError> {
        match store {
            PlaceStore::Data => Ok(self.store.clone()),
            PlaceStore::Bucket { name, region } => {
                Ok(self.buckets.bucket(name, region.as_deref()).await?)
            }
        }
    }

    /// The store of an object, for writing.
    pub async fn bucket(&self, url: &ObjectUrl) -> Result<Arc<dyn ObjectStore>, DataError> {
        Ok(self
            .buckets
            .bucket(&url.bucket, url.region.as_deref())
            .await?)
    }
}
