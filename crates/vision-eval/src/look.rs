//! How pictures are looked at, and what of it a model can be asked.

use serde::{Deserialize, Serialize};
use std::fmt;
use tdbal_types::{Digest, SheetNumber};

/// How pictures are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LookKind {
    /// All of an actor's pictures on one sheet.
    Sheet {
        /// Which vote it is, from 1. Each vote has an order of its own.
        vote: u32,
    },
    /// What a generator made, on one sheet: the look that recordings of the old form hold.
    Generated,
    /// One picture alone.
    Close,
    /// A sheet whose truth is known, to see whether the model looks at all. To the model it is a
    /// sheet like any other.
    Control,
}

impl LookKind {
    /// Whether pictures are shown on a numbered sheet, as opposed to one alone.
    pub const fn is_sheet(self) -> bool {
        !matches!(self, Self::Close)
    }
}

impl fmt::Display for LookKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sheet { vote } => write!(f, "sheet of vote {vote}"),
            Self::Generated => f.write_str("sheet of new pictures"),
            Self::Close => f.write_str("close look"),
            Self::Control => f.write_str("control sheet"),
        }
    }
}

/// A picture that is shown to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shown {
    /// The number drawn on its cell; of a picture that is shown alone, 1.
    pub number: SheetNumber,
    /// The digest of its file.
    pub sha256: Digest,
}

/// What a model can be asked about an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repertoire {
    /// Any look at any pictures in any order.
    Everything,
    /// The first sheet, in the manifest's order, and the sheet of new pictures, as one answer each
    /// that was recorded before: no other order, no close look, no control.
    OneSheet,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn looks_are_named_in_files_and_for_people() {
        let all = [
            (
                LookKind::Sheet { vote: 2 },
                json!({"kind": "sheet", "vote": 2}),
                "sheet of vote 2",
            ),
            (
                LookKind::Generated,
                json!({"kind": "generated"}),
                "sheet of new pictures",
            ),
            (LookKind::Close, json!({"kind": "close"}), "close look"),
            (
                LookKind::Control,
                json!({"kind": "control"}),
                "control sheet",
            ),
        ];
        for (look, written, said) in all {
            assert_eq!(serde_json::to_value(look).unwrap(), written);
            assert_eq!(serde_json::from_value::<LookKind>(written).unwrap(), look);
            assert_eq!(look.to_string(), said);
            assert_eq!(look.is_sheet(), look != LookKind::Close);
        }
    }
}
