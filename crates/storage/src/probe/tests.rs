use super::*;
use crate::{
    Deleted, Effect, Failing, Marker, MemoryStore, Object, ObjectMeta, ObjectRead, Operation, Rule,
};
use async_trait::async_trait;
use std::fmt;
use std::sync::Arc;

/// The way in which a store treats a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behaviour {
    Honours,
    Ignores,
    Unsupported,
    Refuses,
}

/// A store that treats each condition as configured.
#[derive(Debug)]
struct ConditionStore {
    inner: MemoryStore,
    create: Behaviour,
    update: Behaviour,
}

impl fmt::Display for ConditionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

#[async_trait]
impl ObjectRead for ConditionStore {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        self.inner.get(key, limit).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.inner.head(key).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        self.inner.list(prefix).await
    }

    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.inner.list_folders(prefix).await
    }
}

#[async_trait]
impl ObjectStore for ConditionStore {
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError> {
        let behaviour = match mode {
            PutMode::Overwrite => Behaviour::Honours,
            PutMode::Create => self.create,
            PutMode::Update(_) => self.update,
        };
        match behaviour {
            Behaviour::Honours => self.inner.put(key, bytes, mode).await,
            Behaviour::Ignores => self.inner.put(key, bytes, PutMode::Overwrite).await,
            Behaviour::Unsupported => {
                Err(StoreError::unsupported(self, key, Operation::Put, "501"))
            }
            Behaviour::Refuses => Err(StoreError::changed(self, key)),
        }
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.inner.copy(from, to).await
    }

    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        self.inner.delete(key, condition).await
    }

    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.inner.undelete(key, marker).await
    }
}

fn scratch() -> ObjectKey {
    ObjectKey::new(".scratch/probe").unwrap()
}

#[tokio::test]
async fn each_condition_is_probed_and_no_object_is_left() {
    use Behaviour::{Honours, Ignores, Refuses, Unsupported};
    let behaviours = [
        (Honours, true),
        (Ignores, false),
        (Unsupported, false),
        (Refuses, false),
    ];
    let mut seen = 0;
    for (create, guards_create) in behaviours.into_iter().filter(|(one, _)| *one != Refuses) {
        for (update, guards_update) in behaviours {
            let inner = MemoryStore::new("m");
            let store = ConditionStore {
                inner,
                create,
                update,
            };
            let expected = Guards {
                create: guards_create,
                update: guards_update,
            };
            let found = probe_guards(&store, &scratch()).await.unwrap();
            assert_eq!(found, expected, "{store:?}");
            assert_eq!(found.all(), create == Honours && update == Honours);
            assert!(store.list("").await.unwrap().is_empty());
            seen += 1;
        }
    }
    assert_eq!(seen, 12);
}

#[tokio::test]
async fn leftovers_of_an_interrupted_probe_do_not_mislead() {
    let store = MemoryStore::new("m");
    for left in ["created", "update of current"] {
        store
            .put(&scratch(), Bytes::from(left), PutMode::Overwrite)
            .await
            .unwrap();
        assert!(probe_guards(&store, &scratch()).await.unwrap().all());
        assert!(store.list("").await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn failed_step_fails_the_probe_and_deletes_its_object() {
    let mut steps = 0;
    for effect in [Effect::Denied, Effect::Transient, Effect::AnswerLost] {
        // The sixth and last write is the update that has to succeed. The second and fifth are
        // refused, and only the response to a write that was done can be lost.
        let applied_steps = [1, 3, 4, 6];
        for step in 1..=6 {
            if effect == Effect::AnswerLost && !applied_steps.contains(&step) {
                continue;
            }
            let inner = Arc::new(MemoryStore::new("m"));
            let store = Failing::new(Arc::clone(&inner));
            store.inject(Rule::new([Operation::Put], effect).only(step));
            let error = probe_guards(&store, &scratch()).await.unwrap_err();
            assert!(
                matches!(error, StoreError::Denied { .. }) || error.is_transient(),
                "{error:?}"
            );
            assert!(
                inner.list("").await.unwrap().is_empty(),
                "{effect:?} {step}"
            );
            steps += 1;
        }
    }
    assert_eq!(steps, 16);
}

#[tokio::test]
async fn undeletable_scratch_object_is_an_error() {
    let store = Failing::new(MemoryStore::new("m"));
    store.inject(Rule::new([Operation::Delete], Effect::Denied));
    let error = probe_guards(&store, &scratch()).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
}
