//! Lookup of the region of a bucket.

use crate::failure::Failure;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use storage::{ObjectKey, Operation, StoreError};

/// Looks up the region of a bucket. The client may be set to any region. `None` if the server does
/// not name a region, like servers that do not have regions.
///
/// S3 rejects a request for a bucket in another region, and the SDK does not follow the redirect,
/// but the error response names the region. The same holds if the credentials permit nothing.
///
/// # Errors
/// If the bucket does not exist, or the server cannot be reached.
pub async fn bucket_region(client: &Client, bucket: &str) -> Result<Option<String>, StoreError> {
    let error = match client.head_bucket().bucket(bucket).send().await {
        Ok(response) => return Ok(response.bucket_region().map(str::to_owned)),
        Err(error) => error,
    };
    let named = error
        .raw_response()
        .and_then(|response: &HttpResponse| response.headers().get("x-amz-bucket-region"));
    if let Some(region) = named {
        return Ok(Some(region.to_owned()));
    }
    let failure = Failure::new(error, client.config().region());
    let store = format!("s3://{bucket}");
    Err(failure.into_error(&store, &ObjectKey::of_prefix(""), Operation::Head))
}
