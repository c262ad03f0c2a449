//! The labelled pictures that judges are compared on.

use calibration::HumanWord;
use dataset::people::labels::Labels;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use tdbal_types::{ActorId, ActorQuery, AmbiguousActor, Digest, ImageClass, ImageName, Label};

/// Seed of the sample, so the same pictures are drawn each time.
const SEED: &str = "calibration 1";

/// A picture with what a person said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledPicture {
    /// The actor whose set the picture was in.
    pub actor: ActorId,
    /// How the label names the picture.
    pub picture: PictureName,
    /// The class and the quality that the person chose.
    pub said: HumanWord,
}

/// How a label names its picture.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PictureName {
    /// By the digest of its bytes; the file name is the one at the time of the label.
    Bytes(Digest, ImageName),
    /// By its current file name.
    File(ImageName),
}

impl fmt::Display for PictureName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(_, name) | Self::File(name) => name.fmt(f),
        }
    }
}

/// Why a file of labels cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelsFileError {
    /// The file is not a JSON object.
    #[error("expected labels.json, or {{\"ACTOR\": {{\"FILE\": \"CLASS\"}}}}")]
    Form(#[source] serde_json::Error),
    /// The file has the form of `labels.json` and a statement in it is not valid.
    #[error("invalid labels.json")]
    Labels(#[source] serde_json::Error),
    /// An actor of the file is not in the data set.
    #[error(transparent)]
    Actor(#[from] AmbiguousActor),
    /// An actor has no object of files.
    #[error("{actor}: expected {{\"FILE\": \"CLASS\"}}")]
    Files {
        /// The key of the actor.
        actor: String,
    },
    /// A file name or a label is not valid.
    #[error("{actor}: {file}: {label}")]
    Label {
        /// The key of the actor.
        actor: String,
        /// The key of the file.
        file: String,
        /// The label as written.
        label: String,
        /// What is wrong with it.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// The pictures that are labelled with the data, by what was said last.
pub fn of_labels(labels: &Labels) -> Vec<LabelledPicture> {
    let all = labels.iter();
    all.filter_map(|(picture, said)| {
        let last = said.last()?;
        Some(LabelledPicture {
            actor: last.actor.clone(),
            picture: PictureName::Bytes(*picture, last.file.clone()),
            said: human_word(labels.word(picture)?),
        })
    })
    .collect()
}

/// Parses a file of labels, which has the form of `labels.json` or gives a class for each file of each
/// actor: `{"ACTOR": {"FILE": "CLASS"}}`. `actors` are the actors of the data set.
///
/// # Errors
/// [`LabelsFileError`] when the file has neither form, or names an unknown actor.
pub fn parse(bytes: &[u8], actors: &[ActorId]) -> Result<Vec<LabelledPicture>, LabelsFileError> {
    let document: Map<String, Value> =
        serde_json::from_slice(bytes).map_err(LabelsFileError::Form)?;
    if document.contains_key("labels") {
        let labels = serde_json::from_value(Value::Object(document));
        return Ok(of_labels(&labels.map_err(LabelsFileError::Labels)?));
    }
    let mut labelled = Vec::new();
    for (key, files) in document {
        let actor = ActorQuery(key.clone()).resolve(actors)?;
        let Some(files) = files.as_object() else {
            return Err(LabelsFileError::Files { actor: key });
        };
        for (file, said) in files {
            let invalid = |source: Box<dyn Error + Send + Sync>| LabelsFileError::Label {
                actor: key.clone(),
                file: file.clone(),
                label: said.to_string(),
                source,
            };
            let name = ImageName::new(file.as_str()).map_err(|error| invalid(error.into()))?;
            labelled.push(LabelledPicture {
                actor: actor.clone(),
                picture: PictureName::File(name),
                said: human_word(label(said).map_err(invalid)?),
            });
        }
    }
    Ok(labelled)
}

/// A class, or class and quality.
fn label(said: &Value) -> Result<Label, Box<dyn Error + Send + Sync>> {
    if let Some(class) = said.as_str() {
        return Ok(Label {
            class: Some(class.parse::<ImageClass>()?),
            quality: None,
        });
    }
    let label: Label = serde_json::from_value(said.clone())?;
    if label == Label::default() {
        return Err("expected a class, or {\"class\": ..., \"quality\": ...}".into());
    }
    Ok(label)
}

const fn human_word(label: Label) -> HumanWord {
    HumanWord {
        class: label.class,
        quality: label.quality,
    }
}

/// Keeps the labels of some actors, or of all, and draws a sample of at most `sample` pictures from
/// them. The same labels always give the same sample. Sorted by actor and picture.
pub fn choose(
    mut labelled: Vec<LabelledPicture>,
    actors: Option<&BTreeSet<ActorId>>,
    sample: Option<usize>,
) -> Vec<LabelledPicture> {
    labelled.retain(|label| actors.is_none_or(|actors| actors.contains(&label.actor)));
    if let Some(number) = sample {
        labelled.sort_by_cached_key(|label| {
            let name = match &label.picture {
                PictureName::Bytes(digest, _) => digest.to_string(),
                PictureName::File(name) => name.to_string(),
            };
            storage::sha256(format!("{SEED} {} {name}", label.actor).as_bytes())
        });
        labelled.truncate(number);
    }
    labelled.sort_by(|a, b| (&a.actor, &a.picture).cmp(&(&b.actor, &b.picture)));
    labelled
}

#[cfg(test)]
mod tests;
