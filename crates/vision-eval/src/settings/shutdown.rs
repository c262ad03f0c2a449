//! The days on which OpenAI ends models, as announced.

use jiff::civil::{Date, date};

/// Models by the name that they are ordered under, and the day on which they end.
///
/// Source: OpenAI's deprecations page (developers.openai.com/api/docs/deprecations) as announced on
/// 2026-10-14 and read by several independent writers, and OpenAI's help article 20001600, which
/// names gpt-6-luna as the successor. Looked up on 2026-11-22. What the service itself says in
/// `shutdown_date` of its models endpoint goes before this.
const ANNOUNCED: [(&str, Date); 4] = [
    ("gpt-4.1", date(2027, 1, 14)),
    ("gpt-4.1-mini", date(2027, 1, 14)),
    ("gpt-4o", date(2027, 1, 14)),
    ("gpt-4o-mini", date(2027, 1, 14)),
];

/// The day on which a model ends, also with a date behind its name (`gpt-4.1-mini-2025-04-14`).
pub(crate) fn announced_shutdown(model: &str) -> Option<Date> {
    ANNOUNCED
        .into_iter()
        .find(|(name, _)| is_or_is_dated(model, name))
        .map(|(_, day)| day)
}

/// Whether a model is the one of a name, or one of its dated versions.
pub(crate) fn is_or_is_dated(model: &str, name: &str) -> bool {
    model.strip_prefix(name).is_some_and(|rest| {
        rest.is_empty()
            || rest
                .strip_prefix('-')
                .is_some_and(|day| day.parse::<Date>().is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_that_end_are_known_by_every_name_of_theirs() {
        for name in [
            "gpt-4.1-mini",
            "gpt-4.1-mini-2025-04-14",
            "gpt-4o",
            "gpt-4o-mini-2024-07-18",
        ] {
            assert_eq!(announced_shutdown(name), Some(date(2027, 1, 14)), "{name}");
        }
        for name in [
            "gpt-6-luna",
            "gpt-4.1-nano",
            "gpt-4.1-mini-turbo",
            "",
            "my/gpt-4o",
        ] {
            assert_eq!(announced_shutdown(name), None, "{name}");
        }
    }
}
