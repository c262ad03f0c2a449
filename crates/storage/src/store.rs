//! The store traits and the contract that every implementation keeps (tested by `conformance`).

use crate::{ObjectKey, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Debug, Display};
use std::sync::Arc;

/// An opaque token for the exact content of an object: the ETag on S3, a SHA-256 digest in the
/// stores of this crate. Versions can be compared for equality and passed back in a [`Condition`]
/// or [`PutMode::Update`]; their text has no other meaning.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub String);

impl Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Metadata of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMeta {
    /// Key of the object, relative to the store that returned it.
    pub key: ObjectKey,
    /// Size in bytes.
    pub size: u64,
    /// Version of the content. `head` always sets it; `list` leaves it out if the store would have
    /// to read the content to know it.
    pub version: Option<Version>,
    /// A cheap change detector that differs whenever the content differs: the version, or size and
    /// modification time. Use it only to find out that nothing changed. If `list` returns no
    /// version, its fingerprints are comparable only with other fingerprints from `list`.
    pub fingerprint: String,
}

/// The content of an object and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Content of the object.
    pub bytes: Bytes,
    /// Version of exactly these bytes.
    pub version: Version,
}

/// The condition under which `put` writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutMode {
    /// Writes unconditionally and replaces any existing object.
    Overwrite,
    /// Writes only if no object exists under the key.
    Create,
    /// Writes only if the current version is exactly this one.
    Update(Version),
}

/// The condition under which `delete` deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Deletes unconditionally.
    Always,
    /// Deletes only if the current version is exactly this one. If a server does not honour the
    /// condition, the store compares versions before it deletes; a write in the short time between
    /// the two steps can then be lost.
    IfVersion(Version),
}

/// The version ID that a bucket with versioning assigned to a delete marker. The bucket never
/// reuses it for content, so removing the version with this ID can only restore an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marker(pub String);

impl Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The result of a `delete`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// The delete marker that now hides the object, if the store keeps versions:
    /// [`ObjectStore::undelete`] restores the object with it. `None` if the object cannot be
    /// restored that way, and if there was nothing to delete.
    pub marker: Option<Marker>,
}

/// Read access to a store. Code that only plans changes receives this trait and cannot write.
///
/// # Contract
/// - `Display` names the store and its target (`s3://bucket/prefix`, or a folder) and never shows a
///   secret.
/// - Reading a missing object fails with [`StoreError::NotFound`]; it never yields an empty object.
///   Listing a missing folder or prefix succeeds with an empty list.
/// - A reader never sees a partially written object.
/// - Dropping the future of a call stops waiting for its result. It does not cancel the operation:
///   what has started may still complete.
#[async_trait]
pub trait ObjectRead: Debug + Display + Send + Sync + 'static {
    /// Reads a whole object.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the object does not exist, [`StoreError::TooLarge`] if it has
    /// more than `limit` bytes.
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError>;

    /// Reads the metadata of an object. The version is always set.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the object does not exist.
    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError>;

    /// Lists all objects whose key starts with `prefix` and a slash (all objects if `prefix` is
    /// empty), at any depth, sorted by key in byte order. A trailing slash in `prefix` is ignored.
    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError>;

    /// Lists the names of the folders directly below `prefix` (at the top level if `prefix` is
    /// empty), each once, sorted in byte order. In a bucket, a folder is a key segment that a slash
    /// follows. Deeper levels are not read if the store can avoid it.
    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
}

/// Read and write access to a store.
///
/// # Contract
/// - A write takes effect completely or not at all, even if the process or the machine dies. Once
///   `put` or `copy` returns successfully, the object is durable.
/// - A condition is checked and its write applied in one atomic step: of two writers that hold the
///   same version, at most one succeeds. The other gets [`StoreError::Changed`] or
///   [`StoreError::AlreadyExists`], and nothing it sent is stored. A call that is sent again
///   because its response was lost succeeds if the stored content is what the call sent.
/// - `delete` is idempotent: deleting a missing object succeeds and leaves no delete marker.
/// - `undelete` is idempotent and removes only delete markers, never a version that holds content.
#[async_trait]
pub trait ObjectStore: ObjectRead {
    /// Writes an object and returns its new version.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] if [`PutMode::Create`] finds an object,
    /// [`StoreError::Changed`] if [`PutMode::Update`] finds another version or no object.
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError>;

    /// Copies an object within the store and returns the version of the copy.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if `from` does not exist, [`StoreError::AlreadyExists`] if `to`
    /// does.
    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError>;

    /// Deletes an object and returns the delete marker that hides it, if the store keeps versions.
    ///
    /// # Errors
    /// [`StoreError::Changed`] if [`Condition::IfVersion`] finds another version.
    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError>;

    /// Removes the delete marker that an earlier `delete` of `key` returned, and returns the
    /// version of the object that is visible afterwards. If the marker no longer exists, returns
    /// the version of the object that is visible now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if no object is visible afterwards (another marker may hide it),
    /// and always from a store that does not keep versions. [`StoreError::Failed`] if `marker` is
    /// not a delete marker; it is then left unchanged.
    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError>;
}

/// Opens stores by bucket name.
#[async_trait]
pub trait ObjectStores: Debug + Send + Sync + 'static {
    /// Opens the store of a whole bucket. `region` is a hint: the region in an object's URL, if
    /// any.
    ///
    /// # Errors
    /// If the bucket cannot be reached; the message says what is missing.
    async fn bucket(
        &self,
        name: &str,
        region: Option<&str>,
    ) -> Result<Arc<dyn ObjectStore>, StoreError>;
}

/// Opens stores by the name of their bucket, for reading only.
#[async_trait]
pub trait ObjectReaders: Debug + Send + Sync + 'static {
    /// The store of a whole bucket. `region` is a hint: what an object's URL said, if it did.
    ///
    /// # Errors
    /// When there is no way to reach that bucket; the message says what is missing.
    async fn bucket(
        &self,
        name: &str,
        region: Option<&str>,
    ) -> Result<Arc<dyn ObjectRead>, StoreError>;
}
