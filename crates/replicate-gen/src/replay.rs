//! A generator that reads recorded pictures, for demonstrations and tests without a service.

use crate::error::GenerateError;
use crate::generator::{
    Generated, GenerationRequest, GeneratorIdentity, GeneratorKind, ImageGenerator, PredictionId,
    Started,
};
use crate::lost::{LostOrder, Whereabouts};
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tdbal_types::{ActorId, ImageClass, Usd};

/// What a recorded picture's file may end on, in the order in which they are looked for.
const EXTENSIONS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// How the names of replayed predictions begin.
const PREFIX: &str = "replay:";

/// The name of the model in records.
const MODEL: &str = "replay";

/// Reads the pictures of a folder: `DIR/{actor}/{class}_{k}.jpg` (or jpeg, png, webp), where k is
/// the request's `ordinal`, from 1. It costs nothing.
///
/// A replacement for a picture that was no good has the next `ordinal`, and so the next k: record
/// as many pictures of a class as there are attempts at it.
///
/// The name of a prediction is `replay:{actor}/{class}_{k}`, so that another process can finish what
/// this one started.
#[derive(Debug, Clone)]
pub struct Replay {
    folder: PathBuf,
}

impl Replay {
    /// Replays the pictures of a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The file of a recording, found by its extension.
    async fn file_of(&self, recording: &Recording) -> Result<PathBuf, GenerateError> {
        let path = self.folder.join(recording.actor.as_str());
        let stem = path.join(recording.stem());
        for extension in EXTENSIONS {
            let file = path.join(format!("{}.{extension}", recording.stem()));
            if is_file(&file).await? {
                return Ok(file);
            }
        }
        Err(GenerateError::NoRecording { path: stem })
    }
}

