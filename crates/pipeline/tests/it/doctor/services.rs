//! What the answers of services, buckets and folders mean.

use super::*;
use async_trait::async_trait;
use bytes::Bytes;
use doctor::{
    Severity, check_conditions, check_model_end, check_region, check_space, check_writable,
    half_written,
};
use jiff::civil::date;
use storage::{
    Deleted, Effect, Failing, Marker, MemoryStore, Object, ObjectMeta, ObjectRead, ObjectStore,
    Operation, Rule, StoreError, Version,
};

#[test]
fn the_end_of_a_model_is_told_from_ninety_days_before() {
    let today = date(2026, 11, 22);
    for (ends, expected) in [
        (None, None),
        (Some(date(2027, 2, 21)), None),
        (
            Some(date(2027, 2, 20)),
            Some(("it ends on 2027-02-20, in 90 days", Severity::Warning)),
        ),
        (
            Some(date(2026, 11, 22)),
            Some(("it ended on 2026-11-22", Severity::Error)),
        ),
        (
            Some(date(2025, 1, 1)),
            Some(("it ended on 2025-01-01", Severity::Error)),
        ),
    ] {
        let found = check_model_end("gpt", ends, today);
        let told = found.map(|finding| (finding.to_string(), finding.severity()));
        let expected = expected.map(|(text, severity)| (text.to_owned(), severity));
        assert_eq!(told, expected, "{ends:?}");
    }
}

#[test]
fn a_bucket_elsewhere_than_is_said_is_told() {
    let named = ["us-east-1".to_owned(), "eu-west-1".to_owned()];
    let found = check_region("b", &named, Some("eu-west-1"));
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].to_string(),
        "it is in eu-west-1, and us-east-1 is said of it"
    );
    assert_eq!(check_region("b", &named, None), []);
    assert_eq!(check_region("b", &named[1..], Some("eu-west-1")), []);
}

/// A store that writes whatever is there.
#[derive(Debug)]
struct Careless(MemoryStore);

impl std::fmt::Display for Careless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[async_trait]
impl ObjectRead for Careless {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        self.0.get(key, limit).await
    }
    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.0.head(key).await
    }
    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        self.0.list(prefix).await
    }
    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.0.list_folders(prefix).await
    }
}

#[async_trait]
impl ObjectStore for Careless {
    async fn put(&self, key: &ObjectKey, bytes: Bytes, _: PutMode) -> Result<Version, StoreError> {
        self.0.put(key, bytes, PutMode::Overwrite).await
    }
    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.0.copy(from, to).await
    }
    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        self.0.delete(key, condition).await
    }
    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.0.undelete(key, marker).await
    }
}

#[tokio::test]
async fn a_bucket_is_tried_and_left_as_it_was() {
    let good = MemoryStore::new("b");
    assert_eq!(check_conditions("b", &good, &run("r")).await, None);
    assert_eq!(good.list("").await.unwrap(), []);
    let careless = Careless(MemoryStore::new("b"));
    let found = check_conditions("b", &careless, &run("r")).await.unwrap();
    assert_eq!(kind(&found), "no_conditions");
    assert_eq!(careless.list("").await.unwrap(), []);
    let closed = Failing::new(MemoryStore::new("b"));
    closed.inject(Rule::new([Operation::Put], Effect::Denied));
    let found = check_conditions("b", &closed, &run("r")).await.unwrap();
    assert_eq!(kind(&found), "bucket");
}

#[test]
fn a_folder_is_tried_and_left_as_it_was() {
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
fn little_space_is_told() {
    let folder = std::path::Path::new("data");
    assert_eq!(check_space(folder, 1 << 30), None);
    let found = check_space(folder, (1 << 30) - 1).unwrap();
    assert_eq!(found.to_string(), "only 1023 MiB are free");
}

#[test]
fn half_written_files_are_found_wherever_they_are_and_nothing_else() {
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
