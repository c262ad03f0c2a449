//! The clock that runs read, and the form in which times are written into files.

use crate::{RunId, RunIdError};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt;
use std::sync::Arc;

/// Tells the time; a test hands in one that stands still.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The clock of the system.
    pub fn system() -> Self {
        Self(Arc::new(Timestamp::now))
    }

    /// A clock that always says the same.
    pub fn fixed(at: Timestamp) -> Self {
        Self(Arc::new(move || at))
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }

    /// What time it is, as manifests and progress files have it: UTC, `2026-11-22T11:06:50.123456`.
    pub fn stamp(&self) -> String {
        stamp(self.now())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// A time as manifests and progress files have it: UTC with six decimals and no zone.
pub fn stamp(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%S.%6f")
        .to_string()
}

/// Reads a time that [`stamp`] wrote.
///
/// # Errors
/// When it is none.
pub fn parse(stamp: &str) -> Result<Timestamp, jiff::Error> {
    let time: jiff::civil::DateTime = stamp.parse()?;
    Ok(time.to_zoned(TimeZone::UTC)?.timestamp())
}

/// A name for a run that begins at `at`: sorts by time, and eight random digits keep two runs of the
/// same second apart.
///
/// # Errors
/// Never for times that a clock tells; the type of the name checks it.
pub fn new_run_id(at: Timestamp, random: &mut impl rand::Rng) -> Result<RunId, RunIdError> {
    let time = at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ");
    RunId::new(format!("{time}-{:08x}", random.next_u32()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_look_like_those_of_the_original() {
        let clock = Clock::fixed("2026-11-22T11:06:50.5Z".parse().unwrap());
        assert_eq!(clock.stamp(), "2026-11-22T11:06:50.500000");
        assert_eq!(parse(&clock.stamp()).unwrap(), clock.now());
    }
}
