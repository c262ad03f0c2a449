//! Named fail points, in builds with debug assertions only: the process is told to end itself, as
//! `kill -9` ends it, at one step of the journal. A release build does not have this.
//!
//! `TDBAL_FAIL_POINT` is `before:` or `after:` and the name of a step as records have it
//! (`before:committed`), or `#` and a number: the first append with that step, or that append of the
//! process, counted from 1 (`after:#17`). Before: nothing of the record is written; after: it is
//! durable, and nothing that follows it was begun.

use crate::environment::Environment;
use anyhow::Context as _;
use execution::DataFolder;
use journal::{Moment, Tap, Tapped};
use std::process::Command;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the process ends itself.
const TDBAL_FAIL_POINT: &str = "TDBAL_FAIL_POINT";

/// The data with its journals made to end the process, if the environment says so.
///
/// # Errors
/// When what it says is no fail point.
pub(crate) fn armed(mut data: DataFolder, environment: &Environment) -> anyhow::Result<DataFolder> {
    let Some(text) = environment.get(TDBAL_FAIL_POINT) else {
        return Ok(data);
    };
    let point: FailPoint = text
        .parse()
        .map_err(|problem: &str| anyhow::anyhow!("{problem}"))
        .with_context(|| format!("{TDBAL_FAIL_POINT} = {text:?} is no fail point"))?;
    let counter = Counter::default();
    // Held for ever by the append that ends the process, so that no other goes on meanwhile.
    let turn = Mutex::new(());
    let journals = Tapped::new(data.journals, move |tap| {
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        if counter.meets(&point, tap) {
            end_this_process();
        }
    });
    data.journals = Arc::new(journals);
    Ok(data)
}

/// An append of this process.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FailPoint {
    moment: Moment,
    append: Append,
}

/// Which append.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Append {
    /// The first one of this step.
    Step(String),
    /// This one of all, from 1.
    Number(u64),
}

impl FromStr for FailPoint {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (moment, append) = text
            .split_once(':')
            .ok_or("write it as before:STEP, after:STEP or after:#NUMBER")?;
        let moment = match moment {
            "before" => Moment::Before,
            "after" => Moment::After,
            _ => return Err("it begins with before: or after:"),
        };
        let append = match append.strip_prefix('#') {
            Some(number) => Append::Number(number.parse().map_err(|_| "no number follows #")?),
            None => Append::Step(append.to_owned()),
        };
        Ok(Self { moment, append })
    }
}

/// Counts appends at each moment.
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

/// The name of a record's step.
fn step_of(record: &[u8]) -> Option<String> {
    let record: serde_json::Value = serde_json::from_slice(record).ok()?;
    Some(record.get("step")?.as_str()?.to_owned())
}

/// Ends this process without another instruction of its own, as `kill -9` does.
fn end_this_process() {
    let pid = std::process::id().to_string();
    match Command::new("kill").args(["-9", &pid]).status() {
        Ok(status) if status.success() => loop {
            std::thread::park();
        },
        // There is no such program: a test that looks at the signal sees it.
        _ => std::process::abort(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use tdbal_types::{ActorId, RunId};

    /// The numbers, from 1, of the taps at which a fail point ends a process that appends these
    /// steps.
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
    fn a_fail_point_is_a_step_or_a_number_before_or_after() {
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
