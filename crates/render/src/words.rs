//! Numbers with their nouns.

/// A number of things: `1 actor`, `2 actors`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", plural(number, "", "s"))
}

/// `one` for exactly one thing, `other` for none or several.
pub(crate) const fn plural<'a>(number: usize, one: &'a str, other: &'a str) -> &'a str {
    if number == 1 { one } else { other }
}
