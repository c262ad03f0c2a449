//! What depends on the reader: width, colour, time zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How text is laid out for one reader.
#[derive(Debug, Clone)]
pub struct Style {
    /// Columns of the reader's terminal; `None` where lines may be of any length, as in a pipe.
    pub width: Option<usize>,
    /// Whether lines carry ANSI colour codes. Colour is never the only sign of anything.
    pub has_colour: bool,
    /// The zone in which times are given.
    pub time_zone: TimeZone,
}

impl Default for Style {
    /// Lines of any length, no colour, UTC.
    fn default() -> Self {
        Self {
            width: None,
            has_colour: false,
            time_zone: TimeZone::UTC,
        }
    }
}

impl Style {
    /// A stamp of a document to the second in the reader's zone: `2026-11-22 11:06:50`. A stamp that
    /// cannot be parsed is returned as it is.
    pub fn time(&self, stamp: &str) -> String {
        self.formatted(stamp, "%Y-%m-%d %H:%M:%S")
    }

    /// A stamp to the second, with the abbreviation of the zone: `2026-11-22 11:06:50 UTC`.
    pub(crate) fn time_and_zone(&self, stamp: &str) -> String {
        self.formatted(stamp, "%Y-%m-%d %H:%M:%S %Z")
    }

    /// A stamp to the minute: `2026-11-22 11:06`.
    pub(crate) fn minute(&self, stamp: &str) -> String {
        self.formatted(stamp, "%Y-%m-%d %H:%M")
    }

    /// A moment to the minute: `2026-11-22 11:06`.
    pub(crate) fn minute_of(&self, at: Timestamp) -> String {
        let local = at.to_zoned(self.time_zone.clone());
        local.strftime("%Y-%m-%d %H:%M").to_string()
    }

    fn formatted(&self, stamp: &str, format: &str) -> String {
        match instant(stamp) {
            Some(at) => {
                let local = at.to_zoned(self.time_zone.clone());
                local.strftime(format).to_string()
            }
            None => stamp.to_owned(),
        }
    }

    /// Wraps one line at words. Later lines start with `indent`; a word that is too long for a line
    /// stays whole. Ends with a line break.
    pub fn wrap(&self, line: &str, indent: usize) -> String {
        let Some(width) = self.width else {
            return format!("{line}\n");
        };
        let lead = line.chars().take_while(|c| *c == ' ').count();
        let mut text = " ".repeat(lead);
        let mut column = lead;
        let mut is_first = true;
        // Columns within the line are separated by several blanks, which stay as they are.
        for word in line.trim_start().split(' ') {
            let length = word.chars().count();
            if is_first {
                is_first = false;
            } else if column + 1 + length > width && column > indent {
                text.truncate(text.trim_end().len());
                text.push('\n');
                text.push_str(&" ".repeat(indent));
                column = indent;
                if word.is_empty() {
                    continue;
                }
            } else {
                text.push(' ');
                column += 1;
            }
            text.push_str(word);
            column += length;
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }
}

/// The instant of a stamp in UTC, with or without the `Z` at its end.
pub(crate) fn instant(stamp: &str) -> Option<Timestamp> {
    stamp
        .parse()
        .or_else(|_| tdbal_types::time::parse(stamp))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(width: usize) -> Style {
        Style {
            width: Some(width),
            ..Style::default()
        }
    }

    #[test]
    fn long_line_wraps_at_words_and_is_indented() {
        let text = wide(20).wrap("  a: one two three four five", 4);
        assert_eq!(text, "  a: one two three\n    four five\n");
        let text = Style::default().wrap("  a: one two three four five", 4);
        assert_eq!(text, "  a: one two three four five\n");
    }

    #[test]
    fn word_longer_than_a_line_stays_whole() {
        let text = wide(10).wrap("a 0123456789abcdef b", 2);
        assert_eq!(text, "a 0123456789abcdef\n  b\n");
    }

    #[test]
    fn stamp_is_given_in_the_zone_of_the_reader() {
        let style = Style {
            time_zone: TimeZone::fixed(jiff::tz::offset(2)),
            ..Style::default()
        };
        let stamp = "2026-11-22T11:06:50.123456";
        assert_eq!(style.time(stamp), "2026-11-22 13:06:50");
        assert_eq!(style.minute(stamp), "2026-11-22 13:06");
        assert_eq!(
            style.time("2026-11-22T11:06:50.123Z"),
            "2026-11-22 13:06:50"
        );
        assert_eq!(
            Style::default().time_and_zone(stamp),
            "2026-11-22 11:06:50 UTC"
        );
        assert_eq!(style.time("?"), "?");
    }
}
