//! The S3 store and its settings.

use crate::failure::Failure;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use backon::{BackoffBuilder as _, ExponentialBuilder};
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// Time limits, retries and page size of an [`S3Store`].
///
/// The store itself retries reads of objects, conditional writes, copies and deletes: only the
/// store notices a body that breaks off, only the store can tell whether its own earlier attempt is
/// the reason that a condition fails, and a delete that is sent twice would leave two delete
/// markers. All other requests are retried according to the retry settings of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Options {
    /// Maximum time for one attempt to read an object, from the request to the last byte.
    pub read_timeout: Duration,
    /// Maximum number of attempts for the requests that the store retries itself. At least one
    /// attempt is made.
    pub attempts: usize,
    /// Pause after the first failed attempt. Each further pause is twice as long; a random jitter
    /// of up to the same length is added to every pause.
    pub first_pause: Duration,
    /// Maximum pause, before the jitter is added.
    pub longest_pause: Duration,
    /// Number of objects per page of a listing; `None` for the default of the server (1000 on
    /// Amazon S3).
    pub page_size: Option<i32>,
}

impl Default for S3Options {
    fn default() -> Self {
        Self {
            read_timeout: Duration::from_secs(30),
            attempts: 5,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(10),
            page_size: None,
        }
    }
}

impl S3Options {
    /// The pauses between attempts, one fewer than [`Self::attempts`].
    pub(crate) fn pauses(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        ExponentialBuilder::new()
            .with_min_delay(self.first_pause)
            .with_max_delay(self.longest_pause)
            .with_max_times(self.attempts.saturating_sub(1))
            .with_jitter()
            .build()
    }
}

/// The objects of one bucket.
///
/// The version of an object is its ETag, exactly as the server returns it. The fingerprint is the
/// ETag too, or size and modification time in listings of servers that leave out ETags.
///
/// The server has to honour the conditions of PUT requests; otherwise concurrent writes are lost
/// silently ([`storage::probe_guards`] finds out). Before a copy or a delete the store checks the
/// current state of the object. Thus a server that does not support the conditions of these
/// requests (501), or ignores them, leaves only a short window for a race, and a repeated delete
/// does not leave a second delete marker.
///
/// `undelete` needs the permissions `s3:GetObjectVersion` and `s3:DeleteObjectVersion`. A delete in
/// a bucket with suspended versioning returns no marker, because its version ID `null` can become
/// that of content at any time.
#[derive(Clone)]
pub struct S3Store {
    pub(crate) client: Client,
    pub(crate) bucket: String,
    pub(crate) options: S3Options,
}

impl S3Store {
    /// Opens the store of a whole bucket. `client` has to be set to the region of the bucket. No
    /// request is sent.
    pub fn new(client: Client, bucket: impl Into<String>, options: S3Options) -> Self {
        Self {
            client,
            bucket: bucket.into(),
            options,
        }
    }

    /// Name of the bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    pub(crate) fn failure<E>(&self, error: SdkError<E, HttpResponse>) -> Failure
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        Failure::new(error, self.client.config().region())
    }
}

/// Client settings without SDK retries, for requests that the store retries itself.
pub(crate) fn without_retries() -> Builder {
    Builder::new().retry_config(RetryConfig::disabled())
}

impl fmt::Display for S3Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket)
    }
}

impl fmt::Debug for S3Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Store")
            .field("bucket", &self.bucket)
            .field("options", &self.options)
            // The client is left out, because its settings contain credentials.
            .finish_non_exhaustive()
    }
}
