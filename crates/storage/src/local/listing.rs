//! Listing of files and folders.

use super::reading::file_meta;
use super::root::{LocalStore, RESERVED, is_missing};
use crate::{ObjectKey, ObjectMeta, Operation, StoreError};
use std::fs::{DirEntry, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// A file or folder whose name is allowed in a key.
struct Entry {
    name: String,
    path: PathBuf,
    metadata: Metadata,
    is_link: bool,
}

impl LocalStore {
    pub(super) fn list_files(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        let folder = self.folder(prefix, Operation::List)?;
        let mut found = Vec::new();
        if let Some(real) = self.real_path(&folder, prefix)? {
            self.walk(
                &folder,
                prefix.trim_end_matches('/'),
                &mut vec![real],
                &mut found,
            )?;
        }
        // Sorted by whole keys at the end: a walk by folders would put "a/b" before "a-b".
        found.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(found)
    }

    pub(super) fn list_subfolders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let operation = Operation::ListFolders;
        let folder = self.folder(prefix, operation)?;
        let entries = read_folder(&folder)
            .map_err(|error| self.error(&ObjectKey::of_prefix(prefix), operation, error))?;
        let mut names: Vec<_> = entries
            .into_iter()
            .filter(|entry| entry.metadata.is_dir())
            .map(|entry| entry.name)
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Adds all objects below `folder` to `found`. `ancestors` holds the real paths of the folder
    /// and of the folders it was reached through: a link to one of them is a loop.
    fn walk(
        &self,
        folder: &Path,
        prefix: &str,
        ancestors: &mut Vec<PathBuf>,
        found: &mut Vec<ObjectMeta>,
    ) -> Result<(), StoreError> {
        let entries = read_folder(folder)
            .map_err(|error| self.error(&ObjectKey::of_prefix(prefix), Operation::List, error))?;
        for entry in entries {
            let path_text = if prefix.is_empty() {
                entry.name
            } else {
                format!("{prefix}/{}", entry.name)
            };
            let Ok(key) = ObjectKey::new(path_text) else {
                tracing::warn!(
                    path = %entry.path.display(),
                    "skipped a file: its name is not allowed in an object key"
                );
                continue;
            };
            if entry.metadata.is_file() {
                found.push(file_meta(key, &entry.metadata));
            } else if entry.metadata.is_dir() {
                // Only links need the costly lookup: a folder is always below its parent.
                let real = if entry.is_link {
                    self.real_path(&entry.path, key.as_str())?
                } else {
                    ancestors
                        .last()
                        .zip(entry.path.file_name())
                        .map(|(up, name)| up.join(name))
                };
                let Some(real) = real.filter(|real| !ancestors.contains(real)) else {
                    continue;
                };
                ancestors.push(real);
                self.walk(&entry.path, key.as_str(), ancestors, found)?;
                ancestors.pop();
            }
        }
        Ok(())
    }

    /// The path with all links resolved; `None` if the folder does not exist.
    fn real_path(&self, folder: &Path, prefix: &str) -> Result<Option<PathBuf>, StoreError> {
        match folder.canonicalize() {
            Ok(path) => Ok(Some(path)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.error(&ObjectKey::of_prefix(prefix), Operation::List, error)),
        }
    }
}

/// The entries of a folder, in no particular order; none if the folder does not exist.
fn read_folder(folder: &Path) -> io::Result<Vec<Entry>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries
            .filter_map(|entry| entry.and_then(read_entry).transpose())
            .collect(),
        Err(error) if is_missing(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Reads a folder entry. `None` if it is neither an object nor a folder of objects: a reserved
/// name, a broken link, or a file that was deleted in the meantime.
fn read_entry(entry: DirEntry) -> io::Result<Option<Entry>> {
    let path = entry.path();
    let Ok(name) = entry.file_name().into_string() else {
        tracing::warn!(path = %path.display(), "skipped a file: its name is not UTF-8");
        return Ok(None);
    };
    if name.starts_with(RESERVED) {
        return Ok(None);
    }
    let is_link = entry.file_type()?.is_symlink();
    // `DirEntry::metadata` describes the link itself, but a link stands for its target.
    let metadata = if is_link {
        std::fs::metadata(&path)
    } else {
        entry.metadata()
    };
    match metadata {
        Ok(metadata) => Ok(Some(Entry {
            name,
            path,
            metadata,
            is_link,
        })),
        Err(error) if is_missing(&error) => Ok(None),
        // A link that points to itself fails with another error than a dangling one.
        Err(error) if is_link && error.kind() != io::ErrorKind::PermissionDenied => Ok(None),
        Err(error) => Err(error),
    }
}
