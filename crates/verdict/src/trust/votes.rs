//! The answers of a model that are compared.

use evidence::Tone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use tdbal_types::{ActorId, Digest, Opinion};

/// The answer about one sheet of an actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetVote {
    /// The number of the vote, from 1; 0 for pictures that were looked at one by one, whose order says
    /// nothing. A vote of a set that changed since may be in several parts.
    pub vote: u32,
    /// The pictures, in the order of the cells.
    pub order: Vec<Digest>,
    /// What was said of each, in the same order.
    pub opinions: Vec<Opinion>,
}

impl SheetVote {
    /// Each picture with what was said of it.
    pub(super) fn cells(&self) -> impl Iterator<Item = (&Digest, &Opinion)> {
        self.order.iter().zip(&self.opinions)
    }
}

/// All answers about one actor.
#[derive(Debug, Clone, PartialEq)]
pub struct ActorVotes<'a> {
    /// The actor.
    pub actor: &'a ActorId,
    /// Its sheets.
    pub sheets: &'a [SheetVote],
    /// What the pixels of its pictures say.
    pub tones: BTreeMap<Digest, Tone>,
}

/// What of an answer is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The classes.
    Classes,
    /// The qualities.
    Qualities,
}

impl Subject {
    pub(super) const ALL: [Self; 2] = [Self::Classes, Self::Qualities];

    /// A number for what an opinion says.
    pub(super) fn of(self, opinion: &Opinion) -> u8 {
        match self {
            Self::Classes => opinion.class as u8,
            Self::Qualities => opinion.quality.get(),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Classes => "classes",
            Self::Qualities => "qualities",
        })
    }
}
