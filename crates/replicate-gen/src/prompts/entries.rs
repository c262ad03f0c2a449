//! The entries of a catalogue, and how a prompt is composed from them.

use tdbal_types::{ImageClass, Prompt};

/// The placeholder for the actor's descriptor in catalogue texts.
pub(crate) const SUBJECT: &str = "{subject}";

/// What the picture shows, how it is framed, and where the face is turned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scene {
    pub(crate) name: String,
    pub(crate) action: String,
    pub(crate) framing: String,
    pub(crate) gaze: String,
}

/// How the picture is made: a drawing or printing technique, or a camera and its lens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Technique {
    pub(crate) name: String,
    pub(crate) medium: String,
    pub(crate) finish: String,
}

/// The entries for the prompts of one class. Neither list is empty.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ClassPrompts {
    pub(crate) class: ImageClass,
    pub(crate) scenes: Vec<Scene>,
    pub(crate) techniques: Vec<Technique>,
    pub(crate) closing: String,
    pub(crate) identity: String,
}

impl Scene {
    /// Returns a normalised piece of text that identifies the scene in a prompt, whatever the
    /// descriptor: the longest part of `action` without the placeholder.
    pub(crate) fn fingerprint(&self) -> String {
        let longest = self.action.split(SUBJECT).max_by_key(|piece| piece.len());
        normalise(longest.unwrap_or_default())
    }

    /// Returns whether a normalised prompt shows this scene.
    pub(crate) fn is_in(&self, prompt: &str) -> bool {
        prompt.contains(&self.fingerprint())
    }
}

impl Technique {
    /// Returns the normalised beginning of every prompt in this technique.
    pub(crate) fn fingerprint(&self) -> String {
        format!("{} of ", normalise(&self.medium))
    }

    /// Returns whether a normalised prompt uses this technique.
    pub(crate) fn is_in(&self, prompt: &str) -> bool {
        prompt.starts_with(&self.fingerprint())
    }
}

impl ClassPrompts {
    /// Composes the prompt for one scene in one technique.
    pub(crate) fn compose(&self, scene: &Scene, technique: &Technique, descriptor: &str) -> Prompt {
        let opening = format!("{} of {}.", technique.medium, scene.action);
        let text = [
            opening.as_str(),
            scene.framing.as_str(),
            scene.gaze.as_str(),
            technique.finish.as_str(),
            self.closing.as_str(),
            self.identity.as_str(),
        ]
        .into_iter()
        // The closing is optional.
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .replace(SUBJECT, descriptor);
        Prompt {
            class: self.class,
            scene: scene.name.clone(),
            technique: technique.name.clone(),
            text,
        }
    }
}

/// Converts a text to lower case and every run of white space to a single space.
pub(crate) fn normalise(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}
