//! Description of an actor of the demonstration set.

use crate::drawing::{Figure, Flaw};
use tdbal_types::{ClassCounts, ImageClass};

/// One picture of a set, with the class and quality given in the recorded reply.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shot {
    /// Part of the file name after the actor's name and the underscore.
    pub(crate) suffix: &'static str,
    /// Index in the training manifest; `None` if the manifest does not list the file.
    pub(crate) index: Option<u32>,
    pub(crate) class: ImageClass,
    /// Quality from 1 to 10, or 0 for a file that cannot be decoded.
    pub(crate) quality: u8,
    /// Width and height in pixels.
    pub(crate) size: (u32, u32),
}

/// Counts and recommendations that the recorded reply gives in addition to its answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opinion {
    pub(crate) counts: [usize; 3],
    /// Sheet numbers of the pictures to delete, per class.
    pub(crate) delete: [&'static [u32]; 3],
    pub(crate) generate: [usize; 3],
    pub(crate) analysis: &'static str,
}

/// Expected result of a dry run for an actor.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outcome {
    Balanced,
    ToChange {
        /// Suffixes of the pictures to remove, class by class and in order of removal.
        remove: &'static [&'static str],
        generate: [usize; 3],
    },
    Unassessed,
}

/// One actor with everything needed to write its files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) figure: Figure,
    pub(crate) person: Person,
    /// Pictures in sheet order.
    pub(crate) shots: &'static [Shot],
    pub(crate) opinion: Opinion,
    pub(crate) outcome: Outcome,
    /// Whether the counts and recommendations in the reply contradict its answers.
    pub(crate) contradicts: bool,
    /// Suffix of a file listed in the actor manifest that does not exist.
    pub(crate) stray: Option<&'static str>,
    /// File extension of the base image.
    pub(crate) base: &'static str,
}

/// Personal details in the actor manifest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) age: &'static str,
    pub(crate) sex: &'static str,
    pub(crate) ethnicity: &'static str,
    /// Kind of character, for those who are not human.
    pub(crate) actor_type: Option<&'static str>,
    pub(crate) face_prompt: &'static str,
    pub(crate) outfit: &'static str,
}

impl Member {
    pub(crate) fn file(&self, suffix: &str) -> String {
        format!("{}_{suffix}", self.name)
    }

    pub(crate) fn id(&self) -> &'static str {
        self.name.split('_').next().unwrap_or(self.name)
    }

    /// Returns the noun that prompts use for the actor.
    pub(crate) fn noun(&self) -> &'static str {
        match (self.person.actor_type, self.person.sex) {
            (Some(kind), _) => kind,
            (None, "female") => "woman",
            (None, _) => "man",
        }
    }

    pub(crate) fn counts(&self) -> ClassCounts {
        self.shots
            .iter()
            .filter(|shot| shot.quality > 0)
            .map(|shot| shot.class)
            .collect()
    }
}

impl Shot {
    pub(crate) const fn readable(&self) -> bool {
        self.quality > 0
    }

    pub(crate) fn flaw(&self) -> Option<Flaw> {
        match self.quality {
            0..=3 => Some(Flaw::Blurred),
            4 => Some(Flaw::Warped),
            5 => Some(Flaw::Staring),
            _ => None,
        }
    }
}

/// Converts counts in the order of [`ImageClass::ALL`].
pub(crate) fn counts_of(counts: [usize; 3]) -> ClassCounts {
    ClassCounts::from_fn(|class| counts[class as usize])
}
