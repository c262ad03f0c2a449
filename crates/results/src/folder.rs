//! The output folder: reads, writes, appends and locks by name. What a file is called and what is in
//! it, its owner knows.

use crate::error::OutputError;
use bytes::Bytes;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use storage::{Condition, LocalStore, ObjectKey, ObjectRead as _, ObjectStore as _, PutMode};

/// The largest file that is read, in bytes.
const READ_LIMIT: u64 = 64 * 1024 * 1024;
/// The file name of the audit trail.
const AUDIT: &str = "audit.jsonl";

/// The output folder. Every file in it is written whole or not at all; the audit trail only grows.
#[derive(Debug, Clone)]
pub struct OutputFolder {
    store: Arc<LocalStore>,
    /// Where answers are cached.
    cache: Arc<LocalStore>,
    audit: Arc<Mutex<Option<File>>>,
}

/// Keeps other runs out of an output folder; the system releases it when the process ends.
#[derive(Debug)]
pub struct OutputLock {
    _file: File,
}

impl OutputFolder {
    /// A folder; it is created when the first file is written.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let store = Arc::new(LocalStore::new(path));
        Self {
            cache: Arc::clone(&store),
            store,
            audit: Arc::default(),
        }
    }

    /// A folder below this one for results that are not to be mixed with its own, such as those of a
    /// calibration. Both share one [`cache`](Self::cache): whoever uses it holds the lock of both.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        Self {
            store: Arc::new(LocalStore::new(self.path().join(name))),
            cache: Arc::clone(&self.cache),
            audit: Arc::default(),
        }
    }

    /// The files that this folder shares with those [`below`](Self::below) it: what was paid for once
    /// is there for all of them.
    pub fn cache(&self) -> Files<'_> {
        Files(&self.cache)
    }

    /// The files of this folder.
    pub fn files(&self) -> Files<'_> {
        Files(&self.store)
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        self.store.root()
    }

    /// Takes the folder for one run.
    ///
    /// # Errors
    /// When another run has it, or it cannot be made.
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

    /// Appends text to the audit trail; it is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn append_audit(&self, text: String) -> Result<(), OutputError> {
        if text.is_empty() {
            return Ok(());
        }
        let path = self.path().join(AUDIT);
        let audit = self.audit.clone();
        let failed = |source| OutputError::Io {
            operation: "write",
            path: path.clone(),
            source,
        };
        let target = path.clone();
        tokio::task::spawn_blocking(move || append(&audit, &target, text.as_bytes()))
            .await
            .map_err(|error| failed(io::Error::other(error)))?
            .map_err(failed)
    }
}

/// The files of an output folder, by name.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a>(&'a LocalStore);

impl Files<'_> {
    /// Reads a file; `None` if it does not exist.
    ///
    /// # Errors
    /// When it exists and cannot be read.
    pub async fn read(&self, name: &str) -> Result<Option<Bytes>, OutputError> {
        match self.0.get(&key(name)?, READ_LIMIT).await {
            Ok(object) => Ok(Some(object.bytes)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes a file whole, over the one that is there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn write(&self, name: &str, bytes: Bytes) -> Result<(), OutputError> {
        self.0.put(&key(name)?, bytes, PutMode::Overwrite).await?;
        Ok(())
    }

    /// Writes a value as indented JSON.
    ///
    /// # Errors
    /// When it cannot be written.
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
    /// When it cannot be deleted.
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

    /// The names of the files below a folder of this one, with that folder, sorted.
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

fn append(audit: &Mutex<Option<File>>, path: &Path, text: &[u8]) -> io::Result<()> {
    let mut audit = audit.lock().unwrap_or_else(PoisonError::into_inner);
    if audit.is_none() {
        *audit = Some(open_for_append(path)?);
    }
    if let Some(file) = audit.as_mut() {
        file.write_all(text)?;
        file.sync_data()?;
    }
    Ok(())
}

/// Opens the trail behind its last whole line: a process that died while writing may have left half
/// a line, which gets an end of its own so that it spoils no other.
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
