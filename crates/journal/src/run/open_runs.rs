//! Runs that were started and not finished, from a list that is stored with the data and from the
//! journals of actors.

use super::actor_journal::{RecordError, unfinished};
use super::document::{Document, DocumentError};
use crate::{JournalRead, Journals};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tdbal_types::RunId;

const DOCUMENT: Document = Document::compact("unfinished.json", 10);

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct OpenRuns {
    runs: BTreeSet<RunId>,
}

/// Why the list of unfinished runs could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenRunsError {
    /// The list itself could not be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The journal of an actor could not be read.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Returns the runs that were started and not finished, oldest first: those on the list and those
/// with an open journal.
///
/// # Errors
/// When the list or one of the journals cannot be read.
pub async fn runs(journals: &dyn JournalRead) -> Result<BTreeSet<RunId>, OpenRunsError> {
    let list: Option<(OpenRuns, _)> = DOCUMENT.read(journals).await?;
    let mut runs = list.map(|(list, _)| list.runs).unwrap_or_default();
    let open = unfinished(journals).await?;
    runs.extend(open.into_iter().map(|(run, ..)| run));
    Ok(runs)
}

/// Adds a run to the list. Call it before the run changes anything.
///
/// # Errors
/// When the list cannot be read or written.
pub async fn begin(journals: &dyn Journals, run: &RunId) -> Result<(), DocumentError> {
    DOCUMENT
        .edit(journals, |open: &mut OpenRuns| {
            open.runs.insert(run.clone());
        })
        .await
}

/// Removes a run from the list, once it is finished.
///
/// # Errors
/// When the list cannot be read or written.
pub async fn end(journals: &dyn Journals, run: &RunId) -> Result<(), DocumentError> {
    DOCUMENT
        .edit(journals, |open: &mut OpenRuns| {
            open.runs.remove(run);
        })
        .await
}
