//! Whether a bucket keeps versions.

use crate::failure::{Failure, Kind};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::types::BucketVersioningStatus;
use storage::{ObjectKey, Operation, StoreError};

/// Whether a bucket keeps what is deleted or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versioning {
    /// Every version is kept; a deletion leaves a delete marker.
    Enabled,
    /// What was kept is kept; nothing new is.
    Suspended,
    /// It never was enabled.
    Off,
    /// The server does not tell, or not in a way that can be understood.
    Unknown,
}

/// Asks whether a bucket keeps versions, with a client for the bucket's region.
///
/// An answer that cannot be understood, and the answer that the server does not know the question
/// (501), are [`Versioning::Unknown`]: some servers keep versions and answer so.
///
/// # Errors
/// When the bucket does not exist, the credentials do not allow to ask, or the server cannot be
/// reached.
pub async fn bucket_versioning(client: &Client, bucket: &str) -> Result<Versioning, StoreError> {
    let error = match client.get_bucket_versioning().bucket(bucket).send().await {
        Ok(answer) => {
            return Ok(match answer.status() {
                Some(BucketVersioningStatus::Enabled) => Versioning::Enabled,
                Some(BucketVersioningStatus::Suspended) => Versioning::Suspended,
                Some(_) => Versioning::Unknown,
                None => Versioning::Off,
            });
        }
        Err(error) => error,
    };
    let not_understood = error
        .raw_response()
        .is_some_and(|answer: &HttpResponse| answer.status().is_success());
    let failure = Failure::new(error, client.config().region());
    if not_understood || failure.kind == Kind::NotImplemented {
        return Ok(Versioning::Unknown);
    }
    let store = format!("s3://{bucket}");
    Err(failure.into_error(&store, &ObjectKey::of_prefix(""), Operation::Head))
}
