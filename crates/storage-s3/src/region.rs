//! Where a bucket is.

use crate::failure::Failure;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use storage::{ObjectKey, Operation, StoreError};

/// The region of a bucket, asked with a client for any region; `None` where the server does not
/// tell, as servers that have no regions.
///
/// S3 answers a request for another region's bucket with an error, and the SDK does not follow; but
/// even that error names the region. A bucket whose rights forbid everything tells it too.
///
/// # Errors
/// When the bucket does not exist, or the server cannot be reached.
pub async fn bucket_region(client: &Client, bucket: &str) -> Result<Option<String>, StoreError> {
    let error = match client.head_bucket().bucket(bucket).send().await {
        Ok(answer) => return Ok(answer.bucket_region().map(str::to_owned)),
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
