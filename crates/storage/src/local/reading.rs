//! Reading files as objects.

use super::root::LocalStore;
use crate::digest::{version_of, version_of_reader};
use crate::{Object, ObjectKey, ObjectMeta, Operation, StoreError};
use bytes::Bytes;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::UNIX_EPOCH;

impl LocalStore {
    pub(super) fn read(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        let operation = Operation::Get;
        let path = self.path(key, operation)?;
        let failed = |error| self.read_error(key, operation, error);
        let (file, metadata) = open(&path).map_err(failed)?;
        if metadata.len() > limit {
            return Err(StoreError::too_large(self, key, metadata.len(), limit));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
        // The file can have grown since its size was read.
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

    pub(super) fn look(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        let operation = Operation::Head;
        let path = self.path(key, operation)?;
        let failed = |error| self.read_error(key, operation, error);
        let (mut file, metadata) = open(&path).map_err(failed)?;
        let version = version_of_reader(&mut file).map_err(failed)?;
        Ok(ObjectMeta {
            version: Some(version),
            ..describe(key.clone(), &metadata)
        })
    }
}

/// Opens an ordinary file. Anything else is no object: a folder, or a pipe, which would block.
pub(super) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// What the file system tells without reading.
pub(super) fn describe(key: ObjectKey, metadata: &Metadata) -> ObjectMeta {
    ObjectMeta {
        key,
        size: metadata.len(),
        version: None,
        fingerprint: fingerprint(metadata),
    }
}

/// Times are too coarse on some file systems to tell two quick writes of the same size apart; a
/// file that was renamed into its place has another inode.
fn fingerprint(metadata: &Metadata) -> String {
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
