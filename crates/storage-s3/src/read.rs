//! Reads and listings.

use crate::failure::{CutOff, Failure, Kind, TooSlow};
use crate::store::{S3Store, without_retries};
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use bytes::{Bytes, BytesMut};
use storage::{Object, ObjectKey, ObjectMeta, Operation, StoreError, Version};

/// Reason that an attempt to read an object failed. `TooLarge` holds the size in bytes.
enum ReadError {
    TooLarge(u64),
    Failed(Failure),
}

impl From<Failure> for ReadError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl S3Store {
    pub(crate) async fn read_object(
        &self,
        key: &ObjectKey,
        limit: u64,
    ) -> Result<Object, StoreError> {
        let mut pauses = self.options.pauses();
        loop {
            let attempt = self.try_read_object(key, limit);
            // Covers the body too, which arrives after the call of the SDK has returned.
            let failure = match tokio::time::timeout(self.options.read_timeout, attempt).await {
                Ok(Ok(object)) => return Ok(object),
                Ok(Err(ReadError::TooLarge(size))) => {
                    return Err(StoreError::too_large(self, key, size, limit));
                }
                Ok(Err(ReadError::Failed(failure))) => failure,
                Err(_) => Failure::transient(TooSlow(self.options.read_timeout)),
            };
            let pause = pauses.next().filter(|_| failure.kind == Kind::Transient);
            let Some(pause) = pause else {
                return Err(failure.into_error(self, key, Operation::Get));
            };
            tracing::debug!(store = %self, %key, cause = %failure.cause, ?pause, "retrying read");
            tokio::time::sleep(pause).await;
        }
    }

    async fn try_read_object(&self, key: &ObjectKey, limit: u64) -> Result<Object, ReadError> {
        let request = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key.as_str());
        let response = request
            .customize()
            .config_override(without_retries())
            .send()
            .await;
        let response = response.map_err(|error| self.failure(error))?;
        let version = version_from_etag(response.e_tag)?;
        let announced = response
            .content_length
            .and_then(|length| u64::try_from(length).ok());
        let bytes = receive(response.body, announced, limit).await?;
        Ok(Object { bytes, version })
    }

    pub(crate) async fn read_meta(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.try_read_meta(key)
            .await
            .map_err(|error| error.into_error(self, key, Operation::Head))
    }

    pub(crate) async fn try_read_meta(&self, key: &ObjectKey) -> Result<ObjectMeta, Failure> {
        let request = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key.as_str());
        let response = request.send().await.map_err(|error| self.failure(error))?;
        meta_from_head(key, response)
    }

    pub(crate) async fn list_objects(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        let failed =
            |error: Failure| error.into_error(self, &ObjectKey::of_prefix(prefix), Operation::List);
        let request = self.client.list_objects_v2().bucket(&self.bucket);
        let mut pages = request
            .set_prefix(folder_prefix(prefix))
            .set_max_keys(self.options.page_size)
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failed(self.failure(error)))?;
            for object in page.contents.unwrap_or_default() {
                found.extend(meta_from_listing(object).map_err(failed)?);
            }
        }
        // The contract requires byte order. Amazon S3 sorts this way, but not every server does.
        found.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(found)
    }

    pub(crate) async fn list_common_prefixes(
        &self,
        prefix: &str,
    ) -> Result<Vec<String>, StoreError> {
        let below = folder_prefix(prefix);
        let request = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .delimiter("/");
        let mut pages = request
            .set_prefix(below.clone())
            .set_max_keys(self.options.page_size)
            .into_paginator()
            .send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                let key = ObjectKey::of_prefix(prefix);
                self.failure(error)
                    .into_error(self, &key, Operation::ListFolders)
            })?;
            let folders = page.common_prefixes.unwrap_or_default();
            names.extend(folders.into_iter().filter_map(|folder| {
                let folder = folder.prefix?;
                let name = folder.strip_prefix(below.as_deref().unwrap_or_default())?;
                let name = name.strip_suffix('/')?;
                // A key with two slashes in a row yields an empty name.
                (!name.is_empty()).then(|| name.to_owned())
            }));
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}

/// The key prefix of all objects below a folder; `None` for the whole bucket.
fn folder_prefix(prefix: &str) -> Option<String> {
    let prefix = prefix.trim_end_matches('/');
    (!prefix.is_empty()).then(|| format!("{prefix}/"))
}

/// Receives a body of at most `limit` bytes. `announced` is its `Content-Length`, if known.
async fn receive(
    mut body: ByteStream,
    announced: Option<u64>,
    limit: u64,
) -> Result<Bytes, ReadError> {
    // Refused before the body is received; this also bounds the allocation below.
    if let Some(size) = announced.filter(|size| *size > limit) {
        return Err(ReadError::TooLarge(size));
    }
    let mut bytes = BytesMut::with_capacity(announced.unwrap_or_default() as usize);
    while let Some(chunk) = body.try_next().await.map_err(Failure::transient)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > limit {
            return Err(ReadError::TooLarge(bytes.len() as u64));
        }
    }
    // Without this check, a connection that breaks off could pass for a shorter object.
    let received = bytes.len() as u64;
    match announced {
        Some(announced) if announced != received => Err(Failure::transient(CutOff {
            received,
            announced,
        })
        .into()),
        _ => Ok(bytes.freeze()),
    }
}

/// The metadata in the response to a HEAD request.
pub(crate) fn meta_from_head(
    key: &ObjectKey,
    response: HeadObjectOutput,
) -> Result<ObjectMeta, Failure> {
    let version = version_from_etag(response.e_tag)?;
    Ok(ObjectMeta {
        key: key.clone(),
        size: size(response.content_length)?,
        fingerprint: version.0.clone(),
        version: Some(version),
    })
}

/// The metadata in an entry of a listing; `None` if the entry has no valid key.
fn meta_from_listing(object: aws_sdk_s3::types::Object) -> Result<Option<ObjectMeta>, Failure> {
    let Some(key) = object.key.and_then(|key| ObjectKey::foreign(key).ok()) else {
        return Ok(None);
    };
    let size = size(object.size)?;
    let version = object.e_tag.map(Version);
    let changed = object.last_modified.as_ref().map_or(0, DateTime::as_nanos);
    let fingerprint = match &version {
        Some(version) => version.0.clone(),
        None => format!("{size}-{changed}"),
    };
    Ok(Some(ObjectMeta {
        key,
        size,
        version,
        fingerprint,
    }))
}

/// A field that S3 servers always return, but that a response lacks.
#[derive(Debug, thiserror::Error)]
#[error("the response has no {0}: the server is not compatible with S3")]
struct MissingField(&'static str);

fn size(size: Option<i64>) -> Result<u64, Failure> {
    let size = size.and_then(|size| u64::try_from(size).ok());
    size.ok_or_else(|| Failure::permanent(MissingField("size")))
}

pub(crate) fn version_from_etag(etag: Option<String>) -> Result<Version, Failure> {
    etag.map(Version)
        .ok_or_else(|| Failure::permanent(MissingField("ETag")))
}
