//! How often the model looks at a picture: on how many sheets, and whether alone.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// The number of sheets each picture appears on, each sheet in a different order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Votes {
    /// Two, and a third for the whole set if they disagree about any picture.
    #[default]
    Auto,
    /// This many, at most [`Votes::MAX`] when parsed from text.
    Fixed(NonZeroU32),
}

/// A text that is not a valid number of votes.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("invalid number of votes {0:?}: use auto or a number from 1 to {max}", max = Votes::MAX)]
pub struct VotesError(pub String);

impl Votes {
    /// The maximum number of sheets. More answers of the same model add no information.
    pub const MAX: u32 = 9;
}

impl FromStr for Votes {
    type Err = VotesError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        match text.parse::<NonZeroU32>() {
            Ok(number) if number.get() <= Self::MAX => Ok(Self::Fixed(number)),
            _ => Err(VotesError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Votes {
    type Error = VotesError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Votes> for String {
    fn from(votes: Votes) -> Self {
        votes.to_string()
    }
}

impl fmt::Display for Votes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.pad("auto"),
            Self::Fixed(number) => number.fmt(f),
        }
    }
}

/// Which pictures the model is shown alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookPolicy {
    /// None: the model sees sheets only.
    Sheet,
    /// Every picture, and no sheets.
    Close,
    /// Pictures that are about to be removed, and pictures whose votes or evidence disagree.
    #[default]
    Auto,
}

/// A text that does not name a [`LookPolicy`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown look policy {0:?}: use auto, sheet or close")]
pub struct UnknownLookPolicy(pub String);

impl LookPolicy {
    /// The name used in files and flags.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sheet => "sheet",
            Self::Close => "close",
            Self::Auto => "auto",
        }
    }
}

impl fmt::Display for LookPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for LookPolicy {
    type Err = UnknownLookPolicy;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Sheet, Self::Close, Self::Auto]
            .into_iter()
            .find(|policy| policy.as_str() == text)
            .ok_or_else(|| UnknownLookPolicy(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_parse_from_auto_or_1_to_9_only() {
        assert_eq!("auto".parse(), Ok(Votes::Auto));
        assert_eq!("2".parse::<Votes>().unwrap().to_string(), "2");
        for wrong in ["0", "10", "two", "", "-1"] {
            let error = wrong.parse::<Votes>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("invalid number of votes {wrong:?}: use auto or a number from 1 to 9")
            );
        }
    }

    #[test]
    fn look_policies_round_trip_as_text() {
        for policy in [LookPolicy::Sheet, LookPolicy::Close, LookPolicy::Auto] {
            assert_eq!(policy.to_string().parse(), Ok(policy));
            assert_eq!(serde_json::to_value(policy).unwrap(), policy.as_str());
        }
        assert_eq!(
            "closely".parse::<LookPolicy>().unwrap_err().to_string(),
            "unknown look policy \"closely\": use auto, sheet or close"
        );
    }
}
