//! Keys and tokens, kept out of messages.

use serde::Deserialize;
use std::fmt;

/// The text that replaces a secret in messages.
pub const REDACTED: &str = "***";

/// A key or token. `Debug` and `Display` show [`REDACTED`] instead of it, and it has no
/// `Serialize`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Creates a secret, without surrounding white space such as the newline at the end of a file.
    pub fn new(secret: impl AsRef<str>) -> Self {
        Self(secret.as_ref().trim().to_owned())
    }

    /// Returns the secret in plain text, for use in a request header.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns whether the secret is the empty string.
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

/// Replaces every occurrence of every secret in `text` by [`REDACTED`].
pub fn redact(text: &str, secrets: &[Secret]) -> String {
    let mut longest_first: Vec<&Secret> =
        secrets.iter().filter(|secret| !secret.is_empty()).collect();
    // A secret that contains a shorter one must go first, or the rest of it would stay visible.
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
    fn secrets_are_shown_only_by_expose() {
        let secret = Secret::new("sk-12345\n");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(secret.expose(), "sk-12345");
    }

    #[test]
    fn every_secret_is_redacted_and_empty_ones_are_ignored() {
        let secrets = [Secret::new(""), Secret::new("abc"), Secret::new("abcdef")];
        assert_eq!(redact("x abcdef abc abcd", &secrets), "x *** *** ***d");
    }
}
