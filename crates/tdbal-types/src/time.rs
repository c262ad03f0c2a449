//! The clock that runs read, and the text form of times in files.

use crate::{RunId, RunIdError};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt;
use std::sync::Arc;

/// A source of the current time. Tests pass in one that stands still.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// Returns the system clock.
    pub fn system() -> Self {
        Self(Arc::new(Timestamp::now))
    }

    /// Returns a clock that always shows the time `at`.
    pub fn fixed(at: Timestamp) -> Self {
        Self(Arc::new(move || at))
    }

    /// Returns the current time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }

    /// Returns the current time in the form of [`stamp`].
    pub fn stamp(&self) -> String {
        stamp(self.now())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Formats a time as manifests, journals and progress files store it: UTC with six decimals and
/// without a zone, `2026-11-22T11:06:50.123456`.
pub fn stamp(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%S.%6f")
        .to_string()
}

/// Parses a time that [`stamp`] wrote.
///
/// # Errors
/// When the text is not a date and time, or names a zone.
pub fn parse(stamp: &str) -> Result<Timestamp, jiff::Error> {
    let time: jiff::civil::DateTime = stamp.parse()?;
    Ok(time.to_zoned(TimeZone::UTC)?.timestamp())
}

/// Creates the ID of a run that starts at `at`: the time, so IDs sort by start time, and eight random
/// hexadecimal digits to tell apart runs that start in the same second.
///
/// # Errors
/// When the result is not a valid run ID, which no time of a clock causes.
pub fn new_run_id(at: Timestamp, random: &mut impl rand::Rng) -> Result<RunId, RunIdError> {
    let time = at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ");
    RunId::new(format!("{time}-{:08x}", random.next_u32()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamp_has_the_form_of_the_original_system() {
        let clock = Clock::fixed("2026-11-22T11:06:50.5Z".parse().unwrap());
        assert_eq!(clock.stamp(), "2026-11-22T11:06:50.500000");
        assert_eq!(parse(&clock.stamp()).unwrap(), clock.now());
    }
}
