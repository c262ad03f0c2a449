//! The data that a run works on, for reading.

use crate::error::DataError;
use journal::JournalRead;
use std::fmt;
use std::sync::Arc;
use storage::{ObjectKey, ObjectRead, ObjectReaders, ObjectUrl};

/// The data of a run, for reading only: the data folder, the buckets that manifests point into, and
/// the journals. It is built from read-only stores, so nothing that has only this can change a file,
/// an object or a journal.
#[derive(Clone)]
pub struct DataReader {
    store: Arc<dyn ObjectRead>,
    buckets: Arc<dyn ObjectReaders>,
    journals: Arc<dyn JournalRead>,
    endpoints: Arc<[url::Url]>,
    in_bucket: Option<(String, String)>,
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
    /// A reader of the data folder `store`, of the `buckets` that manifests point into, and of the
    /// `journals` that runs keep with the data.
    pub fn new(
        store: Arc<dyn ObjectRead>,
        buckets: Arc<dyn ObjectReaders>,
        journals: Arc<dyn JournalRead>,
    ) -> Self {
        Self {
            store,
            buckets,
            journals,
            endpoints: Arc::default(),
            in_bucket: None,
        }
    }

    /// The same data, with `endpoints` of S3 servers other than Amazon's, whose URLs are read path
    /// style.
    #[must_use]
    pub fn with_endpoints(mut self, endpoints: &[url::Url]) -> Self {
        self.endpoints = endpoints.into();
        self
    }

    /// The same data, if the data folder itself is in a bucket: the bucket's name and the prefix of
    /// the keys.
    #[must_use]
    pub fn in_bucket(mut self, bucket: Option<(String, String)>) -> Self {
        self.in_bucket = bucket;
        self
    }

    /// The same data with other buckets.
    #[must_use]
    pub fn with_buckets(mut self, buckets: Arc<dyn ObjectReaders>) -> Self {
        self.buckets = buckets;
        self
    }

    /// The data folder.
    pub fn store(&self) -> &dyn ObjectRead {
        self.store.as_ref()
    }

    /// The journals of runs.
    pub fn journals(&self) -> &dyn JournalRead {
        self.journals.as_ref()
    }

    /// Endpoints of S3 servers other than Amazon's.
    pub fn endpoints(&self) -> &[url::Url] {
        &self.endpoints
    }

    /// Parses an object's URL.
    ///
    /// # Errors
    /// [`DataError::Url`] if it is not the address of an object.
    pub fn parse_url(&self, text: &str) -> Result<ObjectUrl, DataError> {
        ObjectUrl::parse(text, &self.endpoints).map_err(|source| DataError::Url {
            url: without_secrets(text),
            source,
        })
    }

    /// Whether an object is the file `key` of the data folder, under its address in the bucket.
    pub fn is_own(&self, url: &ObjectUrl, key: &ObjectKey) -> bool {
        self.in_bucket
            .as_ref()
            .is_some_and(|(bucket, prefix)| *bucket == url.bucket && key.under(prefix) == url.key)
    }

    /// Opens the bucket of an object.
    ///
    /// # Errors
    /// When the bucket cannot be opened.
    pub async fn bucket(&self, url: &ObjectUrl) -> Result<Arc<dyn ObjectRead>, DataError> {
        Ok(self
            .buckets
            .bucket(&url.bucket, url.region.as_deref())
            .await?)
    }
}

/// An address as it can be shown: what stands behind the question mark can be a signature, and what
/// stands before an @ a password.
pub fn without_secrets(url: &str) -> String {
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
