//! Names of the store operations.

use std::fmt;

/// A store operation, for counting, injected failures and messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Reads an object: [`ObjectRead::get`](crate::ObjectRead::get).
    Get,
    /// Reads the metadata of an object: [`ObjectRead::head`](crate::ObjectRead::head).
    Head,
    /// Lists objects: [`ObjectRead::list`](crate::ObjectRead::list).
    List,
    /// Lists folders: [`ObjectRead::list_folders`](crate::ObjectRead::list_folders).
    ListFolders,
    /// Writes an object: [`ObjectStore::put`](crate::ObjectStore::put).
    Put,
    /// Copies an object: [`ObjectStore::copy`](crate::ObjectStore::copy).
    Copy,
    /// Deletes an object: [`ObjectStore::delete`](crate::ObjectStore::delete).
    Delete,
    /// Removes a delete marker: [`ObjectStore::undelete`](crate::ObjectStore::undelete).
    Undelete,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 8] = [
        Self::Get,
        Self::Head,
        Self::List,
        Self::ListFolders,
        Self::Put,
        Self::Copy,
        Self::Delete,
        Self::Undelete,
    ];

    /// The operations that change a store.
    pub const WRITES: [Self; 4] = [Self::Put, Self::Copy, Self::Delete, Self::Undelete];

    /// The verb for messages, as in "cannot read KEY".
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Get => "read",
            Self::Head => "read the metadata of",
            Self::List => "list",
            Self::ListFolders => "list the folders of",
            Self::Put => "write",
            Self::Copy => "copy",
            Self::Delete => "delete",
            Self::Undelete => "undelete",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verb())
    }
}