/// Whether there is a file; an error where that cannot be told.
async fn is_file(path: &Path) -> Result<bool, GenerateError> {
    match tokio::fs::metadata(path).await {
        Ok(metadata) => Ok(metadata.is_file()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(false)
        }
        Err(source) => Err(GenerateError::UnreadableRecording {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Which recorded picture is meant.
#[derive(Debug, PartialEq, Eq)]
struct Recording {
    actor: ActorId,
    class: ImageClass,
    ordinal: u32,
}

impl Recording {
    fn stem(&self) -> String {
        format!("{}_{}", self.class, self.ordinal)
    }

    fn id(&self) -> Option<PredictionId> {
        PredictionId::new(format!("{PREFIX}{}/{}", self.actor, self.stem())).ok()
    }

    fn of(id: &PredictionId) -> Option<Self> {
        let (actor, stem) = id.as_str().strip_prefix(PREFIX)?.split_once('/')?;
        let (class, ordinal) = stem.rsplit_once('_')?;
        Some(Self {
            actor: ActorId::new(actor).ok()?,
            class: class.parse().ok()?,
            ordinal: ordinal.parse().ok()?,
        })
    }
}

#[async_trait]
impl ImageGenerator for Replay {
    async fn start(&self, request: &GenerationRequest) -> Result<Started, GenerateError> {
        let recording = Recording {
            actor: request.actor.clone(),
            class: request.class,
            ordinal: request.ordinal,
        };
        let path = self.file_of(&recording).await?;
        let id = recording.id().ok_or(GenerateError::NoRecording { path })?;
        Ok(Started {
            id,
            model: MODEL.to_owned(),
        })
    }

    async fn finish(&self, id: &PredictionId) -> Result<Generated, GenerateError> {
        let recording = Recording::of(id).ok_or_else(|| GenerateError::ForeignPrediction {
            id: id.clone(),
            generator: self.to_string(),
        })?;
        let path = self.file_of(&recording).await?;
        let bytes = tokio::fs::read(&path)
            .await
            .map_err(|source| GenerateError::UnreadableRecording { path, source })?;
        Ok(Generated {
            bytes: Bytes::from(bytes),
            id: id.clone(),
            model: MODEL.to_owned(),
            cost: Usd::ZERO,
        })
    }

    /// A replay orders nothing, so nothing of it can be lost.
    async fn find(&self, _: &LostOrder) -> Result<Whereabouts, GenerateError> {
        Ok(Whereabouts::Absent)
    }

    fn price(&self) -> Usd {
        Usd::ZERO
    }

    fn identity(&self) -> GeneratorIdentity {
        GeneratorIdentity {
            kind: GeneratorKind::Replay,
            model: MODEL.to_owned(),
        }
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a replay of {}", self.folder.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::Prompt;

    fn request(ordinal: u32) -> GenerationRequest {
        let class = ImageClass::BwStylized;
        GenerationRequest {
            actor: ActorId::new("0004_european_35_male").unwrap(),
            class,
            ordinal,
            prompt: Prompt {
                class,
                scene: String::new(),
                technique: String::new(),
                text: String::new(),
            },
            seed: 1,
            base_image: Bytes::new(),
        }
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let actor = folder.path().join("0004_european_35_male");
        std::fs::create_dir(&actor).unwrap();
        for (name, bytes) in [
            ("bw_stylized_1.jpg", "one"),
            ("bw_stylized_2.png", "two"),
            ("bw_stylized_3.webp", "three"),
            ("bw_stylized_10.jpeg", "ten"),
        ] {
            std::fs::write(actor.join(name), bytes).unwrap();
        }
        folder
    }

    #[tokio::test]
    async fn pictures_come_by_their_number_whatever_their_format() {
        let folder = folder();
        let replay = Replay::new(folder.path());
        for (ordinal, expected) in [(1, "one"), (2, "two"), (3, "three"), (10, "ten")] {
            let started = replay.start(&request(ordinal)).await.unwrap();
            let generated = replay.finish(&started.id).await.unwrap();
            assert_eq!(generated.bytes, expected);
            assert_eq!(
                (generated.cost, generated.model),
                (Usd::ZERO, started.model)
            );
        }
    }

    #[tokio::test]
    async fn another_process_can_finish_by_the_name_alone() {
        let folder = folder();
        let started = Replay::new(folder.path()).start(&request(2)).await.unwrap();
        assert_eq!(
            started.id.as_str(),
            "replay:0004_european_35_male/bw_stylized_2"
        );
        let other = Replay::new(folder.path());
        assert_eq!(other.finish(&started.id).await.unwrap().bytes, "two");
    }

    #[tokio::test]
    async fn nothing_of_a_replay_is_ever_lost() {
        let lost = LostOrder {
            picture: request(2).picture(),
            seed: 1,
            prompt: String::new(),
            ordered_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let answer = Replay::new("nowhere").find(&lost).await.unwrap();
        assert_eq!(answer, Whereabouts::Absent);
    }

    #[tokio::test]
    async fn what_is_not_recorded_is_named() {
        let folder = folder();
        let replay = Replay::new(folder.path());
        let error = replay.start(&request(4)).await.unwrap_err();
        let looked_for = folder.path().join("0004_european_35_male/bw_stylized_4");
        assert!(matches!(&error, GenerateError::NoRecording { path } if *path == looked_for));
        assert_eq!(
            error.to_string(),
            format!(
                "there is no recorded picture {}.{{jpg,jpeg,png,webp}}",
                looked_for.display()
            )
        );
        let nowhere = Replay::new(folder.path().join("nowhere"));
        assert!(matches!(
            nowhere.start(&request(1)).await,
            Err(GenerateError::NoRecording { .. })
        ));
    }

    #[tokio::test]
    async fn a_name_cannot_lead_out_of_the_folder() {
        let folder = folder();
        std::fs::write(folder.path().join("bw_stylized_1.jpg"), "outside").unwrap();
        let replay = Replay::new(folder.path().join("0004_european_35_male"));
        for id in [
            "replay:../bw_stylized_1",
            "replay:..%2f/bw_stylized_1x",
            "replay:a/../bw_stylized_1",
            "replay:a/sepia_1",
            "gm3qorzdhgbfurvjtvhg6dckhu",
        ] {
            let result = replay.finish(&PredictionId::new(id).unwrap()).await;
            assert!(
                matches!(result, Err(GenerateError::ForeignPrediction { .. })),
                "{id}: {result:?}"
            );
        }
    }
}
