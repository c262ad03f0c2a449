//! A prompt, and the parts that it is made of.

use tdbal_types::{ImageClass, Prompt};

/// What stands for the subject's descriptor in the texts of a catalogue.
pub(crate) const SUBJECT: &str = "{subject}";

/// What is shown, how it is composed, and where the face is turned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scene {
    pub(crate) name: String,
    pub(crate) action: String,
    pub(crate) framing: String,
    pub(crate) gaze: String,
}

/// How it is shown: a printing or drawing technique, or a camera and its lens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Technique {
    pub(crate) name: String,
    pub(crate) medium: String,
    pub(crate) finish: String,
}

/// Everything that prompts of one class are made of. Neither list is ever empty.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ClassPrompts {
    pub(crate) class: ImageClass,
    pub(crate) scenes: Vec<Scene>,
    pub(crate) techniques: Vec<Technique>,
    pub(crate) closing: String,
    pub(crate) identity: String,
}

impl Scene {
    /// What tells the scene in a text, whatever the descriptor was: the longest run of words of
    /// `action` without the placeholder, folded.
    pub(crate) fn mark(&self) -> String {
        let longest = self.action.split(SUBJECT).max_by_key(|piece| piece.len());
        fold(longest.unwrap_or_default())
    }

    /// Whether a folded text shows this scene.
    pub(crate) fn is_in(&self, folded_text: &str) -> bool {
        folded_text.contains(&self.mark())
    }
}

impl Technique {
    /// How every prompt in this technique begins, folded.
    pub(crate) fn mark(&self) -> String {
        format!("{} of ", fold(&self.medium))
    }

    /// Whether a folded text is in this technique.
    pub(crate) fn is_in(&self, folded_text: &str) -> bool {
        folded_text.starts_with(&self.mark())
    }
}

impl ClassPrompts {
    /// The prompt of one scene in one technique.
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

/// Lower case, every run of white space one space.
pub(crate) fn fold(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}
