//! Fail points for tests: the process kills itself, as with `kill -9`, at one append to a journal.
//! Only in builds with debug assertions; a release build has none.
//!
//! `TDBAL_FAIL_POINT` is `before:` or `after:`, followed by a step as in journal records
//! (`before:committed`) for the first append with that step, or by `#` and a number (`after:#17`)
//! for one append of the process, counted from 1. With `before`, nothing of the record is written;
//! with `after`, the record is durable and no later work has begun.

use crate::environment::Environment;
use anyhow::Context as _;
use execution::DataFolder;
use journal::{Moment, Tap, Tapped};
use std::process::Command;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The variable with the fail point.
const TDBAL_FAIL_POINT: &str = "TDBAL_FAIL_POINT";

/// Returns the data with journals that kill the process, if the environment sets a fail point.
///
/// # Errors
/// If the fail point is invalid.
pub(crate) fn armed(mut data: DataFolder, environment: &Environment) -> anyhow::Result<DataFolder> {
    let Some(text) = environment.get(TDBAL_FAIL_POINT) else {
        return Ok(data);
    };
    let point: FailPoint = text
        .parse()
        .map_err(|problem: &str| anyhow::anyhow!("{problem}"))
        .with_context(|| format!("invalid {TDBAL_FAIL_POINT} {text:?}"))?;
    let counter = Counter::default();
    // The append that kills the process never releases it, so no other append happens meanwhile.
    let turn = Mutex::new(());
    let journals = Tapped::new(data.journals, move |tap| {
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        if counter.meets(&point, tap) {
            kill_this_process();
        }
    });
    data.journals = Arc::new(journals);
    Ok(data)
}

/// One moment of one append.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FailPoint {
    moment: Moment,
    append: Append,
}

/// Selects appends.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Append {
    /// Every append with this step.
    Step(String),
    /// The append with this number, counted from 1 over all steps.
    Number(u64),
}

impl FromStr for FailPoint {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (moment, append) = text
            .split_once(':')
            .ok_or("use before:STEP, after:STEP or after:#NUMBER")?;
        let moment = match moment {
            "before" => Moment::Before,
            "after" => Moment::After,
            _ => return Err("it must start with before: or after:"),
        };
        let append = match append.strip_prefix('#') {
            Some(number) => Append::Number(
                number
                    .parse()
                    .map_err(|_| "# must be followed by a number")?,
            ),
            None => Append::Step(append.to_owned()),
        };
        Ok(Self { moment, append })
    }
}

/// Counts appends, for each moment.
#[derive(Debug, Default)]
struct Counter {
    before: AtomicU64,
    after: AtomicU64,
}

impl Counter {
    fn meets(&self, point: &FailPoint, tap: &Tap<'_>) -> bool {
        let count = match tap.moment {
            Moment::Before => &self.before,
            Moment::After => &self.after,
        };
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        tap.moment == point.moment
            && match &point.append {
                Append::Number(wanted) => number == *wanted,
                Append::Step(step) => step_of(tap.record).as_deref() == Some(step.as_str()),
            }
    }
}

/// Returns the step of a journal record.
fn step_of(record: &[u8]) -> Option<String> {
    let record: serde_json::Value = serde_json::from_slice(record).ok()?;
    Some(record.get("step")?.as_str()?.to_owned())
}

/// Kills this process as `kill -9` does: nothing is flushed or cleaned up.
fn kill_this_process() {
    let pid = std::process::id().to_string();
    match Command::new("kill").args(["-9", &pid]).status() {
        Ok(status) if status.success() => loop {
            std::thread::park();
        },
        // Without a `kill` program; tests that check for SIGKILL then fail.
        _ => std::process::abort(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use tdbal_types::{ActorId, RunId};

    /// Returns the numbers, from 1, of the taps at which a fail point kills a process that appends
    /// these steps.
    fn met(point: &str, steps: &[&str]) -> Vec<usize> {
        let point: FailPoint = point.parse().unwrap();
        let (run, actor) = (RunId::new("r").unwrap(), ActorId::new("a").unwrap());
        let counter = Counter::default();
        let mut met = Vec::new();
        let moments = [Moment::Before, Moment::After];
        let taps = steps
            .iter()
            .flat_map(|step| moments.map(|moment| (step, moment)));
        for (position, (step, moment)) in taps.enumerate() {
            let record = Bytes::from(format!(r#"{{"time":"t","step":"{step}"}}"#));
            let tap = Tap {
                run: &run,
                actor: &actor,
                number: 1,
                record: &record,
                moment,
            };
            if counter.meets(&point, &tap) {
                met.push(position + 1);
            }
        }
        met
    }

    #[test]
    fn a_fail_point_selects_a_step_or_number_before_or_after() {
        let steps = ["begun", "order", "ordered", "order"];
        for (point, expected) in [
            ("before:begun", vec![1]),
            ("after:order", vec![4, 8]),
            ("before:#3", vec![5]),
            ("after:#1", vec![2]),
            ("after:#5", vec![]),
            ("before:committed", vec![]),
        ] {
            assert_eq!(met(point, &steps), expected, "{point}");
        }
        for wrong in ["", "order", "at:order", "after:#x"] {
            assert!(wrong.parse::<FailPoint>().is_err(), "{wrong}");
        }
    }
}
