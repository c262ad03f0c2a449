//! Findings about services, buckets and folders.

use super::*;
use crate::unconditional_store::UnconditionalStore;
use doctor::{
    Severity, check_conditions, check_model_end, check_region, check_space, check_writable,
    half_written,
};
use jiff::civil::date;
use storage::{Effect, Failing, MemoryStore, ObjectRead as _, Operation, Rule};

#[test]
fn model_end_is_reported_ninety_days_ahead() {
    let today = date(2026, 11, 22);
    for (ends, expected) in [
        (None, None),
        (Some(date(2027, 2, 21)), None),
        (
            Some(date(2027, 2, 20)),
            Some((
                "will be shut down on 2027-02-20, in 90 days",
                Severity::Warning,
            )),
        ),
        (
            Some(date(2026, 11, 22)),
            Some(("was shut down on 2026-11-22", Severity::Error)),
        ),
        (
            Some(date(2025, 1, 1)),
            Some(("was shut down on 2025-01-01", Severity::Error)),
        ),
    ] {
        let found = check_model_end("gpt", ends, today);
        let reported = found.map(|finding| (finding.to_string(), finding.severity()));
        let expected = expected.map(|(text, severity)| (text.to_owned(), severity));
        assert_eq!(reported, expected, "{ends:?}");
    }
}

#[test]
fn wrong_bucket_region_is_reported() {
    let named = ["us-east-1".to_owned(), "eu-west-1".to_owned()];
    let found = check_region("b", &named, Some("eu-west-1"));
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].to_string(),
        "is in region eu-west-1, but addresses or settings say us-east-1"
    );
    assert_eq!(check_region("b", &named, None), []);
    assert_eq!(check_region("b", &named[1..], Some("eu-west-1")), []);
}

#[tokio::test]
async fn bucket_check_leaves_no_objects() {
    let good = MemoryStore::new("b");
    assert_eq!(check_conditions("b", &good, &run("r")).await, None);
    assert_eq!(good.list("").await.unwrap(), []);
    let unconditional = UnconditionalStore(MemoryStore::new("b"));
    let found = check_conditions("b", &unconditional, &run("r"))
        .await
        .unwrap();
    assert_eq!(kind(&found), "no_conditions");
    assert_eq!(unconditional.list("").await.unwrap(), []);
    let closed = Failing::new(MemoryStore::new("b"));
    closed.inject(Rule::new([Operation::Put], Effect::Denied));
    let found = check_conditions("b", &closed, &run("r")).await.unwrap();
    assert_eq!(kind(&found), "bucket");
}

#[test]
fn folder_check_leaves_no_files() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(check_writable(folder.path(), "1"), None);
    assert_eq!(
        check_writable(&folder.path().join("not/yet/there"), "1"),
        None
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let found = check_writable(&file.join("below"), "1").unwrap();
    assert_eq!(kind(&found), "not_writable");
}

#[test]
fn low_disk_space_is_reported() {
    let folder = std::path::Path::new("data");
    assert_eq!(check_space(folder, 1 << 30), None);
    let found = check_space(folder, (1 << 30) - 1).unwrap();
    assert_eq!(found.to_string(), "only 1023 MiB free");
}

#[test]
fn only_half_written_files_are_found_at_any_depth() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/.tdbal/b");
    std::fs::create_dir_all(&deep).unwrap();
    for name in [".tdbal-x1.tmp", "x.tmp", ".tdbal-lock", "picture.png"] {
        std::fs::write(deep.join(name), "x").unwrap();
    }
    let found = half_written(folder.path());
    assert_eq!(found.len(), 1);
    assert!(found[0].subject().ends_with(".tdbal-x1.tmp"));
    assert_eq!(found[0].severity(), Severity::Note);
    assert_eq!(half_written(&folder.path().join("nowhere")), []);
}
