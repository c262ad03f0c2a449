//! The ways of showing pictures to a model, and which of them a model supports.

use serde::{Deserialize, Serialize};
use std::fmt;
use tdbal_types::{Digest, SheetNumber};

/// A way of showing pictures to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LookKind {
    /// All of an actor's pictures on one sheet.
    Sheet {
        /// The number of the vote, from 1. Each vote shows the pictures in a different order.
        vote: u32,
    },
    /// An actor's newly generated pictures on one sheet, as in recordings of the older format.
    Generated,
    /// One picture by itself.
    Close,
    /// A sheet whose right answers are known, to find out whether the model looks at the pictures
    /// at all. The model cannot tell it from any other sheet.
    Control,
}

impl LookKind {
    /// Whether the pictures are shown on a numbered sheet, and not one by itself.
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

/// A picture shown to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shown {
    /// The number drawn on the picture's cell; 1 for a picture shown by itself.
    pub number: SheetNumber,
    /// SHA-256 of the picture's file.
    pub sha256: Digest,
}

/// Which questions about an actor a model can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repertoire {
    /// Any look at any pictures in any order.
    Everything,
    /// Only the sheet of vote 1, in the manifest's order, and the sheet of generated pictures. Both
    /// are answered from older recordings, so there are no other votes, close looks or controls.
    OneSheet,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn look_kind_round_trips_and_displays() {
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
        for (look, json, text) in all {
            assert_eq!(serde_json::to_value(look).unwrap(), json);
            assert_eq!(serde_json::from_value::<LookKind>(json).unwrap(), look);
            assert_eq!(look.to_string(), text);
            assert_eq!(look.is_sheet(), look != LookKind::Close);
        }
    }
}
