//! Recorded answers.

use crate::error::VisionError;
use crate::model::{Estimate, ModelIdentity, ModelKind, Purpose, Question, Reply, VisionModel};
use crate::prompt::PROMPT_VERSION;
use crate::schema::schema_digest;
use async_trait::async_trait;
use std::fmt;
use std::path::{Path, PathBuf};
use tdbal_types::{Tokens, Usd};

/// Answers from files, free of charge: `{actor}.json`, else `{actor}_evaluation.json`, and for what
/// was just generated `{actor}_generated.json`. What is in them is checked like any other answer.
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

    /// The files that hold the answer, the first that exists counts.
    fn candidates(&self, question: &Question) -> Vec<PathBuf> {
        let endings: &[&str] = match question.purpose {
            Purpose::Set => &["", "_evaluation"],
            Purpose::Generated => &["_generated"],
        };
        endings
            .iter()
            .map(|ending| self.dir.join(format!("{}{ending}.json", question.actor)))
            .collect()
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
        let tried = self.candidates(question);
        for path in &tried {
            match tokio::fs::read_to_string(path).await {
                Ok(text) => {
                    return Ok(Reply {
                        text,
                        model: self.to_string(),
                        request_id: None,
                        tokens: Tokens::default(),
                        cost: Usd::ZERO,
                    });
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
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
            tried,
        })
    }

    fn identity(&self) -> ModelIdentity {
        ModelIdentity {
            kind: ModelKind::Replay,
            model: self.to_string(),
            prompt_version: PROMPT_VERSION.to_owned(),
            schema_digest: schema_digest(),
        }
    }

    fn estimate(&self, _pictures: usize, _sheet_width: u32, _sheet_height: u32) -> Estimate {
        Estimate::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SheetImage;
    use bytes::Bytes;
    use tdbal_types::ActorId;

    fn question(purpose: Purpose) -> Question {
        Question {
            actor: ActorId::new("0004_x").unwrap(),
            purpose,
            sheet: SheetImage {
                jpeg: Bytes::new(),
                width: 1,
                height: 1,
            },
            numbers: Vec::new(),
            correction: None,
        }
    }

    async fn text(replay: &Replay, purpose: Purpose) -> String {
        replay.ask(&question(purpose)).await.unwrap().text
    }

    #[tokio::test]
    async fn the_short_name_wins_and_generated_pictures_have_a_file_of_their_own() {
        let dir = tempfile::tempdir().unwrap();
        let replay = Replay::new(dir.path());
        let write = |name: &str| std::fs::write(dir.path().join(name), name).unwrap();
        write("0004_x_evaluation.json");
        assert_eq!(text(&replay, Purpose::Set).await, "0004_x_evaluation.json");
        write("0004_x.json");
        assert_eq!(text(&replay, Purpose::Set).await, "0004_x.json");
        write("0004_x_generated.json");
        assert_eq!(
            text(&replay, Purpose::Generated).await,
            "0004_x_generated.json"
        );
        assert_eq!(replay.estimate(20, 1_000, 800), Estimate::default());
    }

    #[tokio::test]
    async fn what_is_missing_is_named_with_both_names() {
        let replay = Replay::new("/recordings");
        assert_eq!(replay.to_string(), "replay:/recordings");
        let error = replay.ask(&question(Purpose::Set)).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "no recorded answer for 0004_x: looked for /recordings/0004_x.json and \
             /recordings/0004_x_evaluation.json; record one, or leave this actor out"
        );
        assert!(!error.stops_run());
        assert_eq!(error.cost(), Usd::ZERO);
    }

    #[tokio::test]
    async fn a_recording_that_cannot_be_read_is_not_taken_for_missing() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("0004_x.json"), b"\xff\xfe").unwrap();
        let error = Replay::new(dir.path())
            .ask(&question(Purpose::Set))
            .await
            .unwrap_err();
        assert!(matches!(error, VisionError::UnreadableRecording { .. }));
    }
}
