//! The form of a catalogue's file, and the checks of what stands in it.

use super::entries::{ClassPrompts, SUBJECT, Scene, Technique, fold};
use super::error::CatalogueError;
use serde::Deserialize;
use std::collections::HashSet;
use tdbal_types::ImageClass;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CatalogueFile {
    pub(super) identity: String,
    pub(super) photorealistic: PhotorealisticFile,
    pub(super) stylized: StylizedFile,
    pub(super) bw_stylized: TechniquesFile,
    pub(super) color_stylized: TechniquesFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PhotorealisticFile {
    #[serde(default)]
    pub(super) closing: String,
    #[serde(default)]
    pub(super) scenes: Vec<SceneFile>,
    #[serde(default)]
    pub(super) techniques: Vec<TechniqueFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StylizedFile {
    #[serde(default)]
    pub(super) scenes: Vec<SceneFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TechniquesFile {
    #[serde(default)]
    pub(super) closing: String,
    #[serde(default)]
    pub(super) techniques: Vec<TechniqueFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SceneFile {
    pub(super) name: String,
    pub(super) action: String,
    pub(super) framing: String,
    pub(super) gaze: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TechniqueFile {
    pub(super) name: String,
    pub(super) medium: String,
    pub(super) finish: String,
}

/// A list of the file and the name of one of its entries, for messages.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a>(pub(super) &'a str, pub(super) &'a str);

impl Entry<'_> {
    fn named(self) -> String {
        format!("{} {:?}", self.0, self.1)
    }

    pub(super) fn missing(self, key: &'static str) -> CatalogueError {
        CatalogueError::MissingPlaceholder {
            entry: self.named(),
            key,
        }
    }

    /// Refuses an empty text and one with stray braces; says whether it names the subject.
    pub(super) fn check(self, key: &'static str, text: &str) -> Result<bool, CatalogueError> {
        let entry = || self.named();
        if text.is_empty() {
            return Err(CatalogueError::Blank {
                entry: entry(),
                key,
            });
        }
        if text.replace(SUBJECT, "").contains(['{', '}']) {
            return Err(CatalogueError::StrayBrace {
                entry: entry(),
                key,
            });
        }
        Ok(text.contains(SUBJECT))
    }
}

/// A text of the file, its lines joined.
pub(super) fn trimmed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn scenes(list: &str, entries: Vec<SceneFile>) -> Result<Vec<Scene>, CatalogueError> {
    let mut scenes = Vec::with_capacity(entries.len());
    for entry in entries {
        let scene = Scene {
            name: trimmed(&entry.name),
            // The sentence's end is set when the prompt is put together.
            action: trimmed(&entry.action).trim_end_matches('.').to_owned(),
            framing: trimmed(&entry.framing),
            gaze: trimmed(&entry.gaze),
        };
        let at = Entry(list, &scene.name);
        at.check("name", &scene.name)?;
        at.check("framing", &scene.framing)?;
        at.check("gaze", &scene.gaze)?;
        if !at.check("action", &scene.action)? {
            return Err(at.missing("action"));
        }
        // Without words of its own a scene could not be found again in a text.
        if scene.mark().is_empty() {
            return Err(CatalogueError::Blank {
                entry: at.named(),
                key: "action",
            });
        }
        scenes.push(scene);
    }
    not_empty(list, scenes.len())?;
    distinct_names(list, scenes.iter().map(|scene| scene.name.as_str()))?;
    distinct_marks(list, "action", scenes.iter().map(|s| (&*s.name, s.mark())))?;
    Ok(scenes)
}

fn techniques(list: &str, entries: Vec<TechniqueFile>) -> Result<Vec<Technique>, CatalogueError> {
    let mut techniques = Vec::with_capacity(entries.len());
    for entry in entries {
        let technique = Technique {
            name: trimmed(&entry.name),
            medium: trimmed(&entry.medium),
            finish: trimmed(&entry.finish),
        };
        let at = Entry(list, &technique.name);
        at.check("name", &technique.name)?;
        at.check("finish", &technique.finish)?;
        if at.check("medium", &technique.medium)? {
            return Err(CatalogueError::StrayBrace {
                entry: at.named(),
                key: "medium",
            });
        }
        techniques.push(technique);
    }
    not_empty(list, techniques.len())?;
    distinct_names(list, techniques.iter().map(|one| one.name.as_str()))?;
    let marks = techniques.iter().map(|one| (&*one.name, one.mark()));
    distinct_marks(list, "medium", marks)?;
    Ok(techniques)
}

pub(super) fn class_prompts(
    class: ImageClass,
    scenes: Vec<Scene>,
    section: TechniquesFile,
    identity: String,
) -> Result<ClassPrompts, CatalogueError> {
    let closing = trimmed(&section.closing);
    if !closing.is_empty() {
        Entry(class.as_str(), "closing").check("closing", &closing)?;
    }
    Ok(ClassPrompts {
        class,
        scenes,
        techniques: techniques(&format!("{class}.techniques"), section.techniques)?,
        closing,
        identity,
    })
}

fn not_empty(list: &str, entries: usize) -> Result<(), CatalogueError> {
    if entries == 0 {
        return Err(CatalogueError::Empty {
            list: list.to_owned(),
        });
    }
    Ok(())
}

fn distinct_names<'a>(
    list: &str,
    names: impl Iterator<Item = &'a str>,
) -> Result<(), CatalogueError> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(fold(name)) {
            return Err(CatalogueError::Duplicate {
                first: Entry(list, name).named(),
                second: Entry(list, name).named(),
                key: "name",
            });
        }
    }
    Ok(())
}

/// Refuses marks of which one is, or holds, another: a used text could not be told from both.
fn distinct_marks<'a>(
    list: &str,
    key: &'static str,
    marks: impl Iterator<Item = (&'a str, String)>,
) -> Result<(), CatalogueError> {
    let marks: Vec<(&str, String)> = marks.collect();
    for (later, (name, mark)) in marks.iter().enumerate() {
        let alike = marks
            .iter()
            .take(later)
            .find(|(_, other)| other.contains(mark) || mark.contains(other.as_str()));
        if let Some((other, _)) = alike {
            return Err(CatalogueError::Duplicate {
                first: Entry(list, other).named(),
                second: Entry(list, name).named(),
                key,
            });
        }
    }
    Ok(())
}
