//! Which runs were begun and not ended: a list with the data, and what the journals of actors say.

use crate::actor_journal::unfinished;
use crate::error::DataError;
use journal::{JournalError, Journals};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tdbal_types::RunId;

const DOCUMENT: &str = "unfinished.json";
/// How often a write is tried again after somebody else wrote.
const TRIES: usize = 10;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Unfinished {
    runs: BTreeSet<RunId>,
}

/// Runs that were begun and not ended, oldest first.
pub(crate) async fn runs(journals: &dyn Journals) -> Result<BTreeSet<RunId>, DataError> {
    let mut runs = read(journals).await?.0.runs;
    let open = unfinished(journals).await?;
    runs.extend(open.into_iter().map(|(run, ..)| run));
    Ok(runs)
}

/// Says that a run is begun, before anything of it is.
pub(crate) async fn begin(journals: &dyn Journals, run: &RunId) -> Result<(), DataError> {
    edit(journals, |runs| runs.insert(run.clone())).await
}

/// Says that a run is over.
pub(crate) async fn end(journals: &dyn Journals, run: &RunId) -> Result<(), DataError> {
    edit(journals, |runs| runs.remove(run)).await
}

async fn read(
    journals: &dyn Journals,
) -> Result<(Unfinished, Option<storage::Version>), DataError> {
    let Some((bytes, version)) = journals.state(DOCUMENT).await? else {
        return Ok((Unfinished::default(), None));
    };
    let parsed = serde_json::from_slice(&bytes).map_err(|source| DataError::State {
        name: DOCUMENT,
        place: journals.to_string(),
        source,
    })?;
    Ok((parsed, Some(version)))
}

async fn edit(
    journals: &dyn Journals,
    mut edit: impl FnMut(&mut BTreeSet<RunId>) -> bool,
) -> Result<(), DataError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let (mut list, version) = read(journals).await?;
        if !edit(&mut list.runs) {
            return Ok(());
        }
        let bytes = serde_json::to_vec(&list).map_err(|source| DataError::State {
            name: DOCUMENT,
            place: journals.to_string(),
            source,
        })?;
        match journals.put_state(DOCUMENT, bytes.into(), version).await {
            Ok(_) => return Ok(()),
            Err(JournalError::Changed { .. }) if tries < TRIES => {}
            Err(error) => return Err(error.into()),
        }
    }
}
