//! How often the status of a prediction is requested.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The pauses between status requests for a prediction, and how long to wait for it in total.
///
/// In settings, durations are given in seconds; decimals are allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PollSettings {
    /// Pause after the first status request. Each further pause is 1.5 times as long, up to
    /// `longest_pause`.
    #[serde(rename = "first_pause_seconds", with = "seconds")]
    pub first_pause: Duration,
    /// Longest pause between status requests.
    #[serde(rename = "longest_pause_seconds", with = "seconds")]
    pub longest_pause: Duration,
    /// Time limit for waiting for one prediction, counted from the first status request.
    #[serde(rename = "deadline_seconds", with = "seconds")]
    pub deadline: Duration,
}

impl Default for PollSettings {
    /// Pauses of 0.5 s, growing to 5 s, for up to 10 minutes.
    fn default() -> Self {
        Self {
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(5),
            deadline: Duration::from_mins(10),
        }
    }
}

impl PollSettings {
    /// Returns the pause after status request number `requests` (counted from 1), `waited` after
    /// the first. It does not extend past the deadline; returns `None` once the deadline is
    /// reached.
    pub fn pause(&self, requests: u32, waited: Duration) -> Option<Duration> {
        let left = self
            .deadline
            .checked_sub(waited)
            .filter(|left| !left.is_zero())?;
        // The exponent is capped to keep the result finite; the pause is at its maximum long
        // before.
        let growth = 1.5_f64.powi(requests.saturating_sub(1).min(64).cast_signed());
        let pause = self.first_pause.as_secs_f64() * growth;
        let pause = Duration::try_from_secs_f64(pause).unwrap_or(Duration::MAX);
        Some(pause.min(self.longest_pause).min(left))
    }
}

/// Serialises durations as seconds with decimals.
mod seconds {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(value: &Duration, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_f64(value.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(input)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_half_a_second_to_five() {
        let poll = PollSettings::default();
        let pause = |requests| poll.pause(requests, Duration::ZERO).unwrap().as_millis();
        let pauses: Vec<u128> = (1..=8).map(pause).collect();
        assert_eq!(pauses, [500, 750, 1125, 1687, 2531, 3796, 5000, 5000]);
        assert_eq!(pause(u32::MAX), 5000);
    }

    #[test]
    fn the_last_request_is_at_the_deadline() {
        let poll = PollSettings::default();
        let at = |seconds| poll.pause(20, Duration::from_secs(seconds));
        assert_eq!(at(594), Some(Duration::from_secs(5)));
        assert_eq!(at(598), Some(Duration::from_secs(2)));
        assert_eq!(at(600), None);
        assert_eq!(at(601), None);
    }

    #[test]
    fn poll_settings_are_in_seconds() {
        let poll: PollSettings = serde_json::from_str(r#"{"deadline_seconds": 90}"#).unwrap();
        assert_eq!(poll.deadline, Duration::from_secs(90));
        assert_eq!(poll.first_pause, PollSettings::default().first_pause);
        let text = serde_json::to_string(&poll).unwrap();
        assert_eq!(serde_json::from_str::<PollSettings>(&text).unwrap(), poll);
        assert!(serde_json::from_str::<PollSettings>(r#"{"deadline": 90}"#).is_err());
    }
}
