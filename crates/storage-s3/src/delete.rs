//! Deleting, and taking a deletion back.

use crate::failure::{Failure, Kind};
use crate::store::{S3Store, once};
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::delete_object::DeleteObjectOutput;
use storage::{Condition, Deleted, Marker, ObjectKey, ObjectMeta, Operation, StoreError, Version};

/// The id of the version that a bucket writes to while its versioning is suspended, and of what was
/// written before it was enabled. It is not one thing for ever: content can take the place of a
/// marker under it.
const NULL: &str = "null";

/// Why a version is not taken away.
#[derive(Debug, thiserror::Error)]
enum NoMarker {
    #[error("version {0} is no delete marker: it was left as it is")]
    Content(Marker),
    #[error(
        "the version \"{NULL}\" of a bucket whose versioning is suspended can become content at \
         any time: it was left as it is"
    )]
    Null,
    #[error("the server does not say that version {0} is a delete marker: it was left as it is")]
    Unclear(Marker),
}

/// What stands under a key.
enum Visible {
    Object(ObjectMeta),
    /// No object. The marker that hides one, where the server names it.
    Nothing(Option<Marker>),
}

/// What a version of a key is.
enum Kept {
    Marker,
    Content,
    /// There is no such version.
    Gone,
    /// The server cannot tell, or did not look at the version.
    Unclear,
}

impl S3Store {
    pub(crate) async fn remove(
        &self,
        key: &ObjectKey,
        condition: &Condition,
    ) -> Result<Deleted, StoreError> {
        let expected = match condition {
            Condition::Always => None,
            Condition::IfVersion(version) => Some(version),
        };
        let mut pauses = self.options.pauses();
        // An earlier attempt may have been done though its answer was lost.
        let mut uncertain = false;
        loop {
            match self.visible(key).await? {
                Visible::Nothing(marker) => {
                    let marker = marker.filter(|_| uncertain);
                    return Ok(Deleted { marker });
                }
                Visible::Object(current)
                    if expected.is_some() && current.version.as_ref() != expected =>
                {
                    return Err(StoreError::changed(self, key));
                }
                Visible::Object(_) => {}
            }
            let failure = match self.send_delete(key, expected).await {
                Ok(deleted) => return Ok(deleted),
                Err(failure) => failure,
            };
            match failure.kind {
                // Someone was faster, or an earlier attempt was done: looking again tells.
                Kind::Precondition | Kind::NotFound | Kind::Conflict => {}
                Kind::Transient => uncertain = true,
                _ => return Err(failure.into_error(self, key, Operation::Delete)),
            }
            let Some(pause) = pauses.next() else {
                return Err(failure.into_error(self, key, Operation::Delete));
            };
            tracing::debug!(store = %self, %key, cause = %failure.cause, ?pause, "deleting again");
            tokio::time::sleep(pause).await;
        }
    }

    /// The object, or what hides it.
    async fn visible(&self, key: &ObjectKey) -> Result<Visible, StoreError> {
        let request = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key.as_str());
        let error = match request.send().await {
            Ok(answer) => {
                let meta = crate::read::describe_head(key, answer);
                return meta
                    .map(Visible::Object)
                    .map_err(|failure| failure.into_error(self, key, Operation::Head));
            }
            Err(error) => error,
        };
        let marker = marker_of(&error);
        let failure = self.failure(error);
        if failure.kind == Kind::NotFound {
            Ok(Visible::Nothing(marker))
        } else {
            Err(failure.into_error(self, key, Operation::Head))
        }
    }

    /// Sends one deletion; without its condition where the server does not know that.
    async fn send_delete(
        &self,
        key: &ObjectKey,
        expected: Option<&Version>,
    ) -> Result<Deleted, Failure> {
        match self.send_delete_if(key, expected).await {
            Err(failure) if expected.is_some() && failure.kind == Kind::NotImplemented => {
                self.send_delete_if(key, None).await
            }
            sent => sent,
        }
    }

    async fn send_delete_if(
        &self,
        key: &ObjectKey,
        expected: Option<&Version>,
    ) -> Result<Deleted, Failure> {
        let request = self
            .client
            .delete_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .set_if_match(expected.map(|version| version.0.clone()));
        let sent = request.customize().config_override(once()).send().await;
        sent.map(deleted).map_err(|error| self.failure(error))
    }

    /// Takes a delete marker away.
    pub(crate) async fn take_away(
        &self,
        key: &ObjectKey,
        marker: &Marker,
    ) -> Result<Version, StoreError> {
        let refuse = |why| Err(StoreError::failed(self, key, Operation::Undelete, why));
        if marker.0 == NULL {
            return refuse(NoMarker::Null);
        }
        match self.kept(key, marker).await? {
            Kept::Marker => self.send_take_away(key, marker).await?,
            Kept::Content => return refuse(NoMarker::Content(marker.clone())),
            Kept::Unclear => return refuse(NoMarker::Unclear(marker.clone())),
            Kept::Gone => {}
        }
        let meta = self.look(key).await?;
        meta.version.ok_or_else(|| StoreError::not_found(self, key))
    }

    /// Asks what a version is. A GET or HEAD of a delete marker is answered with 405 and a header
    /// that says so (S3 User Guide, "Working with delete markers").
    async fn kept(&self, key: &ObjectKey, marker: &Marker) -> Result<Kept, StoreError> {
        let request = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .version_id(&marker.0);
        let error = match request.send().await {
            Ok(answer) => {
                return Ok(match answer.version_id() {
                    Some(id) if id == marker.0 => Kept::Content,
                    Some(_) => Kept::Unclear,
                    // A server that keeps no versions answers with the object itself.
                    None => Kept::Gone,
                });
            }
            Err(error) => error,
        };
        let status = error.raw_response().map(|answer| answer.status().as_u16());
        match status {
            Some(405) if is_marker(&error) => Ok(Kept::Marker),
            Some(405) => Ok(Kept::Unclear),
            // 400: the bucket has no ids like this one. Looking at the key tells whether that is it.
            Some(400 | 404 | 501) => Ok(Kept::Gone),
            _ => Err(self
                .failure(error)
                .into_error(self, key, Operation::Undelete)),
        }
    }

    async fn send_take_away(&self, key: &ObjectKey, marker: &Marker) -> Result<(), StoreError> {
        let request = self
            .client
            .delete_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .version_id(&marker.0);
        match request.send().await.map_err(|error| self.failure(error)) {
            Err(failure) if failure.kind != Kind::NotFound => {
                Err(failure.into_error(self, key, Operation::Undelete))
            }
            _ => Ok(()),
        }
    }
}

/// What the answer to a deletion says.
fn deleted(answer: DeleteObjectOutput) -> Deleted {
    let id = answer
        .version_id
        .filter(|_| answer.delete_marker == Some(true));
    Deleted {
        marker: id.filter(|id| id != NULL).map(Marker),
    }
}

fn header<'a, E>(error: &'a SdkError<E, HttpResponse>, name: &'static str) -> Option<&'a str> {
    error.raw_response()?.headers().get(name)
}

/// Whether an answer says that what was asked for is a delete marker.
fn is_marker<E>(error: &SdkError<E, HttpResponse>) -> bool {
    header(error, "x-amz-delete-marker").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The delete marker that an answer names.
fn marker_of<E>(error: &SdkError<E, HttpResponse>) -> Option<Marker> {
    let id = header(error, "x-amz-version-id").filter(|id| is_marker(error) && *id != NULL);
    id.map(|id| Marker(id.to_owned()))
}
