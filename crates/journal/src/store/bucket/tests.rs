use super::*;
use crate::conformance;
use storage::{
    Condition, Counting, Effect, Failing, MemoryStore, ObjectKey, ObjectRead as _, Operation, Rule,
};

const PREFIX: &str = "system/.tdbal";

fn names() -> (RunId, ActorId) {
    (RunId::new("run").unwrap(), ActorId::new("0004_a").unwrap())
}

async fn append(journals: &ObjectJournals, number: u64) -> Result<(), JournalError> {
    let (run, actor) = names();
    let record = Bytes::from(format!("{{\"n\":{number}}}"));
    journals.append(&run, &actor, number, record).await
}

#[tokio::test(flavor = "multi_thread")]
async fn object_journals_conform_to_the_contract() {
    for prefix in ["", PREFIX, "system/.tdbal/"] {
        let store: Arc<dyn ObjectStore> = Arc::new(MemoryStore::new("m"));
        let open = || Arc::new(ObjectJournals::new(Arc::clone(&store), prefix));
        conformance::all(open(), open()).await;
    }
    let journals = ObjectJournals::new(Arc::new(MemoryStore::new("m")), PREFIX);
    assert_eq!(journals.to_string(), "memory:m/system/.tdbal");
}

#[tokio::test]
async fn records_are_stored_as_numbered_objects() {
    let store = Arc::new(MemoryStore::new("m"));
    let journals = ObjectJournals::new(store.clone(), PREFIX);
    let (run, actor) = names();
    for number in 1..=11 {
        append(&journals, number).await.unwrap();
    }
    journals.open(&run, &actor).await.unwrap();
    let keys: Vec<_> = store
        .list(PREFIX)
        .await
        .unwrap()
        .into_iter()
        .map(|object| object.key.to_string())
        .collect();
    assert_eq!(keys.len(), 12);
    assert_eq!(keys[0], "system/.tdbal/open/0004_a/run");
    assert_eq!(
        keys[11],
        "system/.tdbal/runs/run/actors/0004_a/00000011.json"
    );
}

#[tokio::test]
async fn corrupt_or_missing_record_is_reported_by_number() {
    let store = Arc::new(MemoryStore::new("m"));
    let journals = ObjectJournals::new(store.clone(), PREFIX);
    let (run, actor) = names();
    for number in 1..=4 {
        append(&journals, number).await.unwrap();
    }
    let key = journals
        .objects
        .key(&layout::record(&run, &actor, 3))
        .unwrap();
    let broken = Bytes::from_static(b"{\"n\":");
    store.put(&key, broken, PutMode::Overwrite).await.unwrap();
    let error = journals.read(&run, &actor).await.unwrap_err();
    assert!(
        matches!(error, JournalError::Corrupt { line: 3, .. }),
        "{error:?}"
    );
    store.delete(&key, Condition::Always).await.unwrap();
    let error = journals.read(&run, &actor).await.unwrap_err();
    assert!(
        matches!(error, JournalError::Corrupt { line: 3, .. }),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .starts_with("memory:m/system/.tdbal/runs/run/actors/0004_a: ")
    );
}

#[tokio::test]
async fn read_skips_objects_that_are_not_records() {
    let store = Arc::new(MemoryStore::new("m"));
    let journals = ObjectJournals::new(store.clone(), "");
    let (run, actor) = names();
    append(&journals, 1).await.unwrap();
    for name in ["2.json", "notes.txt", ""] {
        let key = ObjectKey::foreign(format!("runs/run/actors/0004_a/{name}")).unwrap();
        store
            .put(&key, Bytes::new(), PutMode::Create)
            .await
            .unwrap();
    }
    assert_eq!(journals.read(&run, &actor).await.unwrap().len(), 1);
}

#[tokio::test]
async fn append_with_lost_response_can_be_retried() {
    let store = Arc::new(Failing::new(MemoryStore::new("m")));
    let journals = ObjectJournals::new(store.clone(), PREFIX);
    store.inject(Rule::new([Operation::Put], Effect::AnswerLost).times(1));
    let error = append(&journals, 1).await.unwrap_err();
    assert!(error.is_transient() && !error.is_conflict(), "{error:?}");
    append(&journals, 1).await.unwrap();
    append(&journals, 2).await.unwrap();
}

#[tokio::test]
async fn append_costs_a_single_put() {
    let store = Arc::new(Counting::new(MemoryStore::new("m")));
    let journals = ObjectJournals::new(store.clone(), PREFIX);
    for number in 1..=5 {
        append(&journals, number).await.unwrap();
    }
    assert_eq!(
        store.counts().into_iter().collect::<Vec<_>>(),
        [(Operation::Put, 5)]
    );
    // A process that continues the log of another one checks its length once.
    let other = ObjectJournals::new(store.clone(), PREFIX);
    append(&other, 6).await.unwrap();
    append(&other, 7).await.unwrap();
    assert_eq!(store.calls(Operation::Put), 7);
    assert_eq!(store.calls(Operation::Head), 1);
}
