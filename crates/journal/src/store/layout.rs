//! Where things stand below the root, and which names can stand there.

use tdbal_types::{ActorId, RunId};

/// Below this stands a folder for each run.
pub(crate) const RUNS: &str = "runs";

/// Below this stands a folder for each actor with a marker for each run.
pub(crate) const OPEN: &str = "open";

pub(crate) fn documents(run: &RunId) -> String {
    format!("{RUNS}/{run}/documents")
}

/// Below this stand the logs of a run, files or folders of objects.
pub(crate) fn logs(run: &RunId) -> String {
    format!("{RUNS}/{run}/actors")
}

pub(crate) fn log(run: &RunId, actor: &ActorId) -> String {
    format!("{}/{actor}", logs(run))
}

pub(crate) fn record(run: &RunId, actor: &ActorId, number: u64) -> String {
    format!("{}/{number:08}.json", log(run, actor))
}

/// The number of a record by the name of its object; `None` for what [`record`] never makes.
pub(crate) fn record_number(name: &str) -> Option<u64> {
    let number: u64 = name.strip_suffix(".json")?.parse().ok()?;
    (number > 0 && name == format!("{number:08}.json")).then_some(number)
}

pub(crate) fn marker(run: &RunId, actor: &ActorId) -> String {
    format!("{OPEN}/{actor}/{run}")
}

pub(crate) fn state(name: &str) -> String {
    format!("state/{name}")
}

/// The runs or actors that have these names, sorted; names that none can have are left out.
pub(crate) fn known<T, E>(names: impl IntoIterator<Item = String>) -> Vec<T>
where
    T: TryFrom<String, Error = E> + Ord,
    E: std::fmt::Display,
{
    let mut known: Vec<T> = names
        .into_iter()
        .filter_map(|name| {
            T::try_from(name)
                .inspect_err(|error| tracing::warn!(%error, "left out of the journals"))
                .ok()
        })
        .collect();
    known.sort_unstable();
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_name() {
        let (run, actor) = (RunId::new("r").unwrap(), ActorId::new("a").unwrap());
        for number in [1, 12, 99_999_999, 100_000_000, u64::MAX] {
            let key = record(&run, &actor, number);
            let name = key.strip_prefix("runs/r/actors/a/").unwrap();
            assert_eq!(record_number(name), Some(number), "{name}");
        }
        for stranger in [
            "1.json",
            "00000000.json",
            "+0000001.json",
            "00000001",
            "000000001.json",
            "x/00000001.json",
        ] {
            assert_eq!(record_number(stranger), None, "{stranger}");
        }
    }
}
