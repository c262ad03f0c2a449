//! Whether a store keeps its word about conditions.

use crate::{Condition, ObjectKey, ObjectStore, PutMode, StoreError, Version};
use bytes::Bytes;

/// Which conditions of `put` a store honours. Without them, of two writers that hold the same
/// version both succeed, and what the first one wrote is lost without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guards {
    /// [`PutMode::Create`] never replaces anything.
    pub create: bool,
    /// [`PutMode::Update`] replaces exactly the version that was seen.
    pub update: bool,
}

impl Guards {
    /// Whether every condition is honoured.
    pub const fn all(self) -> bool {
        self.create && self.update
    }
}

/// Finds out which conditions `store` honours, by writing to `scratch` and deleting that again,
/// also where a step fails. A store that refuses a condition as unknown to it does not honour it.
///
/// `scratch` is overwritten whatever is there. Nobody else may write to it meanwhile, another probe
/// included: that can make an honest store look as if it were none. A store that keeps versions
/// keeps those of the scratch object too, and its delete marker.
///
/// # Errors
/// When a step fails for a reason that says nothing about conditions, such as a lack of rights or
/// an overload, and when the scratch object cannot be deleted.
pub async fn probe_guards(
    store: &dyn ObjectStore,
    scratch: &ObjectKey,
) -> Result<Guards, StoreError> {
    let guards = probe(store, scratch).await;
    let deleted = store.delete(scratch, Condition::Always).await;
    let guards = guards?;
    deleted?;
    Ok(guards)
}

async fn probe(store: &dyn ObjectStore, scratch: &ObjectKey) -> Result<Guards, StoreError> {
    Ok(Guards {
        create: honours_create(store, scratch).await?,
        update: honours_update(store, scratch).await?,
    })
}

/// How a conditional write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Written,
    Refused,
    Unsupported,
}

/// Writes a content that no other step writes: a store may take what is there already for a write
/// of its own whose answer was lost.
async fn attempt(
    store: &dyn ObjectStore,
    scratch: &ObjectKey,
    content: &'static str,
    mode: PutMode,
) -> Result<Outcome, StoreError> {
    match store.put(scratch, Bytes::from(content), mode).await {
        Ok(_) => Ok(Outcome::Written),
        Err(error) if error.is_conflict() => Ok(Outcome::Refused),
        Err(StoreError::Unsupported { .. }) => Ok(Outcome::Unsupported),
        Err(error) => Err(error),
    }
}

async fn honours_create(store: &dyn ObjectStore, scratch: &ObjectKey) -> Result<bool, StoreError> {
    match attempt(store, scratch, "created", PutMode::Create).await? {
        // Something is there, left behind by a probe that was cut off: an answer too.
        Outcome::Refused => return Ok(true),
        Outcome::Unsupported => return Ok(false),
        Outcome::Written => {}
    }
    let again = attempt(store, scratch, "created again", PutMode::Create).await?;
    Ok(again == Outcome::Refused)
}

async fn honours_update(store: &dyn ObjectStore, scratch: &ObjectKey) -> Result<bool, StoreError> {
    let overwrite = async |content| -> Result<Version, StoreError> {
        let bytes = Bytes::from_static(content);
        store.put(scratch, bytes, PutMode::Overwrite).await
    };
    let stale = overwrite(b"seen").await?;
    let current = overwrite(b"changed since").await?;
    let lost = attempt(store, scratch, "update of stale", PutMode::Update(stale)).await?;
    if lost != Outcome::Refused {
        return Ok(false);
    }
    // A store that refuses every update guards what nobody can use.
    let mode = PutMode::Update(current);
    let won = attempt(store, scratch, "update of current", mode).await?;
    Ok(won == Outcome::Written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Deleted, Effect, Failing, Marker, MemoryStore, Object, ObjectMeta, ObjectRead, Operation,
        Rule,
    };
    use async_trait::async_trait;
    use std::fmt;
    use std::sync::Arc;

    /// What a store makes of conditions.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Manner {
        Honours,
        Ignores,
        DoesNotKnow,
        Refuses,
    }

    /// A store that treats each condition in a manner of its own.
    #[derive(Debug)]
    struct Mannered {
        inner: MemoryStore,
        create: Manner,
        update: Manner,
    }

    impl fmt::Display for Mannered {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Display::fmt(&self.inner, f)
        }
    }

    #[async_trait]
    impl ObjectRead for Mannered {
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
    impl ObjectStore for Mannered {
        async fn put(
            &self,
            key: &ObjectKey,
            bytes: Bytes,
            mode: PutMode,
        ) -> Result<Version, StoreError> {
            let manner = match mode {
                PutMode::Overwrite => Manner::Honours,
                PutMode::Create => self.create,
                PutMode::Update(_) => self.update,
            };
            match manner {
                Manner::Honours => self.inner.put(key, bytes, mode).await,
                Manner::Ignores => self.inner.put(key, bytes, PutMode::Overwrite).await,
                Manner::DoesNotKnow => {
                    Err(StoreError::unsupported(self, key, Operation::Put, "501"))
                }
                Manner::Refuses => Err(StoreError::changed(self, key)),
            }
        }

        async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
            self.inner.copy(from, to).await
        }

        async fn delete(
            &self,
            key: &ObjectKey,
            condition: Condition,
        ) -> Result<Deleted, StoreError> {
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
    async fn each_condition_is_told_apart_and_nothing_is_left() {
        use Manner::{DoesNotKnow, Honours, Ignores, Refuses};
        let manners = [
            (Honours, true),
            (Ignores, false),
            (DoesNotKnow, false),
            (Refuses, false),
        ];
        let mut seen = 0;
        for (create, guards_create) in manners.into_iter().filter(|(one, _)| *one != Refuses) {
            for (update, guards_update) in manners {
                let inner = MemoryStore::new("m");
                let store = Mannered {
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
    async fn what_a_probe_that_was_cut_off_left_does_not_mislead() {
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
    async fn an_error_is_no_answer_and_the_scratch_object_goes_all_the_same() {
        let mut steps = 0;
        for effect in [Effect::Denied, Effect::Transient, Effect::AnswerLost] {
            // The sixth and last write is the update that has to succeed. The answers to the second
            // and fifth are refusals, and only those to what was done can be lost.
            let steps_done = [1, 3, 4, 6];
            for step in 1..=6 {
                if effect == Effect::AnswerLost && !steps_done.contains(&step) {
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
    async fn a_scratch_object_that_stays_is_an_error() {
        let store = Failing::new(MemoryStore::new("m"));
        store.inject(Rule::new([Operation::Delete], Effect::Denied));
        let error = probe_guards(&store, &scratch()).await.unwrap_err();
        assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
    }
}
