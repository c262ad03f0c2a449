//! Deletes, and removal of delete markers to undo them.

use crate::failure::{Failure, Kind};
use crate::store::{S3Store, without_retries};
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::delete_object::DeleteObjectOutput;
use storage::{Condition, Deleted, Marker, ObjectKey, ObjectMeta, Operation, StoreError, Version};

/// The ID of versions that a bucket creates while versioning is suspended, or created before it was
/// enabled. It does not identify one version for good: content can replace a delete marker under
/// it.
const NULL_VERSION: &str = "null";

/// Reason that a version is not removed.
#[derive(Debug, thiserror::Error)]
enum NotRemovable {
    #[error("version {0} is not a delete marker and was left unchanged")]
    Content(Marker),
    #[error(
        "version \"{NULL_VERSION}\" was left unchanged: with suspended versioning it can become \
         content at any time"
    )]
    Null,
    #[error(
        "the server does not confirm that version {0} is a delete marker, so it was left unchanged"
    )]
    Unknown(Marker),
}

/// What a reader sees under a key.
enum Visible {
    Object(ObjectMeta),
    /// No object; holds the delete marker that hides one, if the server names it.
    Nothing(Option<Marker>),
}

/// What the server says about a version of a key.
enum VersionKind {
    Marker,
    Content,
    /// The version does not exist.
    Missing,
    /// The server cannot tell, or responded about another version.
    Unknown,
}

impl S3Store {
    pub(crate) async fn delete_object(
        &self,
        key: &ObjectKey,
        condition: &Condition,
    ) -> Result<Deleted, StoreError> {
        let expected = match condition {
            Condition::Always => None,
            Condition::IfVersion(version) => Some(version),
        };
        let mut pauses = self.options.pauses();
        // Whether an earlier attempt may have been applied although its response was lost.
        let mut maybe_applied = false;
        loop {
            // Checked before every attempt: deleting an object that is already gone would leave a
            // second delete marker, and not every server honours the condition.
            match self.read_visible(key).await? {
                Visible::Nothing(marker) => {
                    // Without an attempt of ours, the marker belongs to an earlier delete.
                    let marker = marker.filter(|_| maybe_applied);
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
                // Another writer was faster, or an earlier attempt was applied: the next check
                // tells.
                Kind::Precondition | Kind::NotFound | Kind::Conflict => {}
                Kind::Transient => maybe_applied = true,
                _ => return Err(failure.into_error(self, key, Operation::Delete)),
            }
            let Some(pause) = pauses.next() else {
                return Err(failure.into_error(self, key, Operation::Delete));
            };
            tracing::debug!(store = %self, %key, cause = %failure.cause, ?pause, "retrying delete");
            tokio::time::sleep(pause).await;
        }
    }

    /// Reads the metadata of the object, or the delete marker that hides it.
    async fn read_visible(&self, key: &ObjectKey) -> Result<Visible, StoreError> {
        let request = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key.as_str());
        let error = match request.send().await {
            Ok(response) => {
                let meta = crate::read::meta_from_head(key, response);
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

    /// Sends one delete request, without the condition if the server does not support it.
    async fn send_delete(
        &self,
        key: &ObjectKey,
        expected: Option<&Version>,
    ) -> Result<Deleted, Failure> {
        match self.send_delete_if(key, expected).await {
            Err(failure) if expected.is_some() && failure.kind == Kind::NotImplemented => {
                // The caller compared the version just before, which leaves only a short window.
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
        let sent = request
            .customize()
            .config_override(without_retries())
            .send()
            .await;
        sent.map(deleted).map_err(|error| self.failure(error))
    }

    /// Removes a delete marker, and only a delete marker, and returns the version that is then
    /// visible.
    pub(crate) async fn remove_marker(
        &self,
        key: &ObjectKey,
        marker: &Marker,
    ) -> Result<Version, StoreError> {
        let refuse = |why| Err(StoreError::failed(self, key, Operation::Undelete, why));
        if marker.0 == NULL_VERSION {
            return refuse(NotRemovable::Null);
        }
        // Checked before the removal: a DELETE with a version ID would destroy content for good.
        match self.version_kind(key, marker).await? {
            VersionKind::Marker => self.send_remove_marker(key, marker).await?,
            VersionKind::Content => return refuse(NotRemovable::Content(marker.clone())),
            VersionKind::Unknown => return refuse(NotRemovable::Unknown(marker.clone())),
            VersionKind::Missing => {}
        }
        let meta = self.read_meta(key).await?;
        meta.version.ok_or_else(|| StoreError::not_found(self, key))
    }

    /// Looks up what a version is. The response to a HEAD request for a delete marker is 405 with a
    /// header that says so (S3 User Guide, "Working with delete markers").
    async fn version_kind(
        &self,
        key: &ObjectKey,
        marker: &Marker,
    ) -> Result<VersionKind, StoreError> {
        let request = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .version_id(&marker.0);
        let error = match request.send().await {
            Ok(response) => {
                return Ok(match response.version_id() {
                    Some(id) if id == marker.0 => VersionKind::Content,
                    Some(_) => VersionKind::Unknown,
                    // A server that does not keep versions returns the object itself.
                    None => VersionKind::Missing,
                });
            }
            Err(error) => error,
        };
        let status = error
            .raw_response()
            .map(|response| response.status().as_u16());
        match status {
            Some(405) if is_marker(&error) => Ok(VersionKind::Marker),
            Some(405) => Ok(VersionKind::Unknown),
            // 400 means that the bucket has no version IDs of this form. If it means something
            // else, the read of the object that follows reports it.
            Some(400 | 404 | 501) => Ok(VersionKind::Missing),
            _ => Err(self
                .failure(error)
                .into_error(self, key, Operation::Undelete)),
        }
    }

    async fn send_remove_marker(&self, key: &ObjectKey, marker: &Marker) -> Result<(), StoreError> {
        let request = self
            .client
            .delete_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .version_id(&marker.0);
        match request.send().await.map_err(|error| self.failure(error)) {
            // A missing marker was removed by an earlier attempt or by someone else.
            Err(failure) if failure.kind != Kind::NotFound => {
                Err(failure.into_error(self, key, Operation::Undelete))
            }
            _ => Ok(()),
        }
    }
}

/// The result that the response to a delete request describes.
fn deleted(response: DeleteObjectOutput) -> Deleted {
    let id = response
        .version_id
        .filter(|_| response.delete_marker == Some(true));
    Deleted {
        marker: id.filter(|id| id != NULL_VERSION).map(Marker),
    }
}

fn header<'a, E>(error: &'a SdkError<E, HttpResponse>, name: &'static str) -> Option<&'a str> {
    error.raw_response()?.headers().get(name)
}

/// Whether a response says that the requested version is a delete marker.
fn is_marker<E>(error: &SdkError<E, HttpResponse>) -> bool {
    header(error, "x-amz-delete-marker").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The delete marker that a response names.
fn marker_of<E>(error: &SdkError<E, HttpResponse>) -> Option<Marker> {
    let id = header(error, "x-amz-version-id").filter(|id| is_marker(error) && *id != NULL_VERSION);
    id.map(|id| Marker(id.to_owned()))
}
