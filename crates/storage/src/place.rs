//! Where a file is, in words that can be written down and read by another process.

use crate::{Marker, ObjectKey, Version};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which store a file is in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceStore {
    /// The data folder.
    Data,
    /// A bucket that manifests point into.
    Bucket {
        /// Its name.
        name: String,
        /// Its region, where the object's address told it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
    },
}

impl fmt::Display for PlaceStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data => f.write_str("data"),
            Self::Bucket { name, .. } => write!(f, "s3://{name}"),
        }
    }
}

/// One file or object in exactly one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its store.
    pub store: PlaceStore,
    /// Its key in that store.
    pub key: ObjectKey,
    /// Its version.
    pub version: Version,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.store, self.key)
    }
}

/// A file that was moved to the trash of its store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trashed {
    /// Where it was.
    #[serde(flatten)]
    pub place: Place,
    /// Its copy.
    pub trash: ObjectKey,
    /// The delete marker that its deletion left, on a bucket that keeps versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<Marker>,
}

/// Where a new file is to be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPlace {
    /// The store.
    pub store: PlaceStore,
    /// The key.
    pub key: ObjectKey,
}
