//! Keys and tokens that no message may show.

use serde::Deserialize;
use std::fmt;

/// What stands in place of a secret.
pub const REDACTED: &str = "***";

/// A key or token. Neither `Debug` nor `Display` shows it, and it is not written by serde.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret; white space around it (a line end from a file) is no part of it.
    pub fn new(secret: impl AsRef<str>) -> Self {
        Self(secret.as_ref().trim().to_owned())
    }

    /// The secret itself, for the header that carries it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// `text` with every occurrence of every secret replaced by [`REDACTED`].
pub fn redact(text: &str, secrets: &[Secret]) -> String {
    let mut longest_first: Vec<&Secret> =
        secrets.iter().filter(|secret| !secret.is_empty()).collect();
    // Or a secret that holds another one would be cut in pieces and its rest shown.
    longest_first.sort_by_key(|secret| std::cmp::Reverse(secret.0.len()));
    longest_first
        .into_iter()
        .fold(text.to_owned(), |text, secret| {
            text.replace(secret.expose(), REDACTED)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_itself_only_when_asked() {
        let secret = Secret::new("sk-12345\n");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(secret.expose(), "sk-12345");
    }

    #[test]
    fn every_occurrence_goes_and_an_empty_secret_harms_nothing() {
        let secrets = [Secret::new(""), Secret::new("abc"), Secret::new("abcdef")];
        assert_eq!(redact("x abcdef abc abcd", &secrets), "x *** *** ***d");
    }
}
