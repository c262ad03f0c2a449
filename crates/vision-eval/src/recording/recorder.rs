//! A model that records the answers of another model.

use super::exchange::{self, Exchange};
use crate::error::VisionError;
use crate::look::{LookKind, Repertoire};
use crate::model::{Estimate, ModelIdentity, Question, Reply, VisionModel};
use async_trait::async_trait;
use http_support::Secret;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tdbal_types::ActorId;

/// Wraps a model and records its answers for [`Replay`](crate::Replay).
///
/// Each answer is appended as one line to `{dir}/{actor}/exchanges.jsonl`, with the text, the look,
/// the digests of the pictures in the order of their numbers, the model's identity and the cost.
/// Headers, keys, prompts and images are not recorded. If a question is asked again, both answers
/// are recorded; the replay uses the last usable one.
///
/// Any number of recorders, also of different processes, may write to one folder: they lock the
/// file while they append, and an incomplete line left by a crash does not damage the next one.
///
/// A folder that cannot be written is an error before the model is asked. If writing fails after
/// that, the answer is returned anyway, a warning is logged, and [`Recorder::lost`] counts it.
/// Answers of a model that replays a recording of one sheet ([`Repertoire::OneSheet`]) are not
/// recorded, since the new recording would seem to hold answers to every question.
#[derive(Debug)]
pub struct Recorder {
    model: Arc<dyn VisionModel>,
    dir: PathBuf,
    secrets: Vec<Secret>,
    lost: AtomicUsize,
}

impl Recorder {
    /// Creates a recorder for `model`. The folder `dir` is created when the first question is
    /// asked.
    pub fn new(model: Arc<dyn VisionModel>, dir: impl Into<PathBuf>) -> Self {
        Self {
            model,
            dir: dir.into(),
            secrets: Vec::new(),
            lost: AtomicUsize::new(0),
        }
    }

    /// Replaces `secret` with `***` wherever a server repeats it in an answer.
    #[must_use]
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// The folder of the recordings.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Number of answers that could not be recorded.
    pub fn lost(&self) -> usize {
        self.lost.load(Ordering::Relaxed)
    }

    /// Appends an exchange to the recording. Once started, the write completes even if the caller
    /// drops this future: the answer is paid for.
    async fn record(&self, path: PathBuf, exchange: &Exchange) {
        let written = match serde_json::to_vec(exchange) {
            Ok(line) => {
                let path = path.clone();
                blocking(move || append(&path, line)).await
            }
            Err(error) => Err(error.into()),
        };
        // A paid answer is too valuable to discard because of a full disk, so this is not an error.
        if let Err(error) = written {
            self.lost.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(path = %path.display(), %error, "could not record an answer");
        }
    }
}

/// Runs file operations on a thread where blocking is allowed.
async fn blocking<T: Send + 'static>(
    operation: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(operation)
        .await
        .map_err(io::Error::other)?
}

/// Opens a file for appending; creates the file and its folder if necessary.
fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::options()
        .create(true)
        .read(true)
        .append(true)
        .open(path)
}

/// Appends a line. Starts a new line first if a crash left the last one incomplete.
fn append(path: &Path, mut line: Vec<u8>) -> io::Result<()> {
    // The lock is released when the file is closed.
    let mut file = open(path)?;
    match file.lock() {
        Ok(()) => {}
        // Without locks, a line is still appended with a single write.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
        Err(error) => return Err(error),
    }
    if !ends_with_newline(&mut file)? {
        line.insert(0, b'\n');
    }
    line.push(b'\n');
    file.write_all(&line)?;
    // The answer is paid for and must survive a power failure.
    file.sync_data()
}

/// Whether the file is empty or ends with a line break.
fn ends_with_newline(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}

impl fmt::Display for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.model.fmt(f)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl VisionModel for Recorder {
    async fn ask(&self, question: &Question) -> Result<Reply, VisionError> {
        // Once recorded, one sheet would pass for answers to every question about the actor.
        if self.model.repertoire(&question.actor).await == Repertoire::OneSheet {
            return self.model.ask(question).await;
        }
        let path = exchange::path(&self.dir, &question.actor);
        // Opened before the model is asked: an answer that cannot be recorded should not be paid
        // for.
        let file = path.clone();
        if let Err(source) = blocking(move || open(&file)).await {
            return Err(VisionError::CannotRecord { path, source });
        }
        let reply = self.model.ask(question).await?;
        let identity = self.model.identity();
        let exchange = Exchange::new(question, &reply, identity, &self.secrets);
        self.record(path, &exchange).await;
        Ok(reply)
    }

    fn identity(&self) -> ModelIdentity {
        self.model.identity()
    }

    fn estimate(&self, look: LookKind, pictures: usize, width: u32, height: u32) -> Estimate {
        self.model.estimate(look, pictures, width, height)
    }

    async fn repertoire(&self, actor: &ActorId) -> Repertoire {
        self.model.repertoire(actor).await
    }
}

#[cfg(test)]
mod tests;
