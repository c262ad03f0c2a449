//! The output folder: sheets, evaluations, progress and the audit trail.

use crate::audit::AuditLine;
use crate::evaluation::Evaluation;
use crate::progress::Progress;
use bytes::Bytes;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use storage::{LocalStore, ObjectKey, ObjectRead as _, ObjectStore as _, PutMode, StoreError};
use tdbal_types::ActorId;

/// Why the output folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A file could not be read or written.
    #[error("cannot {operation} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file is not what it should be.
    #[error("{} is no progress file: repair it, or start anew with --reset-progress", path.display())]
    Progress {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A value could not be written as JSON.
    #[error("cannot write {name} as JSON")]
    Json {
        /// The file's name.
        name: String,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// Another run writes to the folder.
    #[error("another tdbal is using {}: wait for it to end, or choose another --output-dir", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
}

/// What control sheets said; beside the answers, not among them, where every name is an actor's.
const CONTROLS: &str = "controls.json";

/// Which of the two progress files a run has: what was only looked at is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Only looks.
    DryRun,
    /// Makes changes.
    Execute,
}

impl Mode {
    /// The name of the progress file.
    pub const fn progress_file(self) -> &'static str {
        match self {
            Self::DryRun => "progress.json",
            Self::Execute => "progress-execute.json",
        }
    }
}

/// The output folder. Every file in it is written whole or not at all; the audit trail only grows.
#[derive(Debug, Clone)]
pub struct OutputFolder {
    store: Arc<LocalStore>,
    /// Where answers are kept.
    answers: Arc<LocalStore>,
    audit: Arc<Mutex<Option<File>>>,
}

/// Keeps other runs out of an output folder; the system takes it back when the process ends.
#[derive(Debug)]
pub struct OutputLock {
    _file: File,
}

