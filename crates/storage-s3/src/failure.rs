//! What an error of the SDK means for the caller.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId as _;
use std::error::Error;
use std::fmt;
use std::time::Duration;
use storage::{Cause, ObjectKey, Operation, StoreError};

/// An error that the server answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// S3's code for the error, such as `AccessDenied`.
    pub code: Option<String>,
    /// What the server said, at most 300 characters.
    pub message: Option<String>,
    /// What the server's owner can find the request by.
    pub request_id: Option<String>,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3 answered {}", self.status)?;
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

/// The bucket is elsewhere. S3 does not redirect; the client has to be made for that region.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the bucket is in region {actual}, but was asked for in {asked}: set the region to {actual}"
)]
pub struct WrongRegion {
    /// Where the bucket is.
    pub actual: String,
    /// The region of the client.
    pub asked: String,
}

/// An attempt took too long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the object had not arrived after {0:?}")]
pub struct TooSlow(pub Duration);

/// The connection ended before the whole object had come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{received} bytes came of {announced}")]
pub struct CutOff {
    /// How many bytes came.
    pub received: u64,
    /// How many the server had announced.
    pub announced: u64,
}

/// What the caller of an operation can do about its failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// There is no such object.
    NotFound,
    /// The condition of a write did not hold.
    Precondition,
    /// Another conditional write was going on: the same call can be sent again.
    Conflict,
    /// The credentials do not allow it.
    Denied,
    /// The server does not know this operation or condition.
    NotImplemented,
    /// It may succeed later. Whether it was done is not known.
    Transient,
    /// It will not succeed.
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

    /// Classifies what the SDK gave up with, for a client made for the region `asked`.
    pub(crate) fn new<E>(error: SdkError<E, HttpResponse>, asked: Option<&Region>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let Some(response) = error.raw_response() else {
            return Self::without_answer(error);
        };
        let answer = Answer {
            status: response.status().as_u16(),
            code: error.code().map(str::to_owned),
            message: error.message().map(|text| text.chars().take(300).collect()),
            request_id: error.request_id().map(str::to_owned),
        };
        let region = response.headers().get("x-amz-bucket-region");
        if let Some(actual) = region
            && redirects(answer.status)
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

    /// Nothing was answered: a time limit, the network, or something before either.
    fn without_answer<E>(error: SdkError<E, HttpResponse>) -> Self
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
        // The SDK's own error only says "dispatch failure"; what is below it says why.
        let cause = match error.into_source() {
            Ok(source) => source,
            Err(error) => error.into(),
        };
        Self { kind, cause }
    }

    /// The error for the caller.
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

/// The statuses with which S3 says that a bucket is in another region: 301 and 307, 400 where the
/// signature was for the wrong one, 403 where that hides behind a lack of rights.
fn redirects(status: u16) -> bool {
    matches!(status, 301 | 307 | 400 | 403)
}

/// What a status and a code mean. The code decides where it is known: some errors come with a
/// status that says less, and CopyObject can answer 200 with an error in the body.
fn kind(status: u16, code: Option<&str>) -> Kind {
    match code.unwrap_or_default() {
        // A missing bucket is a wrong setting, not an object that is not there yet.
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
        // Old versions of MinIO answer a failed condition of a PUT with 304.
        304 | 412 => Kind::Precondition,
        409 => Kind::Conflict,
        401 | 403 => Kind::Denied,
        501 => Kind::NotImplemented,
        // An answer that said "done" and could not be read was cut off or mangled on its way.
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
