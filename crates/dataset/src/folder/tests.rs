//! Parsing URLs, recognising own files, and hiding secrets.

use super::{DataReader, without_secrets};
use crate::error::DataError;
use async_trait::async_trait;
use journal::FolderJournals;
use std::sync::Arc;
use storage::{MemoryStore, ObjectKey, ObjectRead, ObjectReaders, StoreError};

#[derive(Debug)]
struct Buckets;

#[async_trait]
impl ObjectReaders for Buckets {
    async fn bucket(
        &self,
        name: &str,
        region: Option<&str>,
    ) -> Result<Arc<dyn ObjectRead>, StoreError> {
        let region = region.unwrap_or("no region");
        Ok(Arc::new(MemoryStore::new(format!("{name} in {region}"))))
    }
}

fn reader() -> DataReader {
    DataReader::new(
        Arc::new(MemoryStore::new("data")),
        Arc::new(Buckets),
        Arc::new(FolderJournals::new("unused")),
    )
}

fn in_bucket() -> DataReader {
    reader().in_bucket(Some(("sets".into(), "project/data".into())))
}

fn key(text: &str) -> ObjectKey {
    ObjectKey::new(text).unwrap()
}

#[test]
fn object_urls_are_parsed() {
    for text in [
        "s3://sets/a/b%20c.jpg",
        "https://sets.s3.us-west-1.amazonaws.com/a/b%20c.jpg?X-Amz-Signature=abc",
    ] {
        let url = reader().parse_url(text).unwrap();
        assert_eq!(url.bucket, "sets", "{text}");
    }
    let url = reader()
        .parse_url("https://sets.s3.us-west-1.amazonaws.com/a/b.jpg")
        .unwrap();
    assert_eq!(url.region.as_deref(), Some("us-west-1"));
    assert_eq!(url.key.as_str(), "a/b.jpg");
}

#[test]
fn urls_of_other_servers_need_their_endpoint() {
    let text = "http://minio.example:9000/sets/a/b.jpg";
    assert!(reader().parse_url(text).is_err());
    let endpoint = "http://minio.example:9000".parse().unwrap();
    let url = reader()
        .with_endpoints(&[endpoint])
        .parse_url(text)
        .unwrap();
    assert_eq!((url.bucket.as_str(), url.key.as_str()), ("sets", "a/b.jpg"));
}

#[test]
fn error_for_an_invalid_url_shows_no_secrets() {
    for text in [
        "https://me:hunter2@unknown.example/sets/a.jpg?X-Amz-Signature=abc",
        "ftp://unknown.example/a.jpg?X-Amz-Signature=abc",
        "s3://me:hunter2@sets/a.jpg",
        "ftp://me:hunter2@unknown.example/a.jpg",
        "https:/me:hunter2@unknown.example/a.jpg",
        "me:hunter2@unknown.example/a.jpg",
        "https://sets.s3.amazonaws.com/?X-Amz-Signature=abc",
        "a.jpg?X-Amz-Signature=abc",
    ] {
        let error = reader().parse_url(text).unwrap_err();
        let DataError::Url { url, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(*url, without_secrets(text));
        let message = tdbal_types::chain(&error);
        for secret in ["hunter2", "abc"] {
            assert!(!message.contains(secret), "{message}");
        }
    }
}

#[test]
fn own_file_has_the_bucket_and_prefix_of_the_data_folder() {
    let data = in_bucket();
    let is_own = |url: &str| data.is_own(&data.parse_url(url).unwrap(), &key("actors/a.jpg"));
    assert!(is_own("s3://sets/project/data/actors/a.jpg"));
    assert!(is_own(
        "https://sets.s3.eu-west-1.amazonaws.com/project/data/actors/a.jpg"
    ));
    assert!(!is_own("s3://other/project/data/actors/a.jpg"));
    assert!(!is_own("s3://sets/actors/a.jpg"));
    assert!(!is_own("s3://sets/project/data/actors/b.jpg"));
    assert!(!is_own("s3://sets/project/data2/actors/a.jpg"));
}

#[test]
fn own_file_at_the_top_of_a_bucket_has_no_prefix() {
    let data = reader().in_bucket(Some(("sets".into(), String::new())));
    let url = data.parse_url("s3://sets/actors/a.jpg").unwrap();
    assert!(data.is_own(&url, &key("actors/a.jpg")));
}

#[test]
fn local_data_folder_has_no_own_objects() {
    let data = reader();
    let url = data.parse_url("s3://sets/actors/a.jpg").unwrap();
    assert!(!data.is_own(&url, &key("actors/a.jpg")));
    let moved = in_bucket().in_bucket(None);
    assert!(!moved.is_own(&url, &key("actors/a.jpg")));
}

#[tokio::test]
async fn bucket_is_opened_by_name_and_region_of_the_url() {
    let data = reader();
    let opened = async |text: &str| {
        let url = data.parse_url(text).unwrap();
        data.bucket(&url).await.unwrap().to_string()
    };
    let own = opened("https://sets.s3.us-west-1.amazonaws.com/a.jpg").await;
    assert!(own.contains("sets in us-west-1"), "{own}");
    let global = opened("s3://sets/a.jpg").await;
    assert!(global.contains("sets in no region"), "{global}");
}

#[test]
fn signatures_and_passwords_are_removed() {
    let shown = without_secrets("https://me:pw@h.example/k.jpg?X-Amz-Signature=abc#x");
    assert_eq!(shown, "https://h.example/k.jpg");
    assert_eq!(without_secrets("s3://b/k@2.jpg"), "s3://b/k@2.jpg");
    assert_eq!(without_secrets("k.jpg"), "k.jpg");
}

#[test]
fn password_with_special_characters_is_removed() {
    assert_eq!(
        without_secrets("https://me:p@w@h.example/k"),
        "https://h.example/k"
    );
    assert_eq!(
        without_secrets("https://me:pw@h.example"),
        "https://h.example/"
    );
    assert_eq!(without_secrets("k.jpg#a@b?c"), "k.jpg");
    assert_eq!(without_secrets(""), "");
}
