//! Writes and copies.

use crate::content_type;
use crate::failure::{Failure, Kind};
use crate::read::version_from_etag;
use crate::store::{S3Store, without_retries};
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use storage::{ObjectKey, ObjectMeta, Operation, PutMode, StoreError, Version};

/// Escapes all characters of a key in the header that names the source of a copy, except the
/// unreserved ones of RFC 3986 and the slash.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// A copy whose size differs from that of its source; sizes in bytes.
#[derive(Debug, thiserror::Error)]
#[error("the copy has {copy} bytes, but its source has {source_size}")]
struct PartialCopy {
    copy: u64,
    source_size: u64,
}

impl S3Store {
    pub(crate) async fn write_object(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError> {
        let mut pauses = self.options.pauses();
        // Whether an earlier attempt may have been applied although its response was lost.
        let mut maybe_applied = false;
        loop {
            let failure = match self.send_put(key, bytes.clone(), &mode).await {
                Ok(version) => return Ok(version),
                Err(failure) => failure,
            };
            match (&mode, failure.kind) {
                // The client has already retried this request according to its settings.
                (PutMode::Overwrite, _) => {
                    return Err(failure.into_error(self, key, Operation::Put));
                }
                // The earlier attempt itself may be the reason that the condition does not hold:
                // then the stored content is ours, and the write succeeded.
                (_, Kind::Precondition) | (PutMode::Update(_), Kind::NotFound) => {
                    let ours = if maybe_applied {
                        self.version_if_equal(key, &bytes).await?
                    } else {
                        None
                    };
                    return ours.ok_or_else(|| self.conflict_error(key, &mode));
                }
                (_, Kind::Transient) => maybe_applied = true,
                // The server refused the request without applying it.
                (_, Kind::Conflict) => {}
                _ => return Err(failure.into_error(self, key, Operation::Put)),
            }
            let Some(pause) = pauses.next() else {
                return self
                    .settle(key, &bytes, &mode, maybe_applied, failure)
                    .await;
            };
            tracing::debug!(store = %self, %key, cause = %failure.cause, ?pause, "retrying write");
            tokio::time::sleep(pause).await;
        }
    }

    async fn send_put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: &PutMode,
    ) -> Result<Version, Failure> {
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .content_type(content_type::of(key.file_name()))
            .body(ByteStream::from(bytes));
        let sent = match mode {
            // Idempotent, so the SDK may retry it.
            PutMode::Overwrite => request.send().await,
            PutMode::Create => {
                request
                    .if_none_match("*")
                    .customize()
                    .config_override(without_retries())
                    .send()
                    .await
            }
            PutMode::Update(version) => {
                request
                    .if_match(&version.0)
                    .customize()
                    .config_override(without_retries())
                    .send()
                    .await
            }
        };
        version_from_etag(sent.map_err(|error| self.failure(error))?.e_tag)
    }

