//! Paths below the root, and parsing of the names found there.

use tdbal_types::{ActorId, RunId};

/// Parent of the run folders.
pub(crate) const RUNS: &str = "runs";

/// Parent of the actor folders that hold one marker per unfinished run.
pub(crate) const OPEN: &str = "open";

pub(crate) fn documents(run: &RunId) -> String {
    format!("{RUNS}/{run}/documents")
}

/// Parent of the logs of a run: files in a folder, prefixes in a bucket.
pub(crate) fn logs(run: &RunId) -> String {
    format!("{RUNS}/{run}/actors")
}

pub(crate) fn log(run: &RunId, actor: &ActorId) -> String {
    format!("{}/{actor}", logs(run))
}

pub(crate) fn record(run: &RunId, actor: &ActorId, number: u64) -> String {
    format!("{}/{number:08}.json", log(run, actor))
}

/// Parses the name of a record object; `None` for a name that [`record`] never produces.
pub(crate) fn record_number(name: &str) -> Option<u64> {
    let number: u64 = name.strip_suffix(".json")?.parse().ok()?;
    // The comparison rejects other spellings of the same number, such as `1.json` and
    // `+0000001.json`.
    (number > 0 && name == format!("{number:08}.json")).then_some(number)
}

pub(crate) fn marker(run: &RunId, actor: &ActorId) -> String {
    format!("{OPEN}/{actor}/{run}")
}

pub(crate) fn state(name: &str) -> String {
    format!("state/{name}")
}

/// Parses the names of runs or actors and sorts them. Invalid names are logged and skipped.
pub(crate) fn parse_names<T, E>(names: impl IntoIterator<Item = String>) -> Vec<T>
where
    T: TryFrom<String, Error = E> + Ord,
    E: std::fmt::Display,
{
    let mut parsed: Vec<T> = names
        .into_iter()
        .filter_map(|name| {
            T::try_from(name)
                .inspect_err(
                    |error| tracing::warn!(%error, "skipping a journal entry with an invalid name"),
                )
                .ok()
        })
        .collect();
    parsed.sort_unstable();
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_number_accepts_only_the_canonical_name() {
        let (run, actor) = (RunId::new("r").unwrap(), ActorId::new("a").unwrap());
        for number in [1, 12, 99_999_999, 100_000_000, u64::MAX] {
            let key = record(&run, &actor, number);
            let name = key.strip_prefix("runs/r/actors/a/").unwrap();
            assert_eq!(record_number(name), Some(number), "{name}");
        }
        for other in [
            "1.json",
            "00000000.json",
            "+0000001.json",
            "00000001",
            "000000001.json",
            "x/00000001.json",
        ] {
            assert_eq!(record_number(other), None, "{other}");
        }
    }
}
