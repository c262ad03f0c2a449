//! Reading and listing.

use crate::failure::{CutOff, Failure, Kind, TooSlow};
use crate::store::{S3Store, once};
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use bytes::{Bytes, BytesMut};
use storage::{Object, ObjectKey, ObjectMeta, Operation, StoreError, Version};

/// Why one attempt at reading an object gave none.
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
    pub(crate) async fn read(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        let mut pauses = self.options.pauses();
        loop {
            let attempt = self.read_once(key, limit);
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
            tracing::debug!(store = %self, %key, cause = %failure.cause, ?pause, "reading again");
            tokio::time::sleep(pause).await;
        }
    }

    async fn read_once(&self, key: &ObjectKey, limit: u64) -> Result<Object, ReadError> {
        let request = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key.as_str());
        let answer = request.customize().config_override(once()).send().await;
        let answer = answer.map_err(|error| self.failure(error))?;
        let version = version(answer.e_tag)?;
        let announced = answer
            .content_length
            .and_then(|length| u64::try_from(length).ok());
        let bytes = receive(answer.body, announced, limit).await?;
        Ok(Object { bytes, version })
    }

    pub(crate) async fn look(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.try_look(key)
            .await
            .map_err(|error| error.into_error(self, key, Operation::Head))
    }

    pub(crate) async fn try_look(&self, key: &ObjectKey) -> Result<ObjectMeta, Failure> {
        let request = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key.as_str());
        let answer = request.send().await.map_err(|error| self.failure(error))?;
        describe_head(key, answer)
    }

    pub(crate) async fn objects_below(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
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
                found.extend(describe(object).map_err(failed)?);
            }
        }
        // Amazon sorts by bytes, and the contract says so; not every server does.
        found.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(found)
    }

    pub(crate) async fn folders_below(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
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
                (!name.is_empty()).then(|| name.to_owned())
            }));
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}

/// The prefix of all that stands below a folder; `None` for the whole bucket.
fn folder_prefix(prefix: &str) -> Option<String> {
    let prefix = prefix.trim_end_matches('/');
    (!prefix.is_empty()).then(|| format!("{prefix}/"))
}

/// Takes a body of at most `limit` bytes.
async fn receive(
    mut body: ByteStream,
    announced: Option<u64>,
    limit: u64,
) -> Result<Bytes, ReadError> {
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

/// What the answer to HEAD says about an object.
pub(crate) fn describe_head(
    key: &ObjectKey,
    answer: HeadObjectOutput,
) -> Result<ObjectMeta, Failure> {
    let version = version(answer.e_tag)?;
    Ok(ObjectMeta {
        key: key.clone(),
        size: size(answer.content_length)?,
        fingerprint: version.0.clone(),
        version: Some(version),
    })
}

/// What a list says about an object; nothing about an entry that has no key.
fn describe(object: aws_sdk_s3::types::Object) -> Result<Option<ObjectMeta>, Failure> {
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

/// What a server left out that every S3 server tells.
#[derive(Debug, thiserror::Error)]
#[error("the server's answer has no {0}: it is no S3 server that this works with")]
struct Incomplete(&'static str);

fn size(size: Option<i64>) -> Result<u64, Failure> {
    let size = size.and_then(|size| u64::try_from(size).ok());
    size.ok_or_else(|| Failure::permanent(Incomplete("size")))
}

pub(crate) fn version(etag: Option<String>) -> Result<Version, Failure> {
    etag.map(Version)
        .ok_or_else(|| Failure::permanent(Incomplete("ETag")))
}
