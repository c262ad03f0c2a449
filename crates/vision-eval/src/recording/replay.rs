//! Recorded answers.

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
use tdbal_types::{ActorId, Digest, Tokens, Usd};

/// Answers from files, free of charge. What is in them is checked like any other answer.
///
/// Where there is `{actor}/exchanges.jsonl` with anything in it, as [`Recorder`](crate::Recorder)
/// writes it, every question about that actor is answered from it, found by the kind of look and the
/// digests of the pictures in the order of their numbers; the model and the prompt do not matter.
/// Of several answers to one question the last one that can be used counts.
///
/// Else the old form: `{actor}.json` or `{actor}_evaluation.json` for the first sheet, and
/// `{actor}_generated.json` for what was just generated.
#[derive(Debug, Clone)]
pub struct Replay {
    dir: PathBuf,
}

impl Replay {
    /// Answers from the files of this folder.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The files of the old form that hold the answer, the first that exists counts.
    fn candidates(&self, question: &Question) -> Vec<PathBuf> {
        let endings: &[&str] = match question.look {
            LookKind::Sheet { vote: 1 } => &["", "_evaluation"],
            LookKind::Generated => &["_generated"],
            LookKind::Sheet { .. } | LookKind::Close | LookKind::Control => &[],
        };
        endings
            .iter()
            .map(|ending| self.dir.join(format!("{}{ending}.json", question.actor)))
            .collect()
    }

    /// The answer of the old form.
    async fn one_sheet(&self, question: &Question) -> Result<Reply, VisionError> {
        let tried = self.candidates(question);
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

    /// Nothing of what the recorded answer cost is paid again.
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
        let recorded = match tokio::fs::read(&path).await {
            Ok(recorded) => recorded,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(VisionError::UnreadableRecording { path, source }),
        };
        if recorded.is_empty() {
            return self.one_sheet(question).await;
        }
        let pictures: Vec<Digest> = question.digests();
        match exchange::answer(&recorded, question, &path) {
            Some(Exchange { text, model, .. }) => Ok(self.reply(text, model)),
            None => Err(VisionError::NoRecording {
                actor: question.actor.clone(),
                look: question.look,
                pictures,
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
            // It is there; that it cannot be read is said when it is asked.
            Err(_) => Repertoire::Everything,
        }
    }
}

#[cfg(test)]
mod tests;
