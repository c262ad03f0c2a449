//! Audit lines and their durability.

use super::{AUDIT, AuditAction, AuditLine, Entry, Outcome, Trail};
use crate::folder::OutputFolder;
use std::path::Path;
use tdbal_types::time::Clock;
use tdbal_types::{ActorId, Digest, RunId};

async fn record(folder: &Path, entries: Vec<Entry>) {
    let trail = Trail {
        output: &OutputFolder::new(folder),
        clock: &Clock::fixed("2026-11-22T11:06:50.5Z".parse().unwrap()),
        run: &RunId::new("20261122T110650Z-00000001").unwrap(),
        actor: &ActorId::new("0004_a").unwrap(),
    };
    trail.record_all(entries).await.unwrap();
}

fn lines(folder: &Path) -> Vec<AuditLine> {
    let text = std::fs::read_to_string(folder.join(AUDIT)).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn entries_are_written_with_time_run_and_actor() {
    let folder = tempfile::tempdir().unwrap();
    let digest = Digest::from_bytes([1; 32]);
    let entry = Entry::new(AuditAction::Remove, "duplicate").file("a.png", Some(digest));
    record(folder.path(), vec![entry.planned()]).await;
    let expected = AuditLine {
        time: "2026-11-22T11:06:50.500000".into(),
        run_id: RunId::new("20261122T110650Z-00000001").unwrap(),
        actor: ActorId::new("0004_a").unwrap(),
        file: Some("a.png".into()),
        sha256: Some(digest),
        object: None,
        action: AuditAction::Remove,
        reason: "duplicate".into(),
        outcome: Outcome::Planned,
    };
    assert_eq!(lines(folder.path()), [expected]);
}

#[tokio::test]
async fn outcome_is_done_unless_the_result_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let entry = || Entry::new(AuditAction::Trash, "removed");
    let failed: Result<(), _> = Err(std::io::Error::other("disk full"));
    record(
        folder.path(),
        vec![
            entry().outcome(&Ok::<_, std::io::Error>(())),
            entry().outcome(&failed),
            entry().failed("not allowed"),
        ],
    )
    .await;
    let outcomes: Vec<Outcome> = lines(folder.path())
        .into_iter()
        .map(|line| line.outcome)
        .collect();
    let failed = |why: &str| Outcome::Failed(why.into());
    assert_eq!(
        outcomes,
        [Outcome::Done, failed("disk full"), failed("not allowed")]
    );
}

#[tokio::test]
async fn incomplete_last_line_does_not_spoil_the_next() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(AUDIT), "{\"time\":\"2026").unwrap();
    record(folder.path(), vec![Entry::new(AuditAction::Commit, "plan")]).await;
    let text = std::fs::read_to_string(folder.path().join(AUDIT)).unwrap();
    let (incomplete, line) = text.split_once('\n').unwrap();
    assert_eq!(incomplete, "{\"time\":\"2026");
    let line: AuditLine = serde_json::from_str(line).unwrap();
    assert_eq!(line.action, AuditAction::Commit);
}

#[tokio::test]
async fn no_entries_create_no_file() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path(), Vec::new()).await;
    assert!(!folder.path().join(AUDIT).exists());
}
