//! A generator that returns recorded pictures, for demonstrations and tests without a service.

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

/// The file extensions of recorded pictures, in the order in which they are tried.
const EXTENSIONS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// The prefix of the IDs of replayed predictions.
const PREFIX: &str = "replay:";

/// The model's name in records.
const MODEL: &str = "replay";

/// Returns recorded pictures from a folder, at no cost.
///
/// The files are named `DIR/{actor}/{class}_{k}.jpg` (or `.jpeg`, `.png`, `.webp`), where `k` is
/// the request's `ordinal`, counted from 1. A replacement for an unusable picture has the next
/// `ordinal`, and therefore the next `k`: record one picture of a class for each attempt.
///
/// Prediction IDs have the form `replay:{actor}/{class}_{k}`. They name the file, which lets
/// another process finish what this one started.
#[derive(Debug, Clone)]
pub struct Replay {
    folder: PathBuf,
}

impl Replay {
    /// Creates a generator that returns the pictures of a folder. The folder is not read yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Finds the file of a recording by trying each extension.
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

/// Returns whether `path` is a file, or an error if that cannot be determined.
async fn is_file(path: &Path) -> Result<bool, GenerateError> {
    match tokio::fs::metadata(path).await {
        Ok(metadata) => Ok(metadata.is_file()),
        // Any other error must not pass for a missing recording.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(false)
        }
        Err(source) => Err(GenerateError::UnreadableRecording {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Identifies a recorded picture.
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

    /// Parses the ID of a replayed prediction. Actor and class are validated, since they become
    /// part of a path and the ID may come from anywhere.
    fn parse(id: &PredictionId) -> Option<Self> {
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
        // Look for the file now, so a missing one fails like a rejected order, before any record.
        let path = self.file_of(&recording).await?;
        let id = recording.id().ok_or(GenerateError::NoRecording { path })?;
        Ok(Started {
            id,
            model: MODEL.to_owned(),
        })
    }

    async fn finish(&self, id: &PredictionId) -> Result<Generated, GenerateError> {
        let recording = Recording::parse(id).ok_or_else(|| GenerateError::ForeignPrediction {
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

    /// Returns [`Whereabouts::Absent`]: a replay never orders anything.
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
