//! Refused writes and forwarded reads.

use super::*;
use crate::MemoryStore;

#[tokio::test]
async fn writes_are_refused_and_reads_are_forwarded() {
    let memory = Arc::new(MemoryStore::new("m"));
    let key = ObjectKey::new("a/b").unwrap();
    let put = memory
        .put(&key, Bytes::from_static(b"x"), PutMode::Create)
        .await
        .unwrap();
    let store = ReadOnly::new(Arc::clone(&memory));

    let other = ObjectKey::new("c").unwrap();
    let refused = [
        store
            .put(&key, Bytes::from_static(b"y"), PutMode::Overwrite)
            .await
            .err(),
        store.copy(&key, &other).await.err(),
        store.delete(&key, Condition::Always).await.err(),
        store.undelete(&key, &Marker("m".to_owned())).await.err(),
    ];
    for error in refused {
        assert!(
            matches!(error, Some(StoreError::ReadOnly { .. })),
            "{error:?}"
        );
    }

    assert_eq!(store.get(&key, 9).await.unwrap().version, put);
    assert_eq!(store.head(&key).await.unwrap().size, 1);
    assert_eq!(store.list("").await.unwrap().len(), 1);
    assert_eq!(store.list_folders("").await.unwrap(), ["a"]);
    assert_eq!(store.to_string(), memory.to_string());
}
