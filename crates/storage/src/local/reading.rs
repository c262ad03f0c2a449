//! Reading of files as objects.

use super::root::LocalStore;
use crate::digest::{version_of, version_of_reader};
use crate::{Object, ObjectKey, ObjectMeta, Operation, StoreError};
use bytes::Bytes;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::UNIX_EPOCH;

impl LocalStore {
    pub(super) fn read_object(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        let operation = Operation::Get;
        let path = self.path(key, operation)?;
        let failed = |error| self.read_error(key, operation, error);
        let (file, metadata) = open(&path).map_err(failed)?;
        if metadata.len() > limit {
            return Err(StoreError::too_large(self, key, metadata.len(), limit));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
        // The file may have grown since its size was read.
        file.take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if bytes.len() as u64 > limit {
            return Err(StoreError::too_large(self, key, bytes.len() as u64, limit));
        }
        let version = version_of(&bytes);
        Ok(Object {
            bytes: Bytes::from(bytes),
            version,
        })
    }

    pub(super) fn read_meta(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        let operation = Operation::Head;
        let path = self.path(key, operation)?;
        let failed = |error| self.read_error(key, operation, error);
        let (mut file, metadata) = open(&path).map_err(failed)?;
        let version = version_of_reader(&mut file).map_err(failed)?;
        Ok(ObjectMeta {
            version: Some(version),
            ..file_meta(key.clone(), &metadata)
        })
    }
}

/// Opens a regular file. Anything else is not an object and yields [`io::ErrorKind::NotFound`].
pub(super) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    // Checked before opening, because opening a named pipe blocks.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// The metadata that the file system provides without reading the file.
pub(super) fn file_meta(key: ObjectKey, metadata: &Metadata) -> ObjectMeta {
    ObjectMeta {
        key,
        size: metadata.len(),
        version: None,
        fingerprint: fingerprint(metadata),
    }
}

fn fingerprint(metadata: &Metadata) -> String {
    // Timestamps of some file systems are too coarse to tell two quick writes of the same size
    // apart. The inode number does: every write renames a new file into place.
    let changed = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let nanoseconds = changed.map_or(0, |time| time.as_nanos());
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let inode = 0;
    format!("{}-{nanoseconds}-{inode}", metadata.len())
}
