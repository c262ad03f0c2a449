//! Appending and reading records, lost responses, markers and documents.

use super::{ActorJournal, RecordError, read_records, unfinished, unfinished_of};
use crate::run::record::{Ending, Step};
use crate::{FolderJournals, Journals, ObjectJournals};
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;
use storage::{Effect, Failing, MemoryStore, Operation, Rule, sha256};
use tdbal_types::time::Clock;
use tdbal_types::{ActorId, Digest, RunId};

fn run() -> RunId {
    RunId::new("20261122T110650Z-00000001").unwrap()
}

fn actor() -> ActorId {
    ActorId::new("0004_a").unwrap()
}

fn in_folder(folder: &Path) -> Arc<dyn Journals> {
    Arc::new(FolderJournals::new(folder))
}

async fn open(journals: &Arc<dyn Journals>) -> ActorJournal {
    let clock = Clock::fixed("2026-11-22T11:06:50.5Z".parse().unwrap());
    let journals = Arc::clone(journals);
    ActorJournal::open(journals, &run(), &actor(), &clock)
        .await
        .unwrap()
}

async fn steps(journals: &Arc<dyn Journals>) -> Vec<Step> {
    let records = read_records(journals.as_ref(), &run(), &actor()).await;
    let records = records.unwrap().into_iter();
    records.map(|record| record.step).collect()
}

fn done() -> Step {
    Step::Done {
        ending: Ending::Complete,
    }
}

#[tokio::test]
async fn journal_continues_after_the_records_of_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let journals = in_folder(folder.path());
    open(&journals).await.write(Step::Begun).await.unwrap();

    let later = open(&journals).await;
    assert!(later.state().await.is_open());
    later.write(done()).await.unwrap();
    assert!(!later.state().await.is_open());
    assert_eq!(steps(&journals).await, [Step::Begun, done()]);

    let records = read_records(journals.as_ref(), &run(), &actor()).await;
    assert_eq!(records.unwrap()[0].time, "2026-11-22T11:06:50.500000");
}

#[tokio::test]
async fn record_with_a_lost_response_is_written_once() {
    let lost = Rule::new([Operation::Put], Effect::AnswerLost).only(1);
    let store = Failing::new(MemoryStore::new("m"));
    store.inject(lost);
    let journals: Arc<dyn Journals> = Arc::new(ObjectJournals::new(Arc::new(store), ".tdbal"));
    let journal = open(&journals).await;
    assert!(journal.write(Step::Begun).await.is_err());
    assert!(!journal.state().await.begun, "the outcome is unknown");

    journal.write(done()).await.unwrap();
    assert_eq!(steps(&journals).await, [Step::Begun, done()]);
    let state = journal.state().await;
    assert!(state.begun && state.ending == Some(Ending::Complete));
}

#[tokio::test]
async fn record_that_was_not_written_is_written_before_the_next() {
    let failed = Rule::new([Operation::Put], Effect::Transient).only(1);
    let store = Failing::new(MemoryStore::new("m"));
    store.inject(failed);
    let journals: Arc<dyn Journals> = Arc::new(ObjectJournals::new(Arc::new(store), ".tdbal"));
    let journal = open(&journals).await;
    assert!(journal.write(Step::Begun).await.is_err());
    journal.write(done()).await.unwrap();
    assert_eq!(steps(&journals).await, [Step::Begun, done()]);
}

#[tokio::test]
async fn record_of_a_newer_version_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let journals = in_folder(folder.path());
    open(&journals).await.write(Step::Begun).await.unwrap();
    let newer = Bytes::from_static(br#"{"time":"t","step":"teleported"}"#);
    journals.append(&run(), &actor(), 2, newer).await.unwrap();

    let error = read_records(journals.as_ref(), &run(), &actor()).await;
    let error = error.unwrap_err();
    assert!(
        matches!(error, RecordError::Record { number: 2, .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("record 2 of 0004_a"), "{error}");
}

#[tokio::test]
async fn unfinished_finds_open_journals_and_skips_stale_markers() {
    let folder = tempfile::tempdir().unwrap();
    let journals = in_folder(folder.path());
    let journal = open(&journals).await;
    journal.mark_open().await.unwrap();
    let found = unfinished(journals.as_ref()).await.unwrap();
    assert!(found.is_empty(), "a marker without records is stale");

    journal.write(Step::Begun).await.unwrap();
    let found = unfinished(journals.as_ref()).await.unwrap();
    assert_eq!(found, [(run(), actor(), journal.state().await)]);
    let own = unfinished_of(journals.as_ref(), &actor()).await.unwrap();
    assert_eq!(own, [(run(), journal.state().await)]);
    let other = ActorId::new("0005_b").unwrap();
    let others = unfinished_of(journals.as_ref(), &other).await.unwrap();
    assert!(others.is_empty());

    journal.write(done()).await.unwrap();
    let found = unfinished(journals.as_ref()).await.unwrap();
    assert!(found.is_empty(), "a marker after the last record is stale");
    journal.mark_closed().await.unwrap();
    assert!(journals.open_logs().await.unwrap().is_empty());
}

#[tokio::test]
async fn document_is_kept_once_and_read_by_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let journals = in_folder(folder.path());
    let journal = open(&journals).await;
    let content = Bytes::from_static(b"{}");
    for _ in 0..2 {
        let digest = journal.keep(content.clone()).await.unwrap();
        assert_eq!(digest, sha256(&content));
        assert_eq!(journal.kept(&digest).await.unwrap(), content);
    }
    assert_eq!(journals.documents(&run()).await.unwrap().len(), 1);

    let missing = Digest::from_bytes([1; 32]);
    let error = journal.kept(&missing).await.unwrap_err();
    assert!(matches!(error, RecordError::NoDocument { .. }), "{error:?}");
}
