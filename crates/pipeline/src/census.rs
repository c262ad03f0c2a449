//! How many files each actor had when a run last ended: a listing that has lost more than half since
//! is more likely a fault of the store than a wish.

use crate::discovery::Discovery;
use crate::error::DataError;
use journal::Journals;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tdbal_types::ActorId;

const DOCUMENT: &str = "census.json";
/// Below so many files half of them says nothing; that none is left always does.
const FEWEST: usize = 4;

/// The picture files that a listing of the data folder named, by actor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    /// When: UTC.
    pub taken_at: String,
    /// How many each actor had.
    pub files: BTreeMap<ActorId, usize>,
}

/// What a listing lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shrinkage {
    /// The whole listing has fewer than half of the actors: how many there were, and are.
    pub actors: Option<(usize, usize)>,
    /// Actors that have fewer than half of their files: how many there were, and are.
    pub files: BTreeMap<ActorId, (usize, usize)>,
}

impl Census {
    /// Counts a listing.
    pub fn of(discovery: &Discovery, taken_at: String) -> Self {
        let files = discovery
            .actors
            .iter()
            .map(|(actor, files)| (actor.clone(), files.pictures().count()))
            .collect();
        Self { taken_at, files }
    }

    /// What a later listing lost.
    pub fn shrinkage(&self, now: &Self) -> Shrinkage {
        let is_half = |before: usize, after: usize| {
            let is_empty = before > 0 && after == 0;
            is_empty || (before >= FEWEST && after * 2 < before)
        };
        let (before, after) = (self.files.len(), now.files.len());
        let files = self
            .files
            .iter()
            .filter_map(|(actor, before)| {
                let after = *now.files.get(actor)?;
                is_half(*before, after).then(|| (actor.clone(), (*before, after)))
            })
            .collect();
        Shrinkage {
            actors: is_half(before, after).then_some((before, after)),
            files,
        }
    }
}

/// The census that the last run left.
///
/// # Errors
/// When it is there and cannot be read.
pub(crate) async fn read_census(journals: &dyn Journals) -> Result<Option<Census>, DataError> {
    let Some((bytes, _)) = journals.state(DOCUMENT).await? else {
        return Ok(None);
    };
    let parsed = serde_json::from_slice(&bytes).map_err(|source| DataError::State {
        name: DOCUMENT,
        place: journals.to_string(),
        source,
    })?;
    Ok(Some(parsed))
}

/// Leaves a census for the next run. Where another run leaves one at the same time, either will do.
///
/// # Errors
/// When it cannot be written.
pub(crate) async fn write_census(
    journals: &dyn Journals,
    census: &Census,
) -> Result<(), DataError> {
    let bytes = serde_json::to_vec_pretty(census).map_err(|source| DataError::State {
        name: DOCUMENT,
        place: journals.to_string(),
        source,
    })?;
    let version = journals.state(DOCUMENT).await?.map(|(_, version)| version);
    match journals.put_state(DOCUMENT, bytes.into(), version).await {
        Ok(_) | Err(journal::JournalError::Changed { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn census(files: &[(&str, usize)]) -> Census {
        Census {
            taken_at: "t".into(),
            files: files
                .iter()
                .map(|(actor, count)| (ActorId::new(*actor).unwrap(), *count))
                .collect(),
        }
    }

    #[test]
    fn only_a_loss_of_more_than_half_is_suspicious() {
        let before = census(&[("0001", 20), ("0002", 20), ("0003", 3), ("0004", 8)]);
        let after = census(&[("0001", 10), ("0002", 9), ("0003", 0), ("0004", 30)]);
        let lost = before.shrinkage(&after);
        assert_eq!(lost.actors, None);
        assert_eq!(
            lost.files.into_iter().collect::<Vec<_>>(),
            [
                (ActorId::new("0002").unwrap(), (20, 9)),
                (ActorId::new("0003").unwrap(), (3, 0))
            ]
        );
        assert_eq!(before.shrinkage(&census(&[])).actors, Some((4, 0)));
        assert_eq!(
            before.shrinkage(&census(&[("0001", 20), ("0002", 20)])),
            Shrinkage::default()
        );
    }
}
