//! Writing and copying.

use crate::content_type;
use crate::failure::{Failure, Kind};
use crate::read::version;
use crate::store::{S3Store, once};
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use storage::{ObjectKey, ObjectMeta, Operation, PutMode, StoreError, Version};

/// What stands for itself in the header that names the source of a copy.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// A copy that is not as large as its source.
#[derive(Debug, thiserror::Error)]
#[error("the copy has {copy} bytes, its source {source_size}")]
struct PartialCopy {
    copy: u64,
    source_size: u64,
}

impl S3Store {
    pub(crate) async fn write(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError> {
        let mut pauses = self.options.pauses();
        // An earlier attempt may have been done though its answer was lost.
        let mut uncertain = false;
        loop {
            let failure = match self.send(key, bytes.clone(), &mode).await {
                Ok(version) => return Ok(version),
                Err(failure) => failure,
            };
            match (&mode, failure.kind) {
                // The client has tried this one again as often as its settings say.
                (PutMode::Overwrite, _) => {
                    return Err(failure.into_error(self, key, Operation::Put));
                }
                (_, Kind::Precondition) | (PutMode::Update(_), Kind::NotFound) => {
                    let own = if uncertain {
                        self.own(key, &bytes).await?
                    } else {
                        None
                    };
                    return own.ok_or_else(|| self.lost(key, &mode));
                }
                (_, Kind::Transient) => uncertain = true,
                (_, Kind::Conflict) => {}
                _ => return Err(failure.into_error(self, key, Operation::Put)),
            }
            let Some(pause) = pauses.next() else {
                return self.give_up(key, &bytes, &mode, uncertain, failure).await;
            };
            tracing::debug!(store = %self, %key, cause = %failure.cause, ?pause, "writing again");
            tokio::time::sleep(pause).await;
        }
    }

    async fn send(
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
            PutMode::Overwrite => request.send().await,
            PutMode::Create => {
                request
                    .if_none_match("*")
                    .customize()
                    .config_override(once())
                    .send()
                    .await
            }
            PutMode::Update(version) => {
                request
                    .if_match(&version.0)
                    .customize()
                    .config_override(once())
                    .send()
                    .await
            }
        };
        version(sent.map_err(|error| self.failure(error))?.e_tag)
    }

    /// The version of the object where its content is `bytes`.
    async fn own(&self, key: &ObjectKey, bytes: &Bytes) -> Result<Option<Version>, StoreError> {
        match self.read(key, bytes.len() as u64).await {
            Ok(object) if object.bytes == *bytes => Ok(Some(object.version)),
            Ok(_) | Err(StoreError::TooLarge { .. } | StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn lost(&self, key: &ObjectKey, mode: &PutMode) -> StoreError {
        match mode {
            PutMode::Update(_) => StoreError::changed(self, key),
            PutMode::Create | PutMode::Overwrite => StoreError::already_exists(self, key),
        }
    }

    /// After the last attempt of a conditional write: what is there decides, as far as it can.
    async fn give_up(
        &self,
        key: &ObjectKey,
        bytes: &Bytes,
        mode: &PutMode,
        uncertain: bool,
        failure: Failure,
    ) -> Result<Version, StoreError> {
        if uncertain && let Ok(Some(version)) = self.own(key, bytes).await {
            return Ok(version);
        }
        let current = self.try_look(key).await.map(|meta| meta.version);
        let is_lost = match (mode, current) {
            (PutMode::Create, Ok(_)) => true,
            (PutMode::Update(expected), Ok(current)) => current.as_ref() != Some(expected),
            _ => false,
        };
        if is_lost {
            return Err(self.lost(key, mode));
        }
        Err(failure.into_error(self, key, Operation::Put))
    }

    pub(crate) async fn duplicate(
        &self,
        from: &ObjectKey,
        to: &ObjectKey,
    ) -> Result<Version, StoreError> {
        let source = self.look(from).await?;
        // Servers that ignore the condition of a copy would replace what is there.
        if self.find(to).await?.is_some() {
            return Err(StoreError::already_exists(self, to));
        }
        let mut pauses = self.options.pauses();
        let mut uncertain = false;
        let mut conditional = true;
        loop {
            let failure = match self.send_copy(from, &source, to, conditional).await {
                Ok(()) => return self.checked_copy(&source, to).await,
                Err(failure) => failure,
            };
            match failure.kind {
                Kind::NotImplemented if conditional => {
                    conditional = false;
                    continue;
                }
                Kind::Precondition => return self.lost_copy(from, &source, to, uncertain).await,
                Kind::NotFound => return Err(StoreError::not_found(self, from)),
                Kind::Transient => uncertain = true,
                Kind::Conflict => {}
                _ => return Err(failure.into_error(self, to, Operation::Copy)),
            }
            let Some(pause) = pauses.next() else {
                return Err(failure.into_error(self, to, Operation::Copy));
            };
            tracing::debug!(store = %self, key = %to, cause = %failure.cause, ?pause, "copying again");
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
        let path = utf8_percent_encode(from.as_str(), PLAIN);
        let request = self
            .client
            .copy_object()
            .bucket(&self.bucket)
            .key(to.as_str())
            .copy_source(format!("{}/{path}", self.bucket))
            .set_copy_source_if_match(source.version.as_ref().map(|version| version.0.clone()))
            .set_if_none_match(conditional.then(|| "*".to_owned()));
        let sent = request.customize().config_override(once()).send().await;
        sent.map(drop).map_err(|error| self.failure(error))
    }

    /// The object, where there is one.
    pub(crate) async fn find(&self, key: &ObjectKey) -> Result<Option<ObjectMeta>, StoreError> {
        match self.look(key).await {
            Ok(meta) => Ok(Some(meta)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn checked_copy(
        &self,
        source: &ObjectMeta,
        to: &ObjectKey,
    ) -> Result<Version, StoreError> {
        let copy = self.look(to).await?;
        if copy.size != source.size {
            let wrong = PartialCopy {
                copy: copy.size,
                source_size: source.size,
            };
            return Err(StoreError::failed(self, to, Operation::Copy, wrong));
        }
        copy.version.ok_or_else(|| StoreError::changed(self, to))
    }

    /// A condition did not hold: that on the copy, or that on the source.
    async fn lost_copy(
        &self,
        from: &ObjectKey,
        source: &ObjectMeta,
        to: &ObjectKey,
        uncertain: bool,
    ) -> Result<Version, StoreError> {
        let Some(there) = self.find(to).await? else {
            return Err(StoreError::changed(self, from));
        };
        if uncertain && there.size == source.size {
            let (original, copy) = (
                self.read(from, source.size).await?,
                self.read(to, source.size).await?,
            );
            if original.bytes == copy.bytes {
                return Ok(copy.version);
            }
        }
        Err(StoreError::already_exists(self, to))
    }
}
