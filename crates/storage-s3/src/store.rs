//! The store and its settings.

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

/// Limits of a store.
///
/// Reading an object, conditional writes and deletions are tried again by the store itself: only it
/// sees a body that breaks off, only it knows whether a failed condition may be its own doing, and a
/// deletion sent twice would leave two delete markers. All else is tried again as the client's retry
/// settings say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Options {
    /// Time for one attempt at reading an object, from the request to the last byte.
    pub read_timeout: Duration,
    /// How often an object is read, or a conditional write or a deletion is sent, at least once.
    pub attempts: usize,
    /// Pause after the first failed attempt. Each further pause is twice as long, and random
    /// between once and twice that.
    pub first_pause: Duration,
    /// Longest pause, before it is made random.
    pub longest_pause: Duration,
    /// How many objects a page of a list has; the server's choice where `None` (1000 at Amazon).
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
    /// The pauses between attempts; there is one fewer.
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
/// Versions are ETags, as the server gives them. The fingerprint is the ETag too; for servers that
/// leave ETags out of lists, the list's is size and time of change.
///
/// Conditions of PUT have to be honoured by the server, else races are lost silently
/// ([`storage::probe_guards`] finds out). Before a COPY or a DELETE the store looks, so that a server
/// which does not know their conditions (501), or ignores them, leaves only the short gap between
/// look and act, and so that a deletion that is repeated leaves no second delete marker.
///
/// To undelete, the credentials need the rights `s3:GetObjectVersion` and `s3:DeleteObjectVersion`.
/// A deletion in a bucket whose versioning is suspended tells no marker: its version id, `null`, can
/// become that of content at any time.
#[derive(Clone)]
pub struct S3Store {
    pub(crate) client: Client,
    pub(crate) bucket: String,
    pub(crate) options: S3Options,
}

impl S3Store {
    /// The store of a whole bucket, on a client made for the bucket's region. Nothing is sent yet.
    pub fn new(client: Client, bucket: impl Into<String>, options: S3Options) -> Self {
        Self {
            client,
            bucket: bucket.into(),
            options,
        }
    }

    /// The name of the bucket.
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

/// Settings for a call that the SDK is to send once: the store decides about the next attempt.
pub(crate) fn once() -> Builder {
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
            .finish_non_exhaustive()
    }
}
