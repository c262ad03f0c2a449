//! The number of files that each actor had when the last run ended. If a later listing has less than
//! half of them, a faulty store is more likely than that someone deleted them on purpose.

use crate::discovery::{Discovery, discover};
use crate::error::DataError;
use crate::folder::DataReader;
use journal::run::{Document, DocumentError};
use journal::{JournalError, JournalRead, Journals};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tdbal_types::{ActorId, chain};

const DOCUMENT: Document = Document::pretty("census.json", 1);
/// The smallest number of files or actors for which losing more than half counts as suspicious.
/// Losing all of them always does.
const MIN_COUNT: usize = 4;

/// The number of picture files of each actor in a listing of the data folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    /// When the files were listed: UTC without a zone, `2026-11-22T11:06:50.123456`.
    pub taken_at: String,
    /// The number of picture files of each actor.
    pub files: BTreeMap<ActorId, usize>,
}

/// What a listing has lost compared with an earlier one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shrinkage {
    /// The number of actors before and now, if less than half of them are left.
    pub actors: Option<(usize, usize)>,
    /// For each actor with less than half of its files left, their number before and now.
    pub files: BTreeMap<ActorId, (usize, usize)>,
}

impl Census {
    /// Counts the files of a listing made at `taken_at`.
    pub fn of(discovery: &Discovery, taken_at: String) -> Self {
        let files = discovery
            .actors
            .iter()
            .map(|(actor, files)| (actor.clone(), files.pictures().count()))
            .collect();
        Self { taken_at, files }
    }

    /// Returns what the later listing `now` has lost. Actors that it lacks altogether count only
    /// towards the number of actors.
    pub fn shrinkage(&self, now: &Self) -> Shrinkage {
        let is_suspicious = |before: usize, after: usize| {
            let is_all_lost = before > 0 && after == 0;
            is_all_lost || (before >= MIN_COUNT && after * 2 < before)
        };
        let (before, after) = (self.files.len(), now.files.len());
        let files = self
            .files
            .iter()
            .filter_map(|(actor, before)| {
                let after = *now.files.get(actor)?;
                is_suspicious(*before, after).then(|| (actor.clone(), (*before, after)))
            })
            .collect();
        Shrinkage {
            actors: is_suspicious(before, after).then_some((before, after)),
            files,
        }
    }
}

/// Reads the census that the last run stored; `None` if there is none.
///
/// # Errors
/// When the census exists and cannot be read.
pub async fn read_census(journals: &dyn JournalRead) -> Result<Option<Census>, DataError> {
    let census = DOCUMENT.read(journals).await?;
    Ok(census.map(|(census, _)| census))
}

/// Stores a census for the next run. If another run stores one at the same time, one of the two is
/// kept.
async fn write_census(journals: &dyn Journals, census: &Census) -> Result<(), DataError> {
    let last: Option<(Census, _)> = DOCUMENT.read(journals).await.unwrap_or_default();
    let version = match last {
        Some((_, version)) => Some(version),
        // A damaged census must not disable the guard for good, so it is replaced.
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

/// Counts the files of the data set and stores the census for the next run. An error is logged and
/// not returned, because the census only guards against faulty listings.
pub async fn leave_census(data: &DataReader, journals: &dyn Journals, now: String) {
    let census = async {
        let census = Census::of(&discover(data).await?, now);
        write_census(journals, &census).await
    };
    if let Err(error) = census.await {
        tracing::warn!(
            "cannot store the number of files for the next run: {}",
            chain(&error)
        );
    }
}

#[cfg(test)]
mod tests;
