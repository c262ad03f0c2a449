//! Reading and editing state documents, alone and while other processes write them.

use super::{Document, DocumentError};
use crate::{FolderJournals, JournalError, JournalRead as _, Journals as _};
use bytes::Bytes;
use std::path::Path;

const NUMBERS: Document = Document::pretty("numbers.json", 3);

fn journals(folder: &Path) -> FolderJournals {
    FolderJournals::new(folder)
}

async fn numbers(folder: &Path) -> Option<Vec<u32>> {
    let read = NUMBERS.read(&journals(folder)).await.unwrap();
    read.map(|(numbers, _)| numbers)
}

async fn push(folder: &Path, number: u32) {
    NUMBERS
        .edit(&journals(folder), |numbers: &mut Vec<u32>| {
            numbers.push(number);
        })
        .await
        .unwrap();
}

/// Does what [`push`] does, from a closure that cannot await.
fn push_from_another_process(folder: &Path, number: u32) {
    let folder = folder.to_owned();
    let other = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(push(&folder, number));
    });
    other.join().unwrap();
}

async fn content(folder: &Path) -> Option<Bytes> {
    let state = journals(folder).state("numbers.json").await.unwrap();
    state.map(|(bytes, _)| bytes)
}

#[tokio::test]
async fn missing_document_reads_as_none_and_is_created_by_edit() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(numbers(folder.path()).await, None);
    push(folder.path(), 1).await;
    push(folder.path(), 2).await;
    assert_eq!(numbers(folder.path()).await, Some(vec![1, 2]));
}

#[tokio::test]
async fn edit_returns_what_the_closure_returns() {
    let folder = tempfile::tempdir().unwrap();
    push(folder.path(), 7).await;
    let popped = NUMBERS
        .edit(&journals(folder.path()), |numbers: &mut Vec<u32>| {
            numbers.pop()
        })
        .await
        .unwrap();
    assert_eq!(popped, Some(7));
    assert_eq!(numbers(folder.path()).await, Some(vec![]));
}

#[tokio::test]
async fn edit_that_meets_a_newer_version_is_applied_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    push(path, 1).await;
    let mut seen = Vec::new();
    NUMBERS
        .edit(&journals(path), |numbers: &mut Vec<u32>| {
            seen.push(numbers.clone());
            if seen.len() == 1 {
                push_from_another_process(path, 2);
            }
            numbers.push(3);
        })
        .await
        .unwrap();
    assert_eq!(seen, [vec![1], vec![1, 2]]);
    assert_eq!(numbers(path).await, Some(vec![1, 2, 3]));
}

#[tokio::test]
async fn creation_that_meets_a_new_document_is_applied_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut rounds = 0;
    NUMBERS
        .edit(&journals(path), |numbers: &mut Vec<u32>| {
            rounds += 1;
            if rounds == 1 {
                push_from_another_process(path, 1);
            }
            numbers.push(2);
        })
        .await
        .unwrap();
    assert_eq!(rounds, 2);
    assert_eq!(numbers(path).await, Some(vec![1, 2]));
}

#[tokio::test]
async fn edit_fails_when_every_attempt_meets_a_newer_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut rounds = 0;
    let error = NUMBERS
        .edit(&journals(path), |numbers: &mut Vec<u32>| {
            rounds += 1;
            push_from_another_process(path, rounds);
            numbers.push(99);
        })
        .await
        .unwrap_err();
    assert!(
        matches!(error, DocumentError::Journal(JournalError::Changed { .. })),
        "{error:?}"
    );
    assert_eq!(rounds, 3);
    assert_eq!(numbers(path).await, Some(vec![1, 2, 3]));
}

#[tokio::test]
async fn edit_that_changes_nothing_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let journals = journals(path);
    let sort = || NUMBERS.edit(&journals, |numbers: &mut Vec<u32>| numbers.sort_unstable());
    sort().await.unwrap();
    assert_eq!(content(path).await, None);

    // A write would format this content differently.
    let unformatted = Bytes::from_static(b"[ 1,2 ]");
    journals
        .put_state("numbers.json", unformatted.clone(), None)
        .await
        .unwrap();
    sort().await.unwrap();
    assert_eq!(content(path).await, Some(unformatted));
}

#[tokio::test]
async fn damaged_document_is_reported_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let broken = Bytes::from_static(b"[1, 2");
    journals(path)
        .put_state("numbers.json", broken.clone(), None)
        .await
        .unwrap();
    let read = NUMBERS.read::<Vec<u32>>(&journals(path)).await.map(drop);
    let edit = NUMBERS
        .edit(&journals(path), |numbers: &mut Vec<u32>| numbers.push(3))
        .await;
    for error in [read.unwrap_err(), edit.unwrap_err()] {
        assert!(matches!(error, DocumentError::Damaged { .. }), "{error:?}");
        let message = error.to_string();
        let place = journals(path).to_string();
        assert!(message.contains("numbers.json is damaged"), "{message}");
        assert!(message.contains(&place), "{message}");
    }
    assert_eq!(content(path).await, Some(broken));
}

#[tokio::test]
async fn put_over_an_old_version_fails_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    push(path, 1).await;
    let (_, version) = NUMBERS
        .read::<Vec<u32>>(&journals(path))
        .await
        .unwrap()
        .unwrap();
    push(path, 2).await;
    for over in [Some(version), None] {
        let error = NUMBERS
            .put(&journals(path), &vec![9], over)
            .await
            .unwrap_err();
        assert!(
            matches!(error, DocumentError::Journal(JournalError::Changed { .. })),
            "{error:?}"
        );
    }
    assert_eq!(numbers(path).await, Some(vec![1, 2]));
}

#[tokio::test]
async fn pretty_form_is_indented_and_compact_form_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    push(path, 1).await;
    assert_eq!(content(path).await.unwrap(), "[\n  1\n]");

    let compact = Document::compact("numbers.json", 1);
    compact
        .edit(&journals(path), |numbers: &mut Vec<u32>| numbers.push(2))
        .await
        .unwrap();
    assert_eq!(content(path).await.unwrap(), "[1,2]");
}
