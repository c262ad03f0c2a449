//! Lookup of the versioning state of a bucket.

use crate::failure::{Failure, Kind};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::types::BucketVersioningStatus;
use storage::{ObjectKey, Operation, StoreError};

/// Versioning state of a bucket: whether it keeps deleted and replaced objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versioning {
    /// The bucket keeps every version; a delete leaves a delete marker.
    Enabled,
    /// The bucket still has the versions it kept earlier, but keeps no new ones.
    Suspended,
    /// Versioning was never enabled.
    Off,
    /// The server does not report the state, or its response cannot be parsed.
    Unknown,
}

/// Looks up the versioning state of a bucket. The client has to be set to the region of the bucket.
///
/// A response that cannot be parsed, or that says that the server does not support the request
/// (501), yields [`Versioning::Unknown`], because some servers respond like that although they keep
/// versions.
///
/// # Errors
/// If the bucket does not exist, the credentials do not permit the request, or the server cannot be
/// reached.
pub async fn bucket_versioning(client: &Client, bucket: &str) -> Result<Versioning, StoreError> {
    let error = match client.get_bucket_versioning().bucket(bucket).send().await {
        Ok(response) => {
            return Ok(match response.status() {
                Some(BucketVersioningStatus::Enabled) => Versioning::Enabled,
                Some(BucketVersioningStatus::Suspended) => Versioning::Suspended,
                Some(_) => Versioning::Unknown,
                None => Versioning::Off,
            });
        }
        Err(error) => error,
    };
    let is_unparsable = error
        .raw_response()
        .is_some_and(|response: &HttpResponse| response.status().is_success());
    let failure = Failure::new(error, client.config().region());
    if is_unparsable || failure.kind == Kind::NotImplemented {
        return Ok(Versioning::Unknown);
    }
    let store = format!("s3://{bucket}");
    Err(failure.into_error(&store, &ObjectKey::of_prefix(""), Operation::Head))
}
