//! A model that answers from recordings.

use super::exchange::{self, Exchange};
use crate::error::VisionError;
use crate::look::{LookKind, Repertoire};
use crate::model::{Estimate, ModelIdentity, ModelKind, Question, Reply, VisionModel};
use crate::prompt::PROMPT_VERSION;
use crate::schema::schema_digest;
use async_trait::async_trait;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use tdbal_types::{ActorId, Tokens, Usd};

/// Answers from recorded files, free of charge. Recorded answers are checked like any other.
///
/// If an actor has a file `{actor}/exchanges.jsonl` that is not empty, as written by
/// [`Recorder`](crate::Recorder), all questions about the actor are answered from it. An answer is
/// found by the kind of look and the digests of the pictures in the order of their numbers; the
/// model and the prompt do not matter. Of several answers to one question, the last usable one is
/// returned.
///
/// Otherwise the older format applies, one file per sheet: `{actor}.json` or
/// `{actor}_evaluation.json` for the sheet of vote 1, and `{actor}_generated.json` for newly
/// generated pictures.
#[derive(Debug, Clone)]
pub struct Replay {
    dir: PathBuf,
}

impl Replay {
    /// Creates a model that answers from the files in `dir`.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The folder of the recordings.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The files of the older format that may hold the answer, in order of preference.
    fn single_sheet_paths(&self, question: &Question) -> Vec<PathBuf> {
        let suffixes: &[&str] = match question.look {
            LookKind::Sheet { vote: 1 } => &["", "_evaluation"],
            LookKind::Generated => &["_generated"],
            LookKind::Sheet { .. } | LookKind::Close | LookKind::Control => &[],
        };
        suffixes
            .iter()
            .map(|suffix| self.dir.join(format!("{}{suffix}.json", question.actor)))
            .collect()
    }

    /// The answer from a file of the older format.
    async fn ask_single_sheet(&self, question: &Question) -> Result<Reply, VisionError> {
        let tried = self.single_sheet_paths(question);
        for path in &tried {
            match tokio::fs::read_to_string(path).await {
                Ok(text) => return Ok(self.reply(text, None)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => {
                    return Err(VisionError::UnreadableRecording {
                        path: path.clone(),
                        source,
                    });
                }
            }
        }
        Err(VisionError::NoRecording {
            actor: question.actor.clone(),
            look: question.look,
            pictures: Vec::new(),
            tried,
        })
    }

    /// A free reply with a recorded text. What the answer cost was paid when it was recorded.
    fn reply(&self, text: String, model: Option<String>) -> Reply {
        Reply {
            text,
            model: model.unwrap_or_else(|| self.to_string()),
            request_id: None,
            tokens: Tokens::default(),
            cost: Usd::ZERO,
        }
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "replay:{}", self.dir.display())
    }
}

#[async_trait]
impl VisionModel for Replay {
    async fn ask(&self, question: &Question) -> Result<Reply, VisionError> {
        let path = exchange::path(&self.dir, &question.actor);
        let recording = match tokio::fs::read(&path).await {
            Ok(recording) => recording,
            // An actor without exchanges may have a recording of the older format.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(VisionError::UnreadableRecording { path, source }),
        };
        // The recorder creates the file before it asks. It stays empty if the model gives no
        // answer.
        if recording.is_empty() {
            return self.ask_single_sheet(question).await;
        }
        match exchange::find_answer(&recording, question, &path) {
            Some(Exchange { text, model, .. }) => Ok(self.reply(text, model)),
            None => Err(VisionError::NoRecording {
                actor: question.actor.clone(),
                look: question.look,
                pictures: question.digests(),
                tried: vec![path],
            }),
        }
    }

    fn identity(&self) -> ModelIdentity {
        ModelIdentity {
            kind: ModelKind::Replay,
            model: self.to_string(),
            prompt_version: PROMPT_VERSION.to_owned(),
            schema_digest: schema_digest(),
        }
    }

    fn estimate(&self, _look: LookKind, _pictures: usize, _width: u32, _height: u32) -> Estimate {
        Estimate::default()
    }

    async fn repertoire(&self, actor: &ActorId) -> Repertoire {
        match tokio::fs::metadata(exchange::path(&self.dir, actor)).await {
            Ok(file) if file.len() > 0 => Repertoire::Everything,
            Ok(_) => Repertoire::OneSheet,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Repertoire::OneSheet,
            // The file exists. `ask` reports why it cannot be read.
            Err(_) => Repertoire::Everything,
        }
    }
}

#[cfg(test)]
mod tests;
