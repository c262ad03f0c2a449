//! The data that a run works on: the data folder, and the buckets that manifests point into.

use crate::error::DataError;
use crate::layout;
use actor_lock::{ActorLocks, FileLocks, LeaseLocks, LeaseSettings};
use journal::{FolderJournals, Journals};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use storage::{LocalStore, ObjectRead, ObjectStore, ObjectStores, ObjectUrl};

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

    pub(crate) fn of(&self, bucket: Arc<dyn ObjectStore>) -> Arc<dyn ActorLocks> {
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
        let store: Arc<dyn ObjectRead> = self.store.clone();
        DataReader {
            store,
            folder: self.clone(),
        }
    }

    /// Reads an object's URL.
    pub(crate) fn parse_url(&self, text: &str) -> Result<ObjectUrl, DataError> {
        ObjectUrl::parse(text, &self.endpoints).map_err(|source| DataError::Url {
            url: without_secrets(text),
            source,
        })
    }

    /// Whether an object is a file of the data folder under another name.
    pub(crate) fn is_own(&self, url: &ObjectUrl, key: &storage::ObjectKey) -> bool {
        self.in_bucket
            .as_ref()
            .is_some_and(|(bucket, prefix)| *bucket == url.bucket && key.under(prefix) == url.key)
    }

    /// The store of an object, for writing.
    pub(crate) async fn bucket(&self, url: &ObjectUrl) -> Result<Arc<dyn ObjectStore>, DataError> {
        Ok(self
            .buckets
            .bucket(&url.bucket, url.region.as_deref())
            .await?)
    }
}

/// The data of a run, for reading only: nothing that has only this can change a file or an object.
#[derive(Clone)]
pub struct DataReader {
    store: Arc<dyn ObjectRead>,
    /// Private, so that the stores that write stay out of reach.
    folder: DataFolder,
}

impl fmt::Debug for DataReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataReader({})", self.store)
    }
}

impl fmt::Display for DataReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(f)
    }
}

impl DataReader {
    /// The data folder.
    pub fn store(&self) -> &dyn ObjectRead {
        self.store.as_ref()
    }

    /// The journals of runs, to be read.
    pub(crate) fn journals(&self) -> &dyn Journals {
        self.folder.journals.as_ref()
    }

    /// Reads an object's URL.
    pub(crate) fn parse_url(&self, text: &str) -> Result<ObjectUrl, DataError> {
        self.folder.parse_url(text)
    }

    /// Whether an object is a file of the data folder under another name.
    pub(crate) fn is_own(&self, url: &ObjectUrl, key: &storage::ObjectKey) -> bool {
        self.folder.is_own(url, key)
    }

    /// The store of an object.
    pub(crate) async fn bucket(&self, url: &ObjectUrl) -> Result<Arc<dyn ObjectRead>, DataError> {
        let store: Arc<dyn ObjectRead> = self.folder.bucket(url).await?;
        Ok(store)
    }
}

/// An address as it can be shown: what stands behind the question mark can be a signature, and what
/// stands before an @ a password.
pub(crate) fn without_secrets(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{host}/{path}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_and_passwords_are_not_shown() {
        let shown = without_secrets("https://me:pw@h.example/k.jpg?X-Amz-Signature=abc#x");
        assert_eq!(shown, "https://h.example/k.jpg");
        assert_eq!(without_secrets("s3://b/k@2.jpg"), "s3://b/k@2.jpg");
        assert_eq!(without_secrets("k.jpg"), "k.jpg");
    }
}
