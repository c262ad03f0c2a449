//! Read access to the data that a run works on.

use crate::error::DataError;
use journal::JournalRead;
use std::fmt;
use std::sync::Arc;
use storage::{ObjectKey, ObjectRead, ObjectReaders, ObjectUrl};

/// Read access to the data folder, to the buckets that manifests point into, and to the journals of
/// runs. It is built from read-only stores: code that is handed only this cannot change a file, an
/// object or a journal.
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
    /// Creates a reader of the data folder `store`, of the `buckets` that manifests point into, and
    /// of the `journals` that runs store with the data.
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

    /// Sets the `endpoints` of S3 servers other than Amazon's. In URLs of these servers the bucket is
    /// the first part of the path.
    #[must_use]
    pub fn with_endpoints(mut self, endpoints: &[url::Url]) -> Self {
        self.endpoints = endpoints.into();
        self
    }

    /// Sets the bucket that holds the data folder itself: its name and the prefix of its keys;
    /// `None` for a local folder.
    #[must_use]
    pub fn in_bucket(mut self, bucket: Option<(String, String)>) -> Self {
        self.in_bucket = bucket;
        self
    }

    /// Replaces the buckets that manifests point into.
    #[must_use]
    pub fn with_buckets(mut self, buckets: Arc<dyn ObjectReaders>) -> Self {
        self.buckets = buckets;
        self
    }

    /// Returns the store of the data folder.
    pub fn store(&self) -> &dyn ObjectRead {
        self.store.as_ref()
    }

    /// Returns the journals of runs.
    pub fn journals(&self) -> &dyn JournalRead {
        self.journals.as_ref()
    }

    /// Returns the endpoints of S3 servers other than Amazon's.
    pub fn endpoints(&self) -> &[url::Url] {
        &self.endpoints
    }

    /// Parses the URL of an object.
    ///
    /// # Errors
    /// [`DataError::Url`] if the text is not the URL of an object. The error shows the text
    /// [without secrets](without_secrets).
    pub fn parse_url(&self, text: &str) -> Result<ObjectUrl, DataError> {
        ObjectUrl::parse(text, &self.endpoints).map_err(|source| DataError::Url {
            url: without_secrets(text),
            source,
        })
    }

    /// Whether the object at `url` is the file `key` of the data folder. This is possible only if the
    /// data folder is in a bucket.
    pub fn is_own(&self, url: &ObjectUrl, key: &ObjectKey) -> bool {
        self.in_bucket
            .as_ref()
            .is_some_and(|(bucket, prefix)| *bucket == url.bucket && key.under(prefix) == url.key)
    }

    /// Opens the bucket that holds the object at `url`.
    ///
    /// # Errors
    /// [`DataError::Store`] if the bucket cannot be opened.
    pub async fn bucket(&self, url: &ObjectUrl) -> Result<Arc<dyn ObjectRead>, DataError> {
        Ok(self
            .buckets
            .bucket(&url.bucket, url.region.as_deref())
            .await?)
    }
}

/// Removes the parts of a URL that may hold secrets, for messages: the query and fragment, which may
/// hold a signature, and the user name and password before the host.
pub fn without_secrets(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once(':') else {
        return url.to_owned();
    };
    // Any number of slashes, because a mistyped URL can hold a password, too.
    let rest = rest.trim_start_matches('/');
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{host}/{path}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests;