    /// The version of the object if its content is `bytes`; `None` if it differs or does not exist.
    async fn version_if_equal(
        &self,
        key: &ObjectKey,
        bytes: &Bytes,
    ) -> Result<Option<Version>, StoreError> {
        match self.read_object(key, bytes.len() as u64).await {
            Ok(object) if object.bytes == *bytes => Ok(Some(object.version)),
            Ok(_) | Err(StoreError::TooLarge { .. } | StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn conflict_error(&self, key: &ObjectKey, mode: &PutMode) -> StoreError {
        match mode {
            PutMode::Update(_) => StoreError::changed(self, key),
            PutMode::Create | PutMode::Overwrite => StoreError::already_exists(self, key),
        }
    }

    /// Determines the outcome of a conditional write after its last attempt from the stored object,
    /// or reports `failure` if that is not possible.
    async fn settle(
        &self,
        key: &ObjectKey,
        bytes: &Bytes,
        mode: &PutMode,
        maybe_applied: bool,
        failure: Failure,
    ) -> Result<Version, StoreError> {
        if maybe_applied && let Ok(Some(version)) = self.version_if_equal(key, bytes).await {
            return Ok(version);
        }
        let current = self.try_read_meta(key).await.map(|meta| meta.version);
        let is_conflict = match (mode, current) {
            (PutMode::Create, Ok(_)) => true,
            (PutMode::Update(expected), Ok(current)) => current.as_ref() != Some(expected),
            _ => false,
        };
        if is_conflict {
            return Err(self.conflict_error(key, mode));
        }
        Err(failure.into_error(self, key, Operation::Put))
    }

    pub(crate) async fn copy_object(
        &self,
        from: &ObjectKey,
        to: &ObjectKey,
    ) -> Result<Version, StoreError> {
        let source = self.read_meta(from).await?;
        // Checked here because servers that ignore the condition of a copy would replace the
        // object.
        if self.find_meta(to).await?.is_some() {
            return Err(StoreError::already_exists(self, to));
        }
        let mut pauses = self.options.pauses();
        let mut maybe_applied = false;
        let mut conditional = true;
        loop {
            let failure = match self.send_copy(from, &source, to, conditional).await {
                Ok(()) => return self.verified_copy(&source, to).await,
                Err(failure) => failure,
            };
            match failure.kind {
                // Fall back to an unconditional copy: the check above found no object at `to`.
                Kind::NotImplemented if conditional => {
                    conditional = false;
                    continue;
                }
                Kind::Precondition => {
                    return self.settle_copy(from, &source, to, maybe_applied).await;
                }
                // Only the source can be missing: it was deleted after the check above.
                Kind::NotFound => return Err(StoreError::not_found(self, from)),
                Kind::Transient => maybe_applied = true,
                Kind::Conflict => {}
                _ => return Err(failure.into_error(self, to, Operation::Copy)),
            }
            let Some(pause) = pauses.next() else {
                return Err(failure.into_error(self, to, Operation::Copy));
            };
            let cause = &failure.cause;
            tracing::debug!(store = %self, key = %to, %cause, ?pause, "retrying copy");
            tokio::time::sleep(pause).await;
        }
    }

    async fn send_copy(
        &self,
        from: &ObjectKey,
        source: &ObjectMeta,
        to: &ObjectKey,
        conditional: bool,
    ) -> Result<(), Failure> {
        let path = utf8_percent_encode(from.as_str(), ESCAPED);
        let request = self
            .client
            .copy_object()
            .bucket(&self.bucket)
            .key(to.as_str())
            .copy_source(format!("{}/{path}", self.bucket))
            // Pins the version whose size the caller compares with that of the copy.
            .set_copy_source_if_match(source.version.as_ref().map(|version| version.0.clone()))
            .set_if_none_match(conditional.then(|| "*".to_owned()));
        let sent = request
            .customize()
            .config_override(without_retries())
            .send()
            .await;
        sent.map(drop).map_err(|error| self.failure(error))
    }

    /// The metadata of the object; `None` if it does not exist.
    pub(crate) async fn find_meta(
        &self,
        key: &ObjectKey,
    ) -> Result<Option<ObjectMeta>, StoreError> {
        match self.read_meta(key).await {
            Ok(meta) => Ok(Some(meta)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Checks that the copy has the size of its source and returns its version.
    async fn verified_copy(
        &self,
        source: &ObjectMeta,
        to: &ObjectKey,
    ) -> Result<Version, StoreError> {
        // Callers delete the source after a copy, so the copy is checked first.
        let copy = self.read_meta(to).await?;
        if copy.size != source.size {
            let partial = PartialCopy {
                copy: copy.size,
                source_size: source.size,
            };
            return Err(StoreError::failed(self, to, Operation::Copy, partial));
        }
        copy.version.ok_or_else(|| StoreError::changed(self, to))
    }

    /// Determines the outcome of a copy whose condition did not hold: the source changed, another
    /// object exists at the target, or the target is the result of an earlier attempt of this copy.
    async fn settle_copy(
        &self,
        from: &ObjectKey,
        source: &ObjectMeta,
        to: &ObjectKey,
        maybe_applied: bool,
    ) -> Result<Version, StoreError> {
        let Some(target) = self.find_meta(to).await? else {
            return Err(StoreError::changed(self, from));
        };
        if maybe_applied && target.size == source.size {
            // ETags of equal content may differ between an object and its copy, so compare bytes.
            let (original, copy) = (
                self.read_object(from, source.size).await?,
                self.read_object(to, source.size).await?,
            );
            if original.bytes == copy.bytes {
                return Ok(copy.version);
            }
        }
        Err(StoreError::already_exists(self, to))
    }
}
