//! The folder of a local store: which file an object is, and what the file system's errors mean.

use crate::{ObjectKey, Operation, StoreError};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How the names of the files begin that the store makes for itself. They are no objects: they are
/// not listed, and keys with such a segment are refused.
pub(super) const OWN: &str = ".tdbal";

/// The file in the folder [`OWN`] that writers lock. Its name is one of the store's own too, so that
/// another store whose root is that folder neither lists it nor can replace it.
pub(super) const LOCK: &str = ".tdbal-lock";

/// Objects as files below a folder: the key `a/b.png` is the file `b.png` in its sub-folder `a`.
///
/// - A file is written beside its place, flushed, and renamed; then its folder is flushed. After a
///   crash a file named `.tdbal-*.tmp` may remain; it is never taken for an object.
/// - The version of an object is the SHA-256 of its content; `list` does not tell it. The
///   fingerprint is size, time of change and (on Unix) inode number.
/// - Writes take the lock of `.tdbal/.tdbal-lock` below the folder (made at the first write), so that
///   conditions hold between processes too, as far as all of them write through this store. What
///   other programs write in the short time between check and rename can be lost, except that
///   [`PutMode::Create`] and `copy` never replace anything, whoever wrote it.
/// - Symbolic links to files and folders are followed in reading; a link to a folder that it stands
///   in is not listed again. Writing or deleting replaces or deletes the link and leaves alone what
///   it points to.
/// - Files with names that are not UTF-8 or cannot stand in a key are not listed; the log names
///   them. `list_folders` tells empty folders too.
#[derive(Debug, Clone)]
pub struct LocalStore {
    root: Arc<Path>,
}

/// Why a key is no file here.
#[derive(Debug, thiserror::Error)]
enum PathError {
    /// It could leave the folder.
    #[error("a file below a folder cannot have this name")]
    Unsafe,
    /// It is a name of the store's own files.
    #[error("names that begin with {OWN} are kept for the store's own files")]
    Reserved,
}

impl LocalStore {
    /// The store in the folder `root`, which need not exist yet. A relative path counts from the
    /// folder that the process works in.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        let here = root.as_os_str().is_empty();
        Self {
            root: if here {
                Path::new(".").into()
            } else {
                root.into()
            },
        }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The file of an object, whether or not it exists.
    ///
    /// # Errors
    /// When the key could leave the folder or is a name of the store's own.
    pub fn path(&self, key: &ObjectKey, operation: Operation) -> Result<PathBuf, StoreError> {
        let wrong = if !key.is_plain() {
            PathError::Unsafe
        } else if key.as_str().split('/').any(|part| part.starts_with(OWN)) {
            PathError::Reserved
        } else {
            return Ok(self.root.join(key.as_str()));
        };
        Err(StoreError::failed(self, key, operation, wrong))
    }

    /// The folder that holds what stands below `prefix`.
    pub(super) fn folder(&self, prefix: &str, operation: Operation) -> Result<PathBuf, StoreError> {
        let prefix = prefix.trim_end_matches('/');
        if prefix.is_empty() {
            return Ok(self.root.to_path_buf());
        }
        let wrong = || {
            StoreError::failed(
                self,
                &ObjectKey::of_prefix(prefix),
                operation,
                PathError::Unsafe,
            )
        };
        self.path(&ObjectKey::new(prefix).map_err(|_| wrong())?, operation)
    }

    /// What an error of the file system means for an object.
    pub(super) fn error(
        &self,
        key: &ObjectKey,
        operation: Operation,
        error: io::Error,
    ) -> StoreError {
        use io::ErrorKind::{
            Interrupted, PermissionDenied, ReadOnlyFilesystem, ResourceBusy, TimedOut, WouldBlock,
        };
        match error.kind() {
            PermissionDenied | ReadOnlyFilesystem => {
                StoreError::denied(self, key, operation, error)
            }
            Interrupted | ResourceBusy | TimedOut | WouldBlock => {
                StoreError::transient(self, key, operation, error)
            }
            _ => StoreError::failed(self, key, operation, error),
        }
    }

    /// The same for reading, where a missing file is an answer.
    pub(super) fn read_error(
        &self,
        key: &ObjectKey,
        operation: Operation,
        error: io::Error,
    ) -> StoreError {
        if is_absence(&error) {
            StoreError::not_found(self, key)
        } else {
            self.error(key, operation, error)
        }
    }

    /// Does file work where it blocks nobody else.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        key: ObjectKey,
        operation: Operation,
        work: impl FnOnce(&Self, &ObjectKey) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (store, owned) = (self.clone(), key.clone());
        match tokio::task::spawn_blocking(move || work(&store, &owned)).await {
            Ok(result) => result,
            Err(error) => Err(StoreError::failed(self, &key, operation, error)),
        }
    }
}

/// Whether an error says that there is no such file. A file in the place of a folder says so too.
pub(super) fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

impl fmt::Display for LocalStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.display().fmt(f)
    }
}
