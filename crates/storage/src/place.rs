//! Where files are, in a form that journals store and other processes read.

use crate::{Marker, ObjectKey, Version};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The store that holds a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceStore {
    /// The data folder.
    Data,
    /// A bucket that manifests point into.
    Bucket {
        /// The name of the bucket.
        name: String,
        /// The region of the bucket; absent if the object's address does not name it.
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

/// A file or object in exactly one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The store that holds the file.
    pub store: PlaceStore,
    /// The key of the file in that store.
    pub key: ObjectKey,
    /// The version of the content.
    pub version: Version,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.store, self.key)
    }
}

/// A file that was copied to the trash of its store and then deleted from its original place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trashed {
    /// Where the file was, and in which version.
    #[serde(flatten)]
    pub place: Place,
    /// The key of the copy in the same store.
    pub trash: ObjectKey,
    /// The delete marker that the deletion left; absent unless the bucket keeps versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<Marker>,
}

/// Where a new file is about to be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPlace {
    /// The store that will hold the file.
    pub store: PlaceStore,
    /// The key of the file in that store.
    pub key: ObjectKey,
}
