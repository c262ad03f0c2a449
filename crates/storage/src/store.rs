//! The traits, and the contract that every store keeps (`conformance` tests it).

use crate::{ObjectKey, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Debug, Display};
use std::sync::Arc;

/// An opaque token for the exact content of an object: an ETag on S3, a digest elsewhere. Compare
/// it, hand it back in a [`Condition`] or [`PutMode::Update`]; nothing else can be read from it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub String);

impl Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of an object without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMeta {
    /// The key, as the store that was asked names it.
    pub key: ObjectKey,
    /// Size in bytes.
    pub size: u64,
    /// The version, where the store tells it without reading the content. `head`, `get` and `put`
    /// always tell it; `list` may not.
    pub version: Option<Version>,
    /// Something that changes whenever the content does and costs nothing to learn: the version,
    /// or size and time of change. Only to find out that nothing changed. Where `list` does not
    /// tell the version, its fingerprints can be compared with those of `list` alone.
    pub fingerprint: String,
}

/// An object with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The content.
    pub bytes: Bytes,
    /// The version of exactly these bytes.
    pub version: Version,
}

/// Under which condition `put` writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutMode {
    /// Whatever is there is replaced.
    Overwrite,
    /// Only where nothing is.
    Create,
    /// Only where exactly this version is.
    Update(Version),
}

/// Under which condition `delete` deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Whatever is there goes.
    Always,
    /// Only exactly this version. Where a server does not honour the condition the store looks
    /// before it deletes, which leaves a short gap.
    IfVersion(Version),
}

/// The name of one delete marker: the version id that a bucket which keeps versions gave it. On a
/// marker's id nothing else ever stands, so taking it away can only bring something back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marker(pub String);

impl Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a deletion left behind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// The delete marker that now hides the object, where the store keeps versions: with
    /// [`ObjectStore::undelete`] the object comes back. `None` where it cannot come back that way,
    /// and where there was nothing to delete.
    pub marker: Option<Marker>,
}

/// Reading from a store. What only plans is given this and nothing more.
///
/// # Contract
/// - `Display` names the store and its target (`s3://bucket/prefix`, a folder), never a secret.
/// - A missing object is [`StoreError::NotFound`], never an empty one. A missing folder or prefix
///   lists as empty.
/// - A reader never sees half of a write.
/// - Dropping the future of a call stops waiting for it; what it had begun may still happen.
#[async_trait]
pub trait ObjectRead: Debug + Display + Send + Sync + 'static {
    /// Reads a whole object of at most `limit` bytes.
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError>;

    /// What is known of an object; its version is always told.
    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError>;

    /// All objects whose key begins with `prefix` and a slash (all, where `prefix` is empty), at any
    /// depth, sorted bytewise by key.
    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError>;

    /// The names of the "folders" directly below `prefix` (all at the top, where it is empty),
    /// sorted bytewise, without reading what is deeper where the store allows that.
    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
}

/// Reading from and writing to a store.
///
/// # Contract
/// - A write is whole or not at all, whatever dies; when `put` or `copy` returns, the object is
///   durable.
/// - A condition and its write are one step: of two writers that hold the same version, at most one
///   succeeds; the other gets [`StoreError::Changed`] or [`StoreError::AlreadyExists`] and nothing of
///   what it sent is there. A call whose answer was lost and that was sent again counts as a success
///   when what is there is what it sent.
/// - `delete` of what is not there succeeds and leaves nothing: it can be repeated.
/// - `undelete` only ever takes a delete marker away, never a version that holds content, and can be
///   repeated.
#[async_trait]
pub trait ObjectStore: ObjectRead {
    /// Writes an object and returns its new version.
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError>;

    /// Copies inside the store, only where nothing is at `to`, and returns the version of the copy.
    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError>;

    /// Deletes an object and tells what is left of it.
    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError>;

    /// Takes away the delete marker that an earlier `delete` of `key` told, and returns the version
    /// of the object that is to be seen then; where the marker is gone already, of the object that
    /// is there. Something other than a delete marker is refused and left alone.
    /// [`StoreError::NotFound`] where no object is to be seen then (another marker may hide it), and
    /// always from a store that keeps no versions.
    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError>;
}

/// Opens stores by the name of their bucket.
#[async_trait]
pub trait ObjectStores: Debug + Send + Sync + 'static {
    /// The store of a whole bucket. `region` is what an object's URL said, if it did; it is a hint.
    ///
    /// # Errors
    /// When there is no way to reach that bucket; the message says what is missing.
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
