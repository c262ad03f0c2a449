//! Atomic writes, copies and deletes of files.

use super::reading::open;
use super::root::{LOCK_FILE, LocalStore, RESERVED, is_missing};
use crate::digest::{version_of, version_of_reader};
use crate::{Condition, ObjectKey, Operation, PutMode, StoreError, Version};
use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::path::Path;
use tempfile::NamedTempFile;

/// The condition under which a finished temporary file is moved to its target.
enum Precondition {
    Replace,
    IfAbsent,
    IfVersion(Version),
}

/// Reason that a file was not written or deleted.
enum Refusal {
    Exists,
    Changed,
    Io(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl LocalStore {
    pub(super) fn write_object(
        &self,
        key: &ObjectKey,
        bytes: &[u8],
        mode: &PutMode,
    ) -> Result<Version, StoreError> {
        let operation = Operation::Put;
        let path = self.path(key, operation)?;
        let precondition = match mode {
            PutMode::Overwrite => Precondition::Replace,
            PutMode::Create => Precondition::IfAbsent,
            PutMode::Update(version) => Precondition::IfVersion(version.clone()),
        };
        self.put_file(&path, &precondition, |file| file.write_all(bytes))
            .map_err(|refusal| self.refusal_error(key, operation, refusal))?;
        Ok(version_of(bytes))
    }

    pub(super) fn copy_object(
        &self,
        from: &ObjectKey,
        to: &ObjectKey,
    ) -> Result<Version, StoreError> {
        let operation = Operation::Copy;
        let (source, target) = (self.path(from, operation)?, self.path(to, operation)?);
        let (mut source, _) =
            open(&source).map_err(|error| self.read_error(from, operation, error))?;
        let mut version = None;
        let fill = |file: &mut File| {
            io::copy(&mut source, file)?;
            file.rewind()?;
            // Read back from the copy, because the source may change during the copy.
            version = Some(version_of_reader(file)?);
            Ok(())
        };
        self.put_file(&target, &Precondition::IfAbsent, fill)
            .map_err(|refusal| self.refusal_error(to, operation, refusal))?;
        version.ok_or_else(|| StoreError::changed(self, to))
    }

    pub(super) fn delete_object(
        &self,
        key: &ObjectKey,
        condition: &Condition,
    ) -> Result<(), StoreError> {
        let operation = Operation::Delete;
        let path = self.path(key, operation)?;
        // Checked before locking: deleting a missing object must not create the lock file.
        match fs::symlink_metadata(&path) {
            Err(error) if is_missing(&error) => return Ok(()),
            _ => {}
        }
        self.remove_file(&path, condition)
            .map_err(|refusal| self.refusal_error(key, operation, refusal))
    }

    fn remove_file(&self, path: &Path, condition: &Condition) -> Result<(), Refusal> {
        let _lock = self.lock()?;
        if let Condition::IfVersion(expected) = condition {
            match version_at(path)? {
                None => return Ok(()),
                Some(version) if version != *expected => return Err(Refusal::Changed),
                Some(_) => {}
            }
        }
        // A folder, or a link to one, is not an object.
        if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
            return Ok(());
        }
        match fs::remove_file(path) {
            Err(error) if !is_missing(&error) => Err(error.into()),
            // Without the flush, a crash could bring the deleted file back.
            _ => Ok(flush_folder(path)?),
        }
    }

    /// Writes a temporary file next to `path` and moves it there if the precondition holds.
    fn put_file(
        &self,
        path: &Path,
        precondition: &Precondition,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), Refusal> {
        // An early check, so a write that cannot succeed creates no files or folders. The check
        // that counts follows under the lock.
        match precondition {
            Precondition::IfAbsent if fs::symlink_metadata(path).is_ok() => {
                return Err(Refusal::Exists);
            }
            Precondition::IfVersion(_) if !path.is_file() => return Err(Refusal::Changed),
            _ => {}
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        create_folders(folder)?;
        let mut temporary = new_temporary(folder)?;
        fill(temporary.as_file_mut())?;
        keep_permissions(path, temporary.as_file())?;
        // Content before name: after a crash the target must not be an empty or partial file.
        temporary.as_file().sync_all()?;

        // Held from check to rename, which makes a condition and its write one step.
        let _lock = self.lock()?;
        match precondition {
            Precondition::Replace => {}
            Precondition::IfAbsent => {
                // Unlike a check and a rename, this cannot replace a file of another program, which
                // does not take the lock.
                return match temporary.persist_noclobber(path) {
                    Ok(_) => Ok(flush_folder(path)?),
                    Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                        Err(Refusal::Exists)
                    }
                    Err(error) => Err(error.error.into()),
                };
            }
            Precondition::IfVersion(expected) => {
                if version_at(path)?.as_ref() != Some(expected) {
                    return Err(Refusal::Changed);
                }
            }
        }
        temporary.persist(path).map_err(|error| error.error)?;
        Ok(flush_folder(path)?)
    }

    /// Waits for the lock shared by all writers of this folder. The lock is released when the
    /// returned file is closed, at the latest when the process ends.
    fn lock(&self) -> io::Result<File> {
        let folder = self.root().join(RESERVED);
        fs::create_dir_all(&folder)?;
        let file = File::options()
            .create(true)
            .write(true)
            .truncate(false)
            .open(folder.join(LOCK_FILE))?;
        loop {
            match file.lock() {
                Ok(()) => return Ok(file),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn refusal_error(&self, key: &ObjectKey, operation: Operation, refusal: Refusal) -> StoreError {
        match refusal {
            Refusal::Exists => StoreError::already_exists(self, key),
            Refusal::Changed => StoreError::changed(self, key),
            Refusal::Io(error) => self.error(key, operation, error),
        }
    }
}

/// The version of the file; `None` if it does not exist.
fn version_at(path: &Path) -> io::Result<Option<Version>> {
    match open(path) {
        Ok((mut file, _)) => version_of_reader(&mut file).map(Some),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn new_temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let prefix = format!("{RESERVED}-");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".tmp");
    // Temporary files are private by default, but objects should be as readable as other files:
    // the umask of the process decides.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Gives the new file the permissions of the file that it replaces.
fn keep_permissions(path: &Path, new: &File) -> io::Result<()> {
    if cfg!(unix)
        // Not of a link, which the write replaces: its permissions say nothing.
        && let Ok(metadata) = fs::symlink_metadata(path)
        && metadata.is_file()
    {
        new.set_permissions(metadata.permissions())?;
    }
    Ok(())
}

/// Creates a folder and its parents, each made durable in its own parent.
fn create_folders(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        create_folders(above)?;
    }
    match fs::create_dir(folder) {
        Ok(()) => flush_folder(folder),
        // Another writer created it in the meantime.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes the directory entry of `path` durable by flushing its folder.
fn flush_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
