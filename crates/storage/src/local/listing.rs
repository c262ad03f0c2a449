//! Listing files and folders.

use super::reading::describe;
use super::root::{LocalStore, OWN, is_absence};
use crate::{ObjectKey, ObjectMeta, Operation, StoreError};
use std::fs::{DirEntry, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// A file or folder by the name that its key has.
struct Entry {
    name: String,
    path: PathBuf,
    metadata: Metadata,
    is_link: bool,
}

impl LocalStore {
    pub(super) fn objects_below(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
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
        found.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(found)
    }

    pub(super) fn folders_below(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
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

    /// Adds all objects below `folder`. `above` has the real paths of the folder and of all that it
    /// was reached through: a link to one of them is a loop.
    fn walk(
        &self,
        folder: &Path,
        prefix: &str,
        above: &mut Vec<PathBuf>,
        found: &mut Vec<ObjectMeta>,
    ) -> Result<(), StoreError> {
        let entries = read_folder(folder)
            .map_err(|error| self.error(&ObjectKey::of_prefix(prefix), Operation::List, error))?;
        for entry in entries {
            let text = if prefix.is_empty() {
                entry.name
            } else {
                format!("{prefix}/{}", entry.name)
            };
            let Ok(key) = ObjectKey::new(text) else {
                tracing::warn!(path = %entry.path.display(), "no key can name this file: left out");
                continue;
            };
            if entry.metadata.is_file() {
                found.push(describe(key, &entry.metadata));
            } else if entry.metadata.is_dir() {
                let real = if entry.is_link {
                    self.real_path(&entry.path, key.as_str())?
                } else {
                    above
                        .last()
                        .zip(entry.path.file_name())
                        .map(|(up, name)| up.join(name))
                };
                let Some(real) = real.filter(|real| !above.contains(real)) else {
                    continue;
                };
                above.push(real);
                self.walk(&entry.path, key.as_str(), above, found)?;
                above.pop();
            }
        }
        Ok(())
    }

    /// The path without links; `None` where there is no such folder.
    fn real_path(&self, folder: &Path, prefix: &str) -> Result<Option<PathBuf>, StoreError> {
        match folder.canonicalize() {
            Ok(path) => Ok(Some(path)),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(self.error(&ObjectKey::of_prefix(prefix), Operation::List, error)),
        }
    }
}

/// What stands in a folder, in no order; nothing, where there is no such folder.
fn read_folder(folder: &Path) -> io::Result<Vec<Entry>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries
            .filter_map(|entry| entry.and_then(read_entry).transpose())
            .collect(),
        Err(error) if is_absence(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// `None` for what is no object or folder of objects: the store's own files, links to nothing, and
/// what was deleted meanwhile.
fn read_entry(entry: DirEntry) -> io::Result<Option<Entry>> {
    let path = entry.path();
    let Ok(name) = entry.file_name().into_string() else {
        tracing::warn!(path = %path.display(), "the name of this file is not UTF-8: left out");
        return Ok(None);
    };
    if name.starts_with(OWN) {
        return Ok(None);
    }
    let is_link = entry.file_type()?.is_symlink();
    // A link counts as what it points to.
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
        Err(error) if is_absence(&error) => Ok(None),
        // Links that point at each other lead nowhere either.
        Err(error) if is_link && error.kind() != io::ErrorKind::PermissionDenied => Ok(None),
        Err(error) => Err(error),
    }
}
