//! Writing objects as files, whole or not at all.

use super::reading::open;
use super::root::{LOCK, LocalStore, OWN, is_absence};
use crate::digest::{version_of, version_of_reader};
use crate::{Condition, ObjectKey, Operation, PutMode, StoreError, Version};
use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::path::Path;
use tempfile::NamedTempFile;

/// How a finished temporary file takes its place.
enum Place {
    Replace,
    IfAbsent,
    IfVersion(Version),
}

/// What stood in the way of taking a place.
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
    pub(super) fn write(
        &self,
        key: &ObjectKey,
        bytes: &[u8],
        mode: &PutMode,
    ) -> Result<Version, StoreError> {
        let operation = Operation::Put;
        let path = self.path(key, operation)?;
        let place = match mode {
            PutMode::Overwrite => Place::Replace,
            PutMode::Create => Place::IfAbsent,
            PutMode::Update(version) => Place::IfVersion(version.clone()),
        };
        self.put_file(&path, &place, |file| file.write_all(bytes))
            .map_err(|refusal| self.refusal(key, operation, refusal))?;
        Ok(version_of(bytes))
    }

    pub(super) fn duplicate(
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
            // The version is that of the copy as it was written, whatever happens to the source.
            version = Some(version_of_reader(file)?);
            Ok(())
        };
        self.put_file(&target, &Place::IfAbsent, fill)
            .map_err(|refusal| self.refusal(to, operation, refusal))?;
        version.ok_or_else(|| StoreError::changed(self, to))
    }

    pub(super) fn remove(&self, key: &ObjectKey, condition: &Condition) -> Result<(), StoreError> {
        let operation = Operation::Delete;
        let path = self.path(key, operation)?;
        // Nothing to delete must not make a lock file, nor the folder for it.
        match fs::symlink_metadata(&path) {
            Err(error) if is_absence(&error) => return Ok(()),
            _ => {}
        }
        self.remove_file(&path, condition)
            .map_err(|refusal| self.refusal(key, operation, refusal))
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
        // A folder, or a link to one, is no object.
        if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
            return Ok(());
        }
        match fs::remove_file(path) {
            Err(error) if !is_absence(&error) => Err(error.into()),
            _ => Ok(flush_folder(path)?),
        }
    }

    /// Fills a temporary file beside `path` and moves it there.
    fn put_file(
        &self,
        path: &Path,
        place: &Place,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), Refusal> {
        // Asked again under the lock; asked here so that a lost cause writes nothing at all.
        match place {
            Place::IfAbsent if fs::symlink_metadata(path).is_ok() => return Err(Refusal::Exists),
            Place::IfVersion(_) if !path.is_file() => return Err(Refusal::Changed),
            _ => {}
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        create_folders(folder)?;
        let mut temporary = new_temporary(folder)?;
        fill(temporary.as_file_mut())?;
        keep_permissions(path, temporary.as_file())?;
        temporary.as_file().sync_all()?;

        let _lock = self.lock()?;
        match place {
            Place::Replace => {}
            Place::IfAbsent => {
                return match temporary.persist_noclobber(path) {
                    Ok(_) => Ok(flush_folder(path)?),
                    Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                        Err(Refusal::Exists)
                    }
                    Err(error) => Err(error.error.into()),
                };
            }
            Place::IfVersion(expected) => {
                if version_at(path)?.as_ref() != Some(expected) {
                    return Err(Refusal::Changed);
                }
            }
        }
        temporary.persist(path).map_err(|error| error.error)?;
        Ok(flush_folder(path)?)
    }

    /// Waits for the lock that all writers of this folder share. It ends with the file, and with
    /// the process.
    fn lock(&self) -> io::Result<File> {
        let folder = self.root().join(OWN);
        fs::create_dir_all(&folder)?;
        let file = File::options()
            .create(true)
            .write(true)
            .truncate(false)
            .open(folder.join(LOCK))?;
        loop {
            match file.lock() {
                Ok(()) => return Ok(file),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn refusal(&self, key: &ObjectKey, operation: Operation, refusal: Refusal) -> StoreError {
        match refusal {
            Refusal::Exists => StoreError::already_exists(self, key),
            Refusal::Changed => StoreError::changed(self, key),
            Refusal::Io(error) => self.error(key, operation, error),
        }
    }
}

/// The version of the file, if there is one.
fn version_at(path: &Path) -> io::Result<Option<Version>> {
    match open(path) {
        Ok((mut file, _)) => version_of_reader(&mut file).map(Some),
        Err(error) if is_absence(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn new_temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let prefix = format!("{OWN}-");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".tmp");
    // Others may read what is written here, as far as the process's umask lets them; the default
    // for temporary files is the owner alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// A replaced file keeps who may read it.
fn keep_permissions(path: &Path, new: &File) -> io::Result<()> {
    if cfg!(unix)
        && let Ok(metadata) = fs::symlink_metadata(path)
        && metadata.is_file()
    {
        new.set_permissions(metadata.permissions())?;
    }
    Ok(())
}

/// Makes a folder and all above it, each of them durable in the one above.
fn create_folders(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        create_folders(above)?;
    }
    match fs::create_dir(folder) {
        Ok(()) => flush_folder(folder),
        // Another writer made it meanwhile.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes the entry of `path` in its folder durable.
fn flush_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
