//! The dates on which OpenAI shuts models down, as announced.

use jiff::civil::{Date, date};

/// Model names without a date, with the day on which the model is shut down.
///
/// Source, as of 2026-11-22: OpenAI's deprecations page
/// (developers.openai.com/api/docs/deprecations) as announced on 2026-10-14 and reported by several
/// independent authors, and OpenAI's help article 20001600, which names gpt-6-luna as the
/// successor. A `shutdown_date` from the service's models endpoint takes precedence over this
/// table.
const ANNOUNCED: [(&str, Date); 4] = [
    ("gpt-4.1", date(2027, 1, 14)),
    ("gpt-4.1-mini", date(2027, 1, 14)),
    ("gpt-4o", date(2027, 1, 14)),
    ("gpt-4o-mini", date(2027, 1, 14)),
];

/// The day on which a model is shut down, if announced. Also recognises dated versions, such as
/// `gpt-4.1-mini-2025-04-14`.
pub(super) fn announced_shutdown(model: &str) -> Option<Date> {
    ANNOUNCED
        .into_iter()
        .find(|(name, _)| is_version_of(model, name))
        .map(|(_, day)| day)
}

/// Whether `model` is `name` itself or a dated version of it, such as `gpt-4.1-mini-2025-04-14`.
pub(super) fn is_version_of(model: &str, name: &str) -> bool {
    // Only a date may follow: `gpt-4.1-mini-turbo` would be another model.
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
    fn shutdown_date_is_found_for_plain_and_dated_names() {
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
