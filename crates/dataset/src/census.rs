//! How many files each actor had when a run last ended: a listing that has lost more than half since
//! is more likely a fault of the store than a wish.

use crate::discovery::{Discovery, discover};
use crate::error::DataError;
use crate::folder::DataReader;
use journal::run::{Document, DocumentError};
use journal::{JournalError, JournalRead, Journals};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tdbal_types::{ActorId, chain};

const DOCUMENT: Document = Document::pretty("census.json", 1);
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

/// The census that the last run left; `None` if there is none.
///
/// # Errors
/// When it exists and cannot be read.
pub async fn read_census(journals: &dyn JournalRead) -> Result<Option<Census>, DataError> {
    let census = DOCUMENT.read(journals).await?;
    Ok(census.map(|(census, _)| census))
}

/// Writes a census for the next run. If another run writes one at the same time, either will do.
///
/// # Errors
/// When it cannot be written.
pub async fn write_census(journals: &dyn Journals, census: &Census) -> Result<(), DataError> {
    let last: Option<(Census, _)> = DOCUMENT.read(journals).await.unwrap_or_default();
    let version = match last {
        Some((_, version)) => Some(version),
        // A damaged census is replaced.
        None => journals
            .state("census.json")
            .await?
            .map(|(_, version)| version),
    };
    match DOCUMENT.put(journals, census, version).await {
        Ok(()) | Err(DocumentError::Journal(JournalError::Changed { .. })) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Counts the files of the data set and leaves the census for the next run. The census only guards
/// against a faulty listing, so an error is logged and stops nothing.
pub async fn leave_census(data: &DataReader, journals: &dyn Journals, now: String) {
    let census = async {
        let census = Census::of(&discover(data).await?, now);
        write_census(journals, &census).await
    };
    if let Err(error) = census.await {
        tracing::warn!("no count of the files was left: {}", chain(&error));
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
