//! The file format of a catalogue, and the validation of its entries.

use super::entries::{ClassPrompts, SUBJECT, Scene, Technique, normalise};
use super::error::CatalogueError;
use serde::Deserialize;
use std::collections::HashSet;
use tdbal_types::ImageClass;

// Unknown keys are errors in every table: a misspelt key would silently drop its text.

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

/// A place in the file, for messages.
#[derive(Clone, Copy)]
pub(super) enum Entry<'a> {
    TopLevel,
    Section(&'a str),
    /// An entry of a list: the list and the entry's name.
    Item(&'a str, &'a str),
}

impl Entry<'_> {
    fn named(self) -> String {
        match self {
            Self::TopLevel => "the top-level table".to_owned(),
            Self::Section(section) => format!("[{section}]"),
            Self::Item(list, name) => format!("{list} {name:?}"),
        }
    }

    pub(super) fn missing(self, key: &'static str) -> CatalogueError {
        CatalogueError::MissingPlaceholder {
            entry: self.named(),
            key,
        }
    }

    /// Rejects an empty text and one with stray braces. Returns whether the text contains the
    /// placeholder.
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

/// Trims a text and joins its lines with single spaces.
pub(super) fn single_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn scenes(list: &str, entries: Vec<SceneFile>) -> Result<Vec<Scene>, CatalogueError> {
    let mut scenes = Vec::with_capacity(entries.len());
    for entry in entries {
        let scene = Scene {
            name: single_line(&entry.name),
            // Composing a prompt adds the full stop.
            action: single_line(&entry.action).trim_end_matches('.').to_owned(),
            framing: single_line(&entry.framing),
            gaze: single_line(&entry.gaze),
        };
        let at = Entry::Item(list, &scene.name);
        at.check("name", &scene.name)?;
        at.check("framing", &scene.framing)?;
        at.check("gaze", &scene.gaze)?;
        if !at.check("action", &scene.action)? {
            return Err(at.missing("action"));
        }
        // A scene without words of its own could not be recognised in an earlier prompt.
        if scene.fingerprint().is_empty() {
            return Err(CatalogueError::Blank {
                entry: at.named(),
                key: "action",
            });
        }
        scenes.push(scene);
    }
    not_empty(list, scenes.len())?;
    distinct_names(list, scenes.iter().map(|scene| scene.name.as_str()))?;
    let fingerprints = scenes.iter().map(|one| (&*one.name, one.fingerprint()));
    distinct_fingerprints(list, "action", fingerprints)?;
    Ok(scenes)
}

fn techniques(list: &str, entries: Vec<TechniqueFile>) -> Result<Vec<Technique>, CatalogueError> {
    let mut techniques = Vec::with_capacity(entries.len());
    for entry in entries {
        let technique = Technique {
            name: single_line(&entry.name),
            medium: single_line(&entry.medium),
            finish: single_line(&entry.finish),
        };
        let at = Entry::Item(list, &technique.name);
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
    let fingerprints = techniques.iter().map(|one| (&*one.name, one.fingerprint()));
    distinct_fingerprints(list, "medium", fingerprints)?;
    Ok(techniques)
}

pub(super) fn class_prompts(
    class: ImageClass,
    scenes: Vec<Scene>,
    section: TechniquesFile,
    identity: String,
) -> Result<ClassPrompts, CatalogueError> {
    let closing = single_line(&section.closing);
    if !closing.is_empty() {
        Entry::Section(class.as_str()).check("closing", &closing)?;
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
        if !seen.insert(normalise(name)) {
            return Err(CatalogueError::Duplicate {
                first: Entry::Item(list, name).named(),
                second: Entry::Item(list, name).named(),
                key: "name",
            });
        }
    }
    Ok(())
}

/// Rejects fingerprints that equal or contain one another: an earlier prompt would match both
/// entries.
fn distinct_fingerprints<'a>(
    list: &str,
    key: &'static str,
    fingerprints: impl Iterator<Item = (&'a str, String)>,
) -> Result<(), CatalogueError> {
    let fingerprints: Vec<(&str, String)> = fingerprints.collect();
    for (index, (name, fingerprint)) in fingerprints.iter().enumerate() {
        let clash = fingerprints
            .iter()
            .take(index)
            .find(|(_, other)| other.contains(fingerprint) || fingerprint.contains(other.as_str()));
        if let Some((other, _)) = clash {
            return Err(CatalogueError::Duplicate {
                first: Entry::Item(list, other).named(),
                second: Entry::Item(list, name).named(),
                key,
            });
        }
    }
    Ok(())
}
