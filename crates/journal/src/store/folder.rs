//! Journals in a folder: one file of lines for each log.

mod log_file;

use super::error::JournalError;
use super::journals::Journals;
use super::objects::Shelf;
use super::{json_line, layout};
use async_trait::async_trait;
use bytes::Bytes;
use log_file::{Refusal, Seen};
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use storage::{LocalStore, Version};
use tdbal_types::{ActorId, RunId};

/// How the names of logs end.
const SUFFIX: &str = ".jsonl";

/// Journals in a folder that may be made by the first write.
///
/// - A log is a file of lines. What a crash left of a line that was being written is left out in
///   reading and cut off by the next append. An append that fails leaves the file as it was.
/// - Each append holds the operating system's lock on its log while it looks how many records
///   there are and adds one, so that two processes that go on with one log notice each other.
/// - Documents, markers and state are files of a [`LocalStore`] with the contract that it has.
#[derive(Debug, Clone)]
pub struct FolderJournals {
    root: Arc<Path>,
    shelf: Shelf,
    /// What the logs were after the last append, so that it need not be counted again.
    seen: Arc<Mutex<HashMap<PathBuf, Seen>>>,
}

impl FolderJournals {
    /// Journals in the folder `root` (`{data folder}/.tdbal`), which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let store = LocalStore::new(root);
        Self {
            root: store.root().into(),
            shelf: Shelf::new(Arc::new(store), ""),
            seen: Arc::default(),
        }
    }

    fn log_path(&self, run: &RunId, actor: &ActorId) -> PathBuf {
        self.root
            .join(format!("{}{SUFFIX}", layout::log(run, actor)))
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<PathBuf, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends where it blocks nobody else.
    fn append_now(&self, path: &Path, number: u64, record: &[u8]) -> Result<(), JournalError> {
        let before = self.seen().remove(path);
        let seen =
            log_file::append(path, &self.root, number, record, before).map_err(|refusal| {
                let log = path.display().to_string();
                match refusal {
                    Refusal::Taken => JournalError::Taken { log, number },
                    Refusal::Gap { held } => JournalError::Gap { log, number, held },
                    Refusal::Io(source) => JournalError::File {
                        log,
                        operation: "append to",
                        source,
                    },
                }
            })?;
        self.seen().insert(path.to_owned(), seen);
        Ok(())
    }

    /// Whether a run has a document or a log; empty folders may be left of a crash.
    fn has_something(&self, run: &RunId) -> Result<bool, JournalError> {
        for folder in [layout::documents(run), layout::logs(run)] {
            if !names_in(&self.root.join(folder))?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The names of what stands in a folder, unsorted, without the store's own temporary files; none
/// where there is no folder.
fn names_in(folder: &Path) -> Result<Vec<String>, JournalError> {
    let names = match std::fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| Ok(entry?.file_name().into_string()))
            .collect::<io::Result<Vec<_>>>(),
        Err(error) if is_absence(&error) => Ok(Vec::new()),
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
        .filter(|name| !name.starts_with(".tdbal"))
        .collect())
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn read_now(path: &Path) -> Result<Vec<Bytes>, JournalError> {
    let log = || path.display().to_string();
    let bytes = match std::fs::read(path) {
        Ok(bytes) => Bytes::from(bytes),
        Err(error) if is_absence(&error) => return Ok(Vec::new()),
        Err(source) => {
            return Err(JournalError::File {
                log: log(),
                operation: "read",
                source,
            });
        }
    };
    let lines = log_file::whole_lines(&bytes);
    match lines.iter().position(|line| !json_line::is_json(line)) {
        None => Ok(lines),
        Some(broken) => Err(JournalError::Corrupt {
            log: log(),
            line: broken as u64 + 1,
        }),
    }
}

/// Does file work where it blocks nobody else.
async fn blocking<T: Send + 'static>(
    place: PathBuf,
    work: impl FnOnce(&Path) -> Result<T, JournalError> + Send + 'static,
) -> Result<T, JournalError> {
    let log = place.display().to_string();
    match tokio::task::spawn_blocking(move || work(&place)).await {
        Ok(result) => result,
        Err(error) => Err(JournalError::File {
            log,
            operation: "finish work on",
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
impl Journals for FolderJournals {
    async fn runs(&self) -> Result<Vec<RunId>, JournalError> {
        let mut runs: Vec<RunId> = layout::known(self.shelf.folders(layout::RUNS).await?);
        let journals = self.clone();
        blocking(self.root.join(layout::RUNS), move |_| {
            let mut failure = None;
            runs.retain(|run| match journals.has_something(run) {
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
        let names = blocking(self.root.join(layout::logs(run)), names_in).await?;
        let logs = names
            .iter()
            .filter_map(|name| name.strip_suffix(SUFFIX))
            .map(str::to_owned);
        Ok(layout::known(logs))
    }

    async fn read(&self, run: &RunId, actor: &ActorId) -> Result<Vec<Bytes>, JournalError> {
        blocking(self.log_path(run, actor), read_now).await
    }

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
        blocking(path, move |path| journals.append_now(path, number, &record)).await
    }

    async fn create_document(
        &self,
        run: &RunId,
        name: &str,
        bytes: Bytes,
    ) -> Result<bool, JournalError> {
        self.shelf.create_document(run, name, bytes).await
    }

    async fn document(&self, run: &RunId, name: &str) -> Result<Option<Bytes>, JournalError> {
        self.shelf.document(run, name).await
    }

    async fn documents(&self, run: &RunId) -> Result<Vec<String>, JournalError> {
        self.shelf.documents(run).await
    }

    async fn open(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        self.shelf.open(run, actor).await
    }

    async fn close(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        self.shelf.close(run, actor).await
    }

    async fn open_logs(&self) -> Result<Vec<(RunId, ActorId)>, JournalError> {
        self.shelf.open_logs().await
    }

    async fn state(&self, name: &str) -> Result<Option<(Bytes, Version)>, JournalError> {
        self.shelf.state(name).await
    }

    async fn put_state(
        &self,
        name: &str,
        bytes: Bytes,
        over: Option<Version>,
    ) -> Result<Version, JournalError> {
        self.shelf.put_state(name, bytes, over).await
    }
}

#[cfg(test)]
mod tests;
