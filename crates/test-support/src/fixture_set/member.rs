//! What an actor of the demonstration set is made from.

use crate::drawing::{Figure, Flaw};
use tdbal_types::{ClassCounts, ImageClass};

/// One picture of a set, as the recorded reply sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shot {
    /// The end of the file's name, after the actor's.
    pub(crate) suffix: &'static str,
    /// Its index in the training manifest; `None` where the manifest does not know the file.
    pub(crate) index: Option<u32>,
    pub(crate) class: ImageClass,
    /// 1 to 10; 0 for a file that cannot be read.
    pub(crate) quality: u8,
    /// Width and height in pixels.
    pub(crate) size: (u32, u32),
}

/// The sums and delete lists that a model gave beside its answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opinion {
    pub(crate) counts: [usize; 3],
    /// Numbers on the sheet.
    pub(crate) delete: [&'static [u32]; 3],
    pub(crate) generate: [usize; 3],
    pub(crate) analysis: &'static str,
}

/// How a dry run ends for an actor.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outcome {
    Balanced,
    ToChange {
        /// Suffixes, class by class, the first to leave first.
        remove: &'static [&'static str],
        generate: [usize; 3],
    },
    Unassessed,
}

/// One actor with everything that its files are made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) figure: Figure,
    pub(crate) person: Person,
    /// In the order of the sheet.
    pub(crate) shots: &'static [Shot],
    pub(crate) opinion: Opinion,
    pub(crate) outcome: Outcome,
    /// Whether the model's opinion contradicts its own answers.
    pub(crate) contradicts: bool,
    /// A file that only the actor manifest names.
    pub(crate) stray: Option<&'static str>,
    /// The ending of the base image.
    pub(crate) base: &'static str,
}

/// What the actor manifest says of somebody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) age: &'static str,
    pub(crate) sex: &'static str,
    pub(crate) ethnicity: &'static str,
    /// Only for those who are no people.
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

    /// What the prompts call the actor.
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

/// Counts of the three classes as the vocabulary has them.
pub(crate) fn counts_of(counts: [usize; 3]) -> ClassCounts {
    ClassCounts::from_fn(|class| counts[class as usize])
}
