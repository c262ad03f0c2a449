//! Classification of SDK errors by what the caller can do about them.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId as _;
use std::error::Error;
use std::fmt;
use std::time::Duration;
use storage::{Cause, ObjectKey, Operation, StoreError};

/// An error response of an S3 server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// S3 error code, such as `AccessDenied`.
    pub code: Option<String>,
    /// Error message of the server, cut to 300 characters.
    pub message: Option<String>,
    /// Request ID, by which the operator of the server can find the request.
    pub request_id: Option<String>,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3 returned {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl Error for Answer {}

/// The bucket is in another region than the client. The SDK does not follow S3's redirect: create
/// the client for the actual region.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the bucket is in region {actual}, but the client is set to {asked}: set the region to {actual}"
)]
pub struct WrongRegion {
    /// Region of the bucket.
    pub actual: String,
    /// Region of the client.
    pub asked: String,
}

/// An attempt to read an object exceeded the time limit in the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the object did not arrive within {0:?}")]
pub struct TooSlow(pub Duration);

/// The connection closed before the whole object arrived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the connection closed after {received} of {announced} bytes")]
pub struct CutOff {
    /// Number of bytes received.
    pub received: u64,
    /// Number of bytes announced by the server in `Content-Length`.
    pub announced: u64,
}

/// The kind of a failure, by what the caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The object does not exist.
    NotFound,
    /// The condition of a write does not hold.
    Precondition,
    /// Another conditional write was in progress; the same request can be sent again.
    Conflict,
    /// The credentials do not permit the operation.
    Denied,
    /// The server does not support the operation or its condition.
    NotImplemented,
    /// A retry may succeed. It is unknown whether the server performed the operation.
    Transient,
    /// A retry would fail as well.
    Permanent,
}

/// A classified error.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) cause: Cause,
}

impl Failure {
    pub(crate) fn transient(cause: impl Into<Cause>) -> Self {
        Self {
            kind: Kind::Transient,
            cause: cause.into(),
        }
    }

    pub(crate) fn permanent(cause: impl Into<Cause>) -> Self {
        Self {
            kind: Kind::Permanent,
            cause: cause.into(),
        }
    }

    /// Classifies an SDK error of a client that is set to the region `asked`.
    pub(crate) fn new<E>(error: SdkError<E, HttpResponse>, asked: Option<&Region>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let Some(response) = error.raw_response() else {
            return Self::without_response(error);
        };
        let answer = Answer {
            status: response.status().as_u16(),
            code: error.code().map(str::to_owned),
            message: error.message().map(|text| text.chars().take(300).collect()),
            request_id: error.request_id().map(str::to_owned),
        };
        // Checked first: in the wrong region every other error is misleading.
        let region = response.headers().get("x-amz-bucket-region");
        if let Some(actual) = region
            && may_mean_wrong_region(answer.status)
            && let asked = asked.map_or("no region", Region::as_ref)
            && asked != actual
        {
            let (actual, asked) = (actual.to_owned(), asked.to_owned());
            return Self::permanent(WrongRegion { actual, asked });
        }
        Self {
            kind: kind(answer.status, answer.code.as_deref()),
            cause: answer.into(),
        }
    }

    /// Classifies an error without a response: a timeout, a network failure, or a local problem
    /// such as missing credentials.
    fn without_response<E>(error: SdkError<E, HttpResponse>) -> Self
    where
        E: Error + Send + Sync + 'static,
    {
        let kind = if has_credentials_error(&error) {
            Kind::Denied
        } else {
            match &error {
                SdkError::TimeoutError(_) => Kind::Transient,
                SdkError::DispatchFailure(failure) if !failure.is_user() => Kind::Transient,
                _ => Kind::Permanent,
            }
        };
        // The SDK error itself only says "dispatch failure"; its source says why.
        let cause = match error.into_source() {
            Ok(source) => source,
            Err(error) => error.into(),
        };
        Self { kind, cause }
    }

    /// Converts the failure of `operation` on `key` to a store error.
    pub(crate) fn into_error(
        self,
        store: &dyn fmt::Display,
        key: &ObjectKey,
        operation: Operation,
    ) -> StoreError {
        match self.kind {
            Kind::NotFound => StoreError::not_found(store, key),
            Kind::Denied => StoreError::denied(store, key, operation, self.cause),
            Kind::Transient | Kind::Conflict => {
                StoreError::transient(store, key, operation, self.cause)
            }
            Kind::NotImplemented => StoreError::unsupported(store, key, operation, self.cause),
            Kind::Precondition | Kind::Permanent => {
                StoreError::failed(store, key, operation, self.cause)
            }
        }
    }
}

/// Whether S3 uses this status to say that a bucket is in another region: 301 and 307; 400 if the
/// request was signed for the wrong region; 403 if the credentials also lack permission.
fn may_mean_wrong_region(status: u16) -> bool {
    matches!(status, 301 | 307 | 400 | 403)
}

/// Classifies a status and an error code. A known code takes precedence, because it is more precise
/// than the status, and because `CopyObject` can return status 200 with an error in the body.
fn kind(status: u16, code: Option<&str>) -> Kind {
    match code.unwrap_or_default() {
        // A missing bucket is a wrong setting. It must not pass for an object that does not exist
        // yet.
        "NoSuchBucket" => return Kind::Permanent,
        "NoSuchKey" | "NotFound" => return Kind::NotFound,
        "PreconditionFailed" => return Kind::Precondition,
        "ConditionalRequestConflict" | "OperationAborted" => return Kind::Conflict,
        "NotImplemented" => return Kind::NotImplemented,
        "AccessDenied"
        | "ExpiredToken"
        | "InvalidAccessKeyId"
        | "InvalidToken"
        | "RequestTimeTooSkewed"
        | "SignatureDoesNotMatch"
        | "TokenRefreshRequired" => {
            return Kind::Denied;
        }
        "BadDigest"
        | "IncompleteBody"
        | "InternalError"
        | "RequestTimeout"
        | "ServiceUnavailable"
        | "SlowDown"
        | "Throttling"
        | "ThrottlingException" => return Kind::Transient,
        _ => {}
    }
    match status {
        404 => Kind::NotFound,
        // Old versions of MinIO return 304 if the condition of a PUT does not hold.
        304 | 412 => Kind::Precondition,
        409 => Kind::Conflict,
        401 | 403 => Kind::Denied,
        501 => Kind::NotImplemented,
        // A success response that could not be parsed was cut off or garbled on the way.
        200..=299 | 408 | 425 | 429 | 500 | 502..=504 => Kind::Transient,
        _ => Kind::Permanent,
    }
}

fn has_credentials_error(error: &(dyn Error + 'static)) -> bool {
    let mut causes = Some(error);
    while let Some(cause) = causes {
        if cause.is::<CredentialsError>() {
            return true;
        }
        causes = cause.source();
    }
    false
}

#[cfg(test)]
mod tests;
