//! The output folder: reads, writes, appends to and locks files by name. The modules that own a file
//! know its name and format.

use crate::error::OutputError;
use bytes::Bytes;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use storage::{Condition, LocalStore, ObjectKey, ObjectRead as _, ObjectStore as _, PutMode};

/// The size of the largest file that is read, in bytes (64 MiB).
const READ_LIMIT: u64 = 64 * 1024 * 1024;

/// The output folder of a run. Every file is written completely or not at all, except for logs, which
/// only grow.
#[derive(Debug, Clone)]
pub struct OutputFolder {
    store: Arc<LocalStore>,
    /// The files that folders below this one share with it.
    cache: Arc<LocalStore>,
    /// The files that were appended to, by name.
    logs: Arc<Mutex<BTreeMap<&'static str, File>>>,
}

/// The lock that keeps other runs out of an output folder. It is released when this value is dropped
/// or the process ends.
#[derive(Debug)]
pub struct OutputLock {
    _file: File,
}

impl OutputFolder {
    /// Uses the folder at `path`, which is created when the first file is written.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let store = Arc::new(LocalStore::new(path));
        Self {
            cache: Arc::clone(&store),
            store,
            logs: Arc::default(),
        }
    }

    /// Returns the folder `name` below this one, for results that have to stay separate, such as
    /// those of a calibration. Both folders share one [`cache`](Self::cache), so a run that uses the
    /// lower folder must hold the locks of both.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        Self {
            store: Arc::new(LocalStore::new(self.path().join(name))),
            cache: Arc::clone(&self.cache),
            logs: Arc::default(),
        }
    }

    /// Returns the files that this folder shares with the folders [`below`](Self::below) it: an
    /// answer that was paid for in one of them is available in all.
    pub fn cache(&self) -> Files<'_> {
        Files(&self.cache)
    }

    /// Returns the files of this folder.
    pub fn files(&self) -> Files<'_> {
        Files(&self.store)
    }

    /// Returns the path of this folder.
    pub fn path(&self) -> &Path {
        self.store.root()
    }

    /// Locks the folder for one run, and creates it if it does not exist.
    ///
    /// # Errors
    /// [`OutputError::InUse`] if another run holds the lock, [`OutputError::Io`] if the folder or
    /// its `.lock` file cannot be created.
    pub fn lock(&self) -> Result<OutputLock, OutputError> {
        let path = self.path().join(".lock");
        let failed = |operation| {
            let path = path.clone();
            move |source| OutputError::Io {
                operation,
                path,
                source,
            }
        };
        std::fs::create_dir_all(self.path()).map_err(failed("create the folder of"))?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed("open"))?;
        match file.try_lock() {
            Ok(()) => Ok(OutputLock { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => Err(OutputError::InUse {
                path: self.path().to_owned(),
            }),
            Err(std::fs::TryLockError::Error(source)) => Err(failed("lock")(source)),
        }
    }

    /// Appends lines to a file; they are durable when this returns `Ok`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) async fn append(&self, name: &'static str, text: String) -> Result<(), OutputError> {
        if text.is_empty() {
            return Ok(());
        }
        let path = self.path().join(name);
        let logs = Arc::clone(&self.logs);
        let failed = |source| OutputError::Io {
            operation: "write",
            path: path.clone(),
            source,
        };
        let target = path.clone();
        tokio::task::spawn_blocking(move || append(&logs, name, &target, text.as_bytes()))
            .await
            .map_err(|error| failed(io::Error::other(error)))?
            .map_err(failed)
    }
}

/// Reads, writes, deletes and lists the files of an output folder by name. A name is a relative path
/// with `/` between folders, and cannot leave the output folder.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a>(&'a LocalStore);

impl Files<'_> {
    /// Reads a file; `None` if it does not exist.
    ///
    /// # Errors
    /// When the file exists and cannot be read, or is larger than 64 MiB.
    pub async fn read(&self, name: &str) -> Result<Option<Bytes>, OutputError> {
        match self.0.get(&key(name)?, READ_LIMIT).await {
            Ok(object) => Ok(Some(object.bytes)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes a file, replacing the one of that name. A crash leaves the old file or the new one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn write(&self, name: &str, bytes: Bytes) -> Result<(), OutputError> {
        self.0.put(&key(name)?, bytes, PutMode::Overwrite).await?;
        Ok(())
    }

    /// Writes a value as indented JSON, replacing the file of that name.
    ///
    /// # Errors
    /// When the value cannot be serialised or the file cannot be written.
    pub async fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), OutputError> {
        let text = serde_json::to_vec_pretty(value).map_err(|source| OutputError::Json {
            name: name.to_owned(),
            source,
        })?;
        self.write(name, text.into()).await
    }

    /// Deletes a file; returns whether it existed.
    ///
    /// # Errors
    /// When the file cannot be deleted.
    pub async fn delete(&self, name: &str) -> Result<bool, OutputError> {
        let key = key(name)?;
        match self.0.head(&key).await {
            Ok(_) => {
                self.0.delete(&key, Condition::Always).await?;
                Ok(true)
            }
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Lists the names of all files below `folder`, with the folder included, sorted.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub async fn list(&self, folder: &str) -> Result<Vec<String>, OutputError> {
        let listed = self.0.list(folder).await?;
        Ok(listed
            .into_iter()
            .map(|meta| meta.key.to_string())
            .collect())
    }
}

fn key(name: &str) -> Result<ObjectKey, OutputError> {
    ObjectKey::new(name).map_err(|error| OutputError::Io {
        operation: "name",
        path: PathBuf::from(&error.0),
        source: io::Error::other(error),
    })
}

fn append(
    logs: &Mutex<BTreeMap<&'static str, File>>,
    name: &'static str,
    path: &Path,
    text: &[u8],
) -> io::Result<()> {
    let mut logs = logs.lock().unwrap_or_else(PoisonError::into_inner);
    let file = match logs.entry(name) {
        Entry::Occupied(open) => open.into_mut(),
        Entry::Vacant(closed) => closed.insert(open_for_append(path)?),
    };
    file.write_all(text)?;
    file.sync_data()
}

/// Opens a file for appending lines. If a process died while it was writing, the last line has no
/// end; it gets one, so the next line is not appended to the incomplete one.
fn open_for_append(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .open(path)?;
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests;
