//! The writable data of a run: the data folder, and the buckets that manifests point into.

use actor_lock::{ActorLocks, FileLocks, LeaseLocks, LeaseSettings};
use dataset::error::DataError;
use dataset::{DataReader, layout};
use journal::{FolderJournals, Journals};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use storage::place::PlaceStore;
use storage::{LocalStore, ObjectStore, ObjectStores, ObjectUrl, ReadOnlyStores};

/// The writable data of a run, with its journals and locks.
#[derive(Debug, Clone)]
pub struct DataFolder {
    /// The store of the data folder.
    pub store: Arc<dyn ObjectStore>,
    /// The name of the data folder in progress files; the same for all runs on the same folder.
    pub identity: String,
    /// The first part of `local_path` in manifests, usually `data`.
    pub path_prefix: String,
    /// The bucket and key prefix of the data folder; `None` if it is on this machine.
    pub in_bucket: Option<(String, String)>,
    /// Opens the buckets that manifests point into.
    pub buckets: Arc<dyn ObjectStores>,
    /// Endpoints of S3 servers other than Amazon's, whose URLs are read path style.
    pub endpoints: Vec<url::Url>,
    /// The journals of runs, stored with the data.
    pub journals: Arc<dyn Journals>,
    /// The locks of actors, stored with the data.
    pub locks: Arc<dyn ActorLocks>,
    /// Creates the locks of actors in the buckets that manifests point into. They protect against runs
    /// with another data folder that share the bucket.
    pub bucket_locks: BucketLocks,
}

/// Creates the locks that are stored in a bucket.
#[derive(Clone)]
pub struct BucketLocks(Arc<MakeLocks>);

type MakeLocks = dyn Fn(Arc<dyn ObjectStore>) -> Arc<dyn ActorLocks> + Send + Sync;

impl BucketLocks {
    /// Creates locks with `make`, which gets the store of the whole bucket.
    pub fn new(
        make: impl Fn(Arc<dyn ObjectStore>) -> Arc<dyn ActorLocks> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(make))
    }

    /// Returns the locks in a bucket.
    pub fn of(&self, bucket: Arc<dyn ObjectStore>) -> Arc<dyn ActorLocks> {
        (self.0)(bucket)
    }
}

impl Default for BucketLocks {
    /// Leases with the default durations. Whether another process still runs is unknown, so a lease
    /// of a dead process ends by time only.
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
    /// A data folder on this machine, with journals and locks in its subfolder `.tdbal`. Manifests name
    /// its files `data/...`.
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

    /// Returns a read-only view of the same data.
    pub fn reader(&self) -> DataReader {
        let buckets = Arc::new(ReadOnlyStores::new(self.buckets.clone()));
        DataReader::new(self.store.clone(), buckets, self.journals.clone())
            .with_endpoints(&self.endpoints)
            .in_bucket(self.in_bucket.clone())
    }

    /// Parses the address of an object.
    ///
    /// # Errors
    /// [`DataError::Url`] if the text is not the address of an object.
    pub fn parse_url(&self, text: &str) -> Result<ObjectUrl, DataError> {
        self.reader().parse_url(text)
    }

    /// Opens the store that a journal or plan names.
    ///
    /// # Errors
    /// If the bucket cannot be opened.
    pub async fn open(&self, store: &PlaceStore) -> Result<Arc<dyn ObjectStore>, DataError> {
        match store {
            PlaceStore::Data => Ok(self.store.clone()),
            PlaceStore::Bucket { name, region } => {
                Ok(self.buckets.bucket(name, region.as_deref()).await?)
            }
        }
    }

    /// Opens the bucket of an object for writing.
    ///
    /// # Errors
    /// If the bucket cannot be opened.
    pub async fn bucket(&self, url: &ObjectUrl) -> Result<Arc<dyn ObjectStore>, DataError> {
        Ok(self
            .buckets
            .bucket(&url.bucket, url.region.as_deref())
            .await?)
    }
}
