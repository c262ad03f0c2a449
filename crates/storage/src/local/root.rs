//! The local store's folder: mapping of keys to paths and of file system errors to store errors.

use crate::{ObjectKey, Operation, StoreError};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Prefix of the files and folders that the store creates for itself. They are not objects: they
/// are not listed, and keys with such a segment are rejected.
pub(super) const RESERVED: &str = ".tdbal";

/// The file in the folder [`RESERVED`] that writers lock. Its own name is reserved too, so a store
/// whose root is that folder neither lists nor replaces it.
pub(super) const LOCK_FILE: &str = ".tdbal-lock";

/// Objects as files below a folder: the object `a/b.png` is the file `b.png` in the subfolder `a`.
///
/// - A write goes to a temporary file next to the target, which is flushed and then takes the name
///   of the target; then the folder is flushed. A crash may leave a file `.tdbal-*.tmp` behind; it
///   is never treated as an object.
/// - The version of an object is the SHA-256 of its content; `list` does not return it. The
///   fingerprint is size, modification time and (on Unix) inode number.
/// - Writers lock the file `.tdbal/.tdbal-lock` below the folder (created by the first write).
///   Conditions therefore hold between processes too, provided that all of them write through this
///   store. A write by another program in the short time between check and rename can be lost, but
///   [`PutMode::Create`](crate::PutMode::Create) and `copy` never replace any file.
/// - Reads follow symbolic links to files and folders; a link to one of its parent folders is not
///   listed again. Writing or deleting replaces or deletes the link itself, not its target.
/// - Files whose names are not UTF-8 or not allowed in a key are not listed; a warning in the log
///   names them. `list_folders` also returns empty folders.
#[derive(Debug, Clone)]
pub struct LocalStore {
    root: Arc<Path>,
}

/// Reason that a key has no file in this store.
#[derive(Debug, thiserror::Error)]
enum PathError {
    #[error("this key cannot be used as a file path")]
    Unsafe,
    #[error("names that start with {RESERVED} are reserved for tdbal's own files")]
    Reserved,
}

impl LocalStore {
    /// Opens the store in the folder `root`, which does not have to exist yet. A relative path is
    /// resolved against the current directory of the process.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        // An empty path means the current directory, but opening "" fails.
        let is_empty = root.as_os_str().is_empty();
        Self {
            root: if is_empty {
                Path::new(".").into()
            } else {
                root.into()
            },
        }
    }

    /// The folder that holds the objects.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The path of an object's file, whether or not the file exists. An error names `operation` as
    /// the operation that failed.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if the key could leave the folder or contains a reserved name.
    pub fn path(&self, key: &ObjectKey, operation: Operation) -> Result<PathBuf, StoreError> {
        // Every segment counts, because temporary files are created next to their targets.
        let mut segments = key.as_str().split('/');
        let invalid = if !key.is_plain() {
            PathError::Unsafe
        } else if segments.any(|segment| segment.starts_with(RESERVED)) {
            PathError::Reserved
        } else {
            return Ok(self.root.join(key.as_str()));
        };
        Err(StoreError::failed(self, key, operation, invalid))
    }

    /// The path of the folder `prefix`.
    pub(super) fn folder(&self, prefix: &str, operation: Operation) -> Result<PathBuf, StoreError> {
        let prefix = prefix.trim_end_matches('/');
        if prefix.is_empty() {
            return Ok(self.root.to_path_buf());
        }
        let invalid = || {
            StoreError::failed(
                self,
                &ObjectKey::of_prefix(prefix),
                operation,
                PathError::Unsafe,
            )
        };
        self.path(&ObjectKey::new(prefix).map_err(|_| invalid())?, operation)
    }

    /// Maps a file system error to a store error.
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
            // These conditions may pass without any action of the user.
            Interrupted | ResourceBusy | TimedOut | WouldBlock => {
                StoreError::transient(self, key, operation, error)
            }
            _ => StoreError::failed(self, key, operation, error),
        }
    }

    /// Like [`Self::error`], but maps a missing file to [`StoreError::NotFound`].
    pub(super) fn read_error(
        &self,
        key: &ObjectKey,
        operation: Operation,
        error: io::Error,
    ) -> StoreError {
        if is_missing(&error) {
            StoreError::not_found(self, key)
        } else {
            self.error(key, operation, error)
        }
    }

    /// Runs file operations on a thread where they do not block other tasks.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        key: ObjectKey,
        operation: Operation,
        work: impl FnOnce(&Self, &ObjectKey) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (store, owned) = (self.clone(), key.clone());
        // Dropping this future does not stop the thread, so a write is never abandoned halfway.
        match tokio::task::spawn_blocking(move || work(&store, &owned)).await {
            Ok(result) => result,
            Err(error) => Err(StoreError::failed(self, &key, operation, error)),
        }
    }
}

/// Whether an error means that the file does not exist, because it or its folder is missing, or
/// because a parent is a file.
pub(super) fn is_missing(error: &io::Error) -> bool {
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
