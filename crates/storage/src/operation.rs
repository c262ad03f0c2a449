//! The operations of a store, by name.

use std::fmt;

/// An operation of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// [`get`](crate::ObjectRead::get)
    Get,
    /// [`head`](crate::ObjectRead::head)
    Head,
    /// [`list`](crate::ObjectRead::list)
    List,
    /// [`list_folders`](crate::ObjectRead::list_folders)
    ListFolders,
    /// [`put`](crate::ObjectStore::put)
    Put,
    /// [`copy`](crate::ObjectStore::copy)
    Copy,
    /// [`delete`](crate::ObjectStore::delete)
    Delete,
    /// [`undelete`](crate::ObjectStore::undelete)
    Undelete,
}

impl Operation {
    /// All of them.
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

    /// Those that change something.
    pub const WRITES: [Self; 4] = [Self::Put, Self::Copy, Self::Delete, Self::Undelete];

    /// The verb that stands for it in messages.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Get => "read",
            Self::Head => "look at",
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
