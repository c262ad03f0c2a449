//! A store that fails on demand, for tests of what uses it.

use crate::{
    Condition, Deleted, Marker, Object, ObjectKey, ObjectMeta, ObjectRead, ObjectStore, Operation,
    PutMode, StoreError, Version,
};
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing is done; the error is transient.
    Transient,
    /// Nothing is done; the error is for good.
    Permanent,
    /// Nothing is done; the error is [`StoreError::Denied`].
    Denied,
    /// The object is said not to exist.
    NotFound,
    /// Another writer was faster: [`StoreError::Changed`].
    Changed,
    /// The call is done and its answer lost: a transient error.
    AnswerLost,
}

/// Which calls fail, and how.
pub struct Rule {
    operations: Vec<Operation>,
    key: Box<dyn Fn(&str) -> bool + Send>,
    let_through: u64,
    fail: u64,
    effect: Effect,
}

impl Rule {
    /// Every call of one of these operations fails.
    pub fn new(operations: impl IntoIterator<Item = Operation>, effect: Effect) -> Self {
        Self {
            operations: operations.into_iter().collect(),
            key: Box::new(|_| true),
            let_through: 0,
            fail: u64::MAX,
            effect,
        }
    }

    /// Only calls whose key (for `list` the prefix with a slash, for `copy` the new key) satisfies
    /// `predicate` count and fail.
    #[must_use]
    pub fn on(mut self, predicate: impl Fn(&str) -> bool + Send + 'static) -> Self {
        self.key = Box::new(predicate);
        self
    }

    /// Of the calls that count, only the `n`th (from 1) fails.
    #[must_use]
    pub const fn only(self, n: u64) -> Self {
        self.from(n).times(1)
    }

    /// Of the calls that count, the `n`th (from 1) and all after it fail, as after a crash.
    #[must_use]
    pub const fn from(mut self, n: u64) -> Self {
        self.let_through = n.saturating_sub(1);
        self
    }

    /// No more than this many calls fail.
    #[must_use]
    pub const fn times(mut self, times: u64) -> Self {
        self.fail = times;
        self
    }

    /// Counts a call; tells whether it fails.
    fn hits(&mut self, operation: Operation, key: &str) -> bool {
        if !self.operations.contains(&operation) || !(self.key)(key) {
            return false;
        }
        if self.let_through > 0 {
            self.let_through -= 1;
            return false;
        }
        let hit = self.fail > 0;
        self.fail = self.fail.saturating_sub(1);
        hit
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("operations", &self.operations)
            .field("let_through", &self.let_through)
            .field("fail", &self.fail)
            .field("effect", &self.effect)
            .finish_non_exhaustive()
    }
}

/// The cause that injected errors name.
#[derive(Debug, thiserror::Error)]
#[error("injected failure")]
struct Injected;

/// Hands calls on to another store, except those that a [`Rule`] picks.
#[derive(Debug)]
pub struct Failing<S> {
    inner: S,
    rules: Mutex<Vec<Rule>>,
}

impl<S: ObjectRead> Failing<S> {
    /// Fails nothing yet.
    pub const fn new(inner: S) -> Self {
        Self {
            inner,
            rules: Mutex::new(Vec::new()),
        }
    }

    /// Adds a rule. Where several pick a call, the one added first decides; all of them count it.
    pub fn inject(&self, rule: Rule) {
        self.rules
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(rule);
    }

    /// Forgets all rules.
    pub fn heal(&self) {
        self.rules
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// The error that the call is to give, and whether it is to be done all the same.
    fn verdict(&self, operation: Operation, key: &ObjectKey) -> Verdict {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let mut effects = Vec::new();
        for rule in rules.iter_mut() {
            if rule.hits(operation, key.as_str()) {
                effects.push(rule.effect);
            }
        }
        let store: &dyn fmt::Display = &self.inner;
        let Some(effect) = effects.first() else {
            return Verdict::Pass;
        };
        match effect {
            Effect::Transient => {
                Verdict::Refuse(StoreError::transient(store, key, operation, Injected))
            }
            Effect::Permanent => {
                Verdict::Refuse(StoreError::failed(store, key, operation, Injected))
            }
            Effect::Denied => Verdict::Refuse(StoreError::denied(store, key, operation, Injected)),
            Effect::NotFound => Verdict::Refuse(StoreError::not_found(store, key)),
            Effect::Changed => Verdict::Refuse(StoreError::changed(store, key)),
            Effect::AnswerLost => {
                Verdict::Lose(StoreError::transient(store, key, operation, Injected))
            }
        }
    }

    async fn decide<T>(
        &self,
        operation: Operation,
        key: &ObjectKey,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        match self.verdict(operation, key) {
            Verdict::Pass => call.await,
            Verdict::Refuse(error) => Err(error),
            Verdict::Lose(error) => call.await.and(Err(error)),
        }
    }
}

/// What becomes of a call.
enum Verdict {
    Pass,
    Refuse(StoreError),
    Lose(StoreError),
}

impl<S: fmt::Display> fmt::Display for Failing<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: ObjectRead> ObjectRead for Failing<S> {
    async fn get(&self, key: &ObjectKey, limit: u64) -> Result<Object, StoreError> {
        self.decide(Operation::Get, key, self.inner.get(key, limit))
            .await
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.decide(Operation::Head, key, self.inner.head(key))
            .await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        let key = ObjectKey::of_prefix(prefix);
        self.decide(Operation::List, &key, self.inner.list(prefix))
            .await
    }

    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let key = ObjectKey::of_prefix(prefix);
        self.decide(
            Operation::ListFolders,
            &key,
            self.inner.list_folders(prefix),
        )
        .await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: ObjectStore> ObjectStore for Failing<S> {
    async fn put(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<Version, StoreError> {
        self.decide(Operation::Put, key, self.inner.put(key, bytes, mode))
            .await
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.decide(Operation::Copy, to, self.inner.copy(from, to))
            .await
    }

    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        self.decide(Operation::Delete, key, self.inner.delete(key, condition))
            .await
    }

    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.decide(Operation::Undelete, key, self.inner.undelete(key, marker))
            .await
    }
}

#[cfg(test)]
mod tests;