impl OutputFolder {
    /// A folder; it is made when the first file is written.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let store = Arc::new(LocalStore::new(path));
        Self {
            answers: Arc::clone(&store),
            store,
            audit: Arc::default(),
        }
    }

    /// A folder below this one for what is not to be mixed with its results, such as those of a
    /// calibration. Answers are kept with this folder's: whoever uses it holds the lock of both.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        Self {
            store: Arc::new(LocalStore::new(self.path().join(name))),
            answers: Arc::clone(&self.answers),
            audit: Arc::default(),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.store.root()
    }

    /// The sheet of an actor.
    pub fn composite_name(actor: &ActorId) -> String {
        format!("{actor}_composite.jpg")
    }

    /// A further sheet of an actor, by the number of the vote: pictures in another order, or only some.
    pub fn vote_name(actor: &ActorId, vote: u32) -> String {
        format!("{actor}_composite_{vote}.jpg")
    }

    /// The evaluation of an actor.
    pub fn evaluation_name(actor: &ActorId) -> String {
        format!("{actor}_evaluation.json")
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

    /// Writes the sheet of an actor.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn write_composite(&self, actor: &ActorId, jpeg: Bytes) -> Result<(), OutputError> {
        self.write(Self::composite_name(actor), jpeg).await
    }

    /// Writes a further sheet of an actor.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn write_vote(
        &self,
        actor: &ActorId,
        vote: u32,
        jpeg: Bytes,
    ) -> Result<(), OutputError> {
        self.write(Self::vote_name(actor, vote), jpeg).await
    }

    /// Writes the evaluation of an actor.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn write_evaluation(&self, evaluation: &Evaluation) -> Result<(), OutputError> {
        self.write_json(Self::evaluation_name(&evaluation.actor_id), evaluation)
            .await
    }

    /// The last evaluation of an actor, where there is one that this version can read.
    pub async fn read_evaluation(&self, actor: &ActorId) -> Option<Evaluation> {
        let key = ObjectKey::new(Self::evaluation_name(actor)).ok()?;
        let object = self
            .store
            .get(&key, crate::discovery::MANIFEST_LIMIT)
            .await
            .ok()?;
        serde_json::from_slice(&object.bytes).ok()
    }

    /// The answers that are kept of an actor, as they were written.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub(crate) async fn read_answers(&self, actor: &ActorId) -> Result<Option<Bytes>, OutputError> {
        let key = ObjectKey::new(Self::answers_name(actor)).map_err(key_error)?;
        let object = self
            .answers
            .get(&key, crate::discovery::MANIFEST_LIMIT)
            .await;
        match object {
            Ok(object) => Ok(Some(object.bytes)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts the evaluation of an actor aside: what it concluded rests on answers that are not believed.
    ///
    /// # Errors
    /// When a file cannot be read, written or deleted.
    pub(crate) async fn disbelieve_evaluation(&self, actor: &ActorId) -> Result<(), OutputError> {
        let key = ObjectKey::new(Self::evaluation_name(actor)).map_err(key_error)?;
        match self.store.get(&key, crate::discovery::MANIFEST_LIMIT).await {
            Ok(object) => {
                let name = format!("{actor}_disbelieved.json");
                self.write(name, object.bytes).await?;
                self.store.delete(&key, storage::Condition::Always).await?;
                Ok(())
            }
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps the answers about an actor.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(crate) async fn write_answers(
        &self,
        actor: &ActorId,
        answers: &impl serde::Serialize,
    ) -> Result<(), OutputError> {
        let name = Self::answers_name(actor);
        let bytes = json(&name, answers)?;
        let key = ObjectKey::new(name).map_err(key_error)?;
        self.answers.put(&key, bytes, PutMode::Overwrite).await?;
        Ok(())
    }

    /// What is kept of control sheets, as it was written.
    pub(crate) async fn read_controls(&self) -> Option<Bytes> {
        let key = ObjectKey::new(CONTROLS).ok()?;
        let object = self
            .answers
            .get(&key, crate::discovery::MANIFEST_LIMIT)
            .await;
        object.ok().map(|object| object.bytes)
    }

    /// Keeps what control sheets said.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) async fn write_controls(
        &self,
        controls: &impl serde::Serialize,
    ) -> Result<(), OutputError> {
        let bytes = json(CONTROLS, controls)?;
        let key = ObjectKey::new(CONTROLS).map_err(key_error)?;
        self.answers.put(&key, bytes, PutMode::Overwrite).await?;
        Ok(())
    }

    /// The actors of which answers are kept.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub(crate) async fn actors_with_answers(&self) -> Result<Vec<ActorId>, OutputError> {
        let listed = self.answers.list("answers/").await?;
        let names = listed.iter().filter_map(|meta| {
            let name = meta.key.file_name().strip_suffix(".json")?;
            ActorId::new(name).ok()
        });
        Ok(names.collect())
    }

    fn answers_name(actor: &ActorId) -> String {
        format!("answers/{actor}.json")
    }

    /// The progress of the last run of this mode.
    ///
    /// # Errors
    /// When the file is there and cannot be read: it is never taken for no progress.
    pub async fn read_progress(&self, mode: Mode) -> Result<Option<Progress>, OutputError> {
        let key = ObjectKey::new(mode.progress_file()).map_err(key_error)?;
        match self.store.get(&key, crate::discovery::MANIFEST_LIMIT).await {
            Ok(object) => serde_json::from_slice(&object.bytes)
                .map(Some)
                .map_err(|source| OutputError::Progress {
                    path: self.path().join(mode.progress_file()),
                    source,
                }),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes the progress of a run.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn write_progress(&self, mode: Mode, progress: &Progress) -> Result<(), OutputError> {
        self.write_json(mode.progress_file().to_owned(), progress)
            .await
    }

    /// Forgets the progress of a mode; says whether there was any.
    ///
    /// # Errors
    /// When the file cannot be deleted.
    pub async fn reset_progress(&self, mode: Mode) -> Result<bool, OutputError> {
        let key = ObjectKey::new(mode.progress_file()).map_err(key_error)?;
        match self.store.head(&key).await {
            Ok(_) => {
                self.store.delete(&key, storage::Condition::Always).await?;
                Ok(true)
            }
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds lines to the audit trail; they are on the disk when this returns.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn append_audit(&self, lines: Vec<AuditLine>) -> Result<(), OutputError> {
        if lines.is_empty() {
            return Ok(());
        }
        let path = self.path().join("audit.jsonl");
        let mut text = String::new();
        for line in &lines {
            let line = serde_json::to_string(line).map_err(|source| OutputError::Json {
                name: "audit.jsonl".into(),
                source,
            })?;
            text.push_str(&line);
            text.push('\n');
        }
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

    async fn write_json(
        &self,
        name: String,
        value: &impl serde::Serialize,
    ) -> Result<(), OutputError> {
        let bytes = json(&name, value)?;
        self.write(name, bytes).await
    }

    async fn write(&self, name: String, bytes: Bytes) -> Result<(), OutputError> {
        let key = ObjectKey::new(name).map_err(key_error)?;
        self.store.put(&key, bytes, PutMode::Overwrite).await?;
        Ok(())
    }
}

fn json(name: &str, value: &impl serde::Serialize) -> Result<Bytes, OutputError> {
    let text = serde_json::to_vec_pretty(value).map_err(|source| OutputError::Json {
        name: name.to_owned(),
        source,
    })?;
    Ok(text.into())
}

/// The file names above are plain for every actor, so that this is not seen.
fn key_error(error: storage::KeyError) -> OutputError {
    let path = PathBuf::from(&error.0);
    OutputError::Io {
        operation: "name",
        path,
        source: io::Error::other(error),
    }
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
