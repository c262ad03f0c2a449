//! A generator that reads recorded pictures, for demonstrations and tests without a service.

use crate::error::GenerateError;
use crate::generator::{
    Generated, GenerationRequest, GeneratorIdentity, GeneratorKind, ImageGenerator,
};
use crate::lost_order::{LostOrder, Whereabouts};
use crate::started::Started;
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tdbal_types::{ActorId, ImageClass, PredictionId, Usd};

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
mod tests;
