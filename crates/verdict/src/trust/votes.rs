//! The answers that the trust checks compare.

use evidence::Tone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use tdbal_types::{ActorId, Digest, Opinion};

/// A model's answer about one sheet of an actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetVote {
    /// The number of the vote, from 1; 0 for pictures that were shown alone, which have no order.
    /// If the set changed between runs, several sheets can share a number and hold a part each.
    pub vote: u32,
    /// The pictures, in the order of the cells.
    pub order: Vec<Digest>,
    /// What the model said of each picture, in the same order.
    pub opinions: Vec<Opinion>,
}

impl SheetVote {
    /// Each picture with what the model said of it.
    pub(super) fn cells(&self) -> impl Iterator<Item = (&Digest, &Opinion)> {
        self.order.iter().zip(&self.opinions)
    }
}

/// All answers about one actor.
#[derive(Debug, Clone, PartialEq)]
pub struct ActorVotes<'a> {
    /// The actor that the pictures belong to.
    pub actor: &'a ActorId,
    /// The answers about its sheets.
    pub sheets: &'a [SheetVote],
    /// The tone of each picture, as measured from the pixels.
    pub tones: BTreeMap<Digest, Tone>,
}

/// Which part of the answers a check compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The class of each picture.
    Classes,
    /// The quality of each picture.
    Qualities,
}

impl Subject {
    pub(super) const ALL: [Self; 2] = [Self::Classes, Self::Qualities];

    /// This part of an opinion as a number that can be compared.
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
