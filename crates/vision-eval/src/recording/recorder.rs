//! Recording what a model answers.

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

/// A model whose every answer is written down, so that [`Replay`](crate::Replay) can give it again.
///
/// An answer becomes a line of `{dir}/{actor}/exchanges.jsonl`: the look, the digests of the pictures
/// in the order of their numbers, what decided about the answer, its text, and what it took. There is
/// no header, key, prompt or image in it. Answers to a question that was asked again are written
/// too; the last usable one counts.
///
/// Any number of recorders, of several processes too, may write into one folder: a file has one
/// writer at a time, and what a death left half-written spoils no other line. A folder that cannot be
/// written is found out before the model is asked; an answer that then cannot be written is given
/// nevertheless, with a warning, and counted in [`Recorder::lost`]. What an actor's recording of one
/// sheet answers ([`Repertoire::OneSheet`]) is not recorded: it would claim to answer everything.
#[derive(Debug)]
pub struct Recorder {
    model: Arc<dyn VisionModel>,
    dir: PathBuf,
    secrets: Vec<Secret>,
    lost: AtomicUsize,
}

impl Recorder {
    /// Records what this model answers, in this folder, which need not exist.
    pub fn new(model: Arc<dyn VisionModel>, dir: impl Into<PathBuf>) -> Self {
        Self {
            model,
            dir: dir.into(),
            secrets: Vec::new(),
            lost: AtomicUsize::new(0),
        }
    }

    /// Never writes this, should a server ever repeat it in an answer.
    #[must_use]
    pub fn with_secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// How many answers could not be written down.
    pub fn lost(&self) -> usize {
        self.lost.load(Ordering::Relaxed)
    }

    /// Writes an answer down. Begun, it goes on though the asking is given up.
    async fn record(&self, path: PathBuf, exchange: &Exchange) {
        let written = match serde_json::to_vec(exchange) {
            Ok(line) => {
                let path = path.clone();
                blocking(move || append(&path, line)).await
            }
            Err(error) => Err(error.into()),
        };
        if let Err(error) = written {
            self.lost.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(path = %path.display(), %error, "an answer could not be recorded");
        }
    }
}

/// Runs file work where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

/// Opens a file to add to it, and makes it and its folder where there is none.
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

/// Adds a line, behind a line break of its own where a death left the last line without one.
fn append(path: &Path, mut line: Vec<u8>) -> io::Result<()> {
    let mut file = open(path)?;
    match file.lock() {
        Ok(()) => {}
        // A file system without locks: a line is added in one piece all the same.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
        Err(error) => return Err(error),
    }
    if !ends_a_line(&mut file)? {
        line.insert(0, b'\n');
    }
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_data()
}

/// Whether a new line can begin at the end of a file.
fn ends_a_line(file: &mut File) -> io::Result<bool> {
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
        if self.model.repertoire(&question.actor).await == Repertoire::OneSheet {
            return self.model.ask(question).await;
        }
        let path = exchange::path(&self.dir, &question.actor);
        let tried = path.clone();
        if let Err(source) = blocking(move || open(&tried)).await {
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
