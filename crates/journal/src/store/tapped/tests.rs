use super::*;
use crate::{ObjectJournals, conformance};
use std::sync::{Arc, Mutex};
use storage::{MemoryStore, ObjectStore};

#[tokio::test(flavor = "multi_thread")]
async fn tapped_journals_conform_to_the_contract() {
    let store: Arc<dyn ObjectStore> = Arc::new(MemoryStore::new("m"));
    let open = || Arc::new(Tapped::new(ObjectJournals::new(store.clone(), "p"), |_| {}));
    conformance::all(open(), open()).await;
    assert_eq!(open().to_string(), "memory:m/p");
}

#[tokio::test]
async fn append_is_reported_before_and_only_success_after() {
    let store = Arc::new(MemoryStore::new("m"));
    let reports = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&reports);
    let journals = Tapped::new(ObjectJournals::new(store, "p"), move |tap| {
        let text = String::from_utf8(tap.record.to_vec()).unwrap();
        sink.lock().unwrap().push((tap.number, text, tap.moment));
    });
    let (run, actor) = (RunId::new("r").unwrap(), ActorId::new("a").unwrap());
    let append =
        |number, text: &'static str| journals.append(&run, &actor, number, Bytes::from(text));
    append(1, "1").await.unwrap();
    append(1, "2").await.unwrap_err();
    let reports = reports.lock().unwrap();
    let expected = [
        (1, "1".to_owned(), Moment::Before),
        (1, "1".to_owned(), Moment::After),
        (1, "2".to_owned(), Moment::Before),
    ];
    assert_eq!(*reports, expected);
}
