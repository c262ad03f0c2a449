//! Journals in a folder: one file per log, one line per record.

mod log_file;

use super::error::JournalError;
use super::journals::{JournalRead, Journals};
use super::objects::JournalObjects;
use super::{json_line, layout};
use async_trait::async_trait;
use bytes::Bytes;
use log_file::{AppendError, LogEnd};
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use storage::{LocalStore, Version};
use tdbal_types::{ActorId, RunId};

/// File extension of logs.
const SUFFIX: &str = ".jsonl";

/// Journals in a folder, which the first write creates.
///
/// - A log is a file with one record per line. An incomplete last line, left by a crash, is skipped
///   by reads and removed by the next append. A failed append leaves the file unchanged.
/// - An append holds the operating system's lock on the log while it counts the records and adds
///   one, so two processes that write to the same log notice each other.
/// - Documents, markers and state documents are files of a [`LocalStore`] and follow its contract.
#[derive(Debug, Clone)]
pub struct FolderJournals {
    root: Arc<Path>,
    objects: JournalObjects,
    /// Where each log ended after our last append, which saves counting its records again.
    ends: Arc<Mutex<HashMap<PathBuf, LogEnd>>>,
}

impl FolderJournals {
    /// Opens the journals in the folder `root` (`{data folder}/.tdbal`), which may not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let store = LocalStore::new(root);
        Self {
            root: store.root().into(),
            objects: JournalObjects::new(Arc::new(store), ""),
            ends: Arc::default(),
        }
    }

    fn log_path(&self, run: &RunId, actor: &ActorId) -> PathBuf {
        self.root
            .join(format!("{}{SUFFIX}", layout::log(run, actor)))
    }

    fn ends(&self) -> MutexGuard<'_, HashMap<PathBuf, LogEnd>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a record with blocking file operations.
    fn append_blocking(&self, path: &Path, number: u64, record: &[u8]) -> Result<(), JournalError> {
        // Removed before the append: after a failure the end of the log is unknown.
        let known = self.ends().remove(path);
        let end = log_file::append(path, &self.root, number, record, known).map_err(|error| {
            let log = path.display().to_string();
            match error {
                AppendError::Taken => JournalError::Taken { log, number },
                AppendError::Gap { held } => JournalError::Gap { log, number, held },
                AppendError::Io(source) => JournalError::File {
                    log,
                    operation: "append to",
                    source,
                },
            }
        })?;
        self.ends().insert(path.to_owned(), end);
        Ok(())
    }

    /// Whether a run has a document or a log. A crash can leave empty folders.
    fn has_content(&self, run: &RunId) -> Result<bool, JournalError> {
        for folder in [layout::documents(run), layout::logs(run)] {
            if !entry_names(&self.root.join(folder))?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Names of the files and folders in a folder, unsorted, without the store's temporary files; empty
/// if the folder does not exist.
fn entry_names(folder: &Path) -> Result<Vec<String>, JournalError> {
    let names = match std::fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| Ok(entry?.file_name().into_string()))
            .collect::<io::Result<Vec<_>>>(),
        Err(error) if is_not_found(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    let names = names.map_err(|source| JournalError::File {
        log: folder.display().to_string(),
        operation: "list",
        source,
    })?;
    Ok(names
        .into_iter()
        .flatten()
        // The prefix of the lock and the temporary files of `LocalStore`.
        .filter(|name| !name.starts_with(".tdbal"))
        .collect())
}

fn is_not_found(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn read_log(path: &Path) -> Result<Vec<Bytes>, JournalError> {
    let log = || path.display().to_string();
    let bytes = match std::fs::read(path) {
        // Read without the lock: an append only adds a line, and an incomplete one is skipped.
        Ok(bytes) => Bytes::from(bytes),
        Err(error) if is_not_found(&error) => return Ok(Vec::new()),
        Err(source) => {
            return Err(JournalError::File {
                log: log(),
                operation: "read",
                source,
            });
        }
    };
    let lines = log_file::complete_lines(&bytes);
    match lines.iter().position(|line| !json_line::is_json(line)) {
        None => Ok(lines),
        Some(index) => Err(JournalError::Corrupt {
            log: log(),
            line: index as u64 + 1,
        }),
    }
}

/// Runs file operations on a thread where they may block.
async fn run_blocking<T: Send + 'static>(
    place: PathBuf,
    work: impl FnOnce(&Path) -> Result<T, JournalError> + Send + 'static,
) -> Result<T, JournalError> {
    let log = place.display().to_string();
    match tokio::task::spawn_blocking(move || work(&place)).await {
        Ok(result) => result,
        Err(error) => Err(JournalError::File {
            log,
            operation: "complete an operation on",
            source: io::Error::other(error),
        }),
    }
}

impl fmt::Display for FolderJournals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.display().fmt(f)
    }
}

#[async_trait]
impl JournalRead for FolderJournals {
    async fn runs(&self) -> Result<Vec<RunId>, JournalError> {
        let mut runs: Vec<RunId> = layout::parse_names(self.objects.folders(layout::RUNS).await?);
        let journals = self.clone();
        run_blocking(self.root.join(layout::RUNS), move |_| {
            let mut failure = None;
            runs.retain(|run| match journals.has_content(run) {
                Ok(has) => has,
                Err(error) => {
                    failure = Some(error);
                    false
                }
            });
            failure.map_or(Ok(runs), Err)
        })
        .await
    }

    async fn actors(&self, run: &RunId) -> Result<Vec<ActorId>, JournalError> {
        let names = run_blocking(self.root.join(layout::logs(run)), entry_names).await?;
        let logs = names
            .iter()
            .filter_map(|name| name.strip_suffix(SUFFIX))
            .map(str::to_owned);
        Ok(layout::parse_names(logs))
    }

    async fn read(&self, run: &RunId, actor: &ActorId) -> Result<Vec<Bytes>, JournalError> {
        run_blocking(self.log_path(run, actor), read_log).await
    }

    async fn document(&self, run: &RunId, name: &str) -> Result<Option<Bytes>, JournalError> {
        self.objects.document(run, name).await
    }

    async fn documents(&self, run: &RunId) -> Result<Vec<String>, JournalError> {
        self.objects.documents(run).await
    }

    async fn open_logs(&self) -> Result<Vec<(RunId, ActorId)>, JournalError> {
        self.objects.open_logs().await
    }

    async fn state(&self, name: &str) -> Result<Option<(Bytes, Version)>, JournalError> {
        self.objects.state(name).await
    }
}

#[async_trait]
impl Journals for FolderJournals {
    async fn append(
        &self,
        run: &RunId,
        actor: &ActorId,
        number: u64,
        record: Bytes,
    ) -> Result<(), JournalError> {
        let path = self.log_path(run, actor);
        json_line::check(&path.display().to_string(), number, &record)?;
        let journals = self.clone();
        run_blocking(path, move |path| {
            journals.append_blocking(path, number, &record)
        })
        .await
    }

    async fn create_document(
        &self,
        run: &RunId,
        name: &str,
        bytes: Bytes,
    ) -> Result<bool, JournalError> {
        self.objects.create_document(run, name, bytes).await
    }

    async fn open(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        self.objects.open(run, actor).await
    }

    async fn close(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        self.objects.close(run, actor).await
    }

    async fn put_state(
        &self,
        name: &str,
        bytes: Bytes,
        over: Option<Version>,
    ) -> Result<Version, JournalError> {
        self.objects.put_state(name, bytes, over).await
    }
}

#[cfg(test)]
mod tests;
