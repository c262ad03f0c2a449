//! A store that fails on demand, for tests of code that uses a store.

use crate::{
    Condition, Deleted, Marker, Object, ObjectKey, ObjectMeta, ObjectRead, ObjectStore, Operation,
    PutMode, StoreError, Version,
};
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// The way in which a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The call is not made; the error is transient.
    Transient,
    /// The call is not made; the error is permanent.
    Permanent,
    /// The call is not made; the error is [`StoreError::Denied`].
    Denied,
    /// The call is not made; the error is [`StoreError::NotFound`].
    NotFound,
    /// The call is not made; the error is [`StoreError::Changed`], as if another writer was faster.
    Changed,
    /// The call is made, but its response is lost; the error is transient.
    AnswerLost,
}

/// Selects the calls that fail, and the way in which they fail.
pub struct Rule {
    operations: Vec<Operation>,
    key: Box<dyn Fn(&str) -> bool + Send>,
    skip: u64,
    failures_left: u64,
    effect: Effect,
}

impl Rule {
    /// Creates a rule by which every call of these operations fails.
    pub fn new(operations: impl IntoIterator<Item = Operation>, effect: Effect) -> Self {
        Self {
            operations: operations.into_iter().collect(),
            key: Box::new(|_| true),
            skip: 0,
            failures_left: u64::MAX,
            effect,
        }
    }

    /// Limits the rule to calls whose key satisfies `predicate`; other calls are not counted
    /// either. The key of `list` and `list_folders` is the prefix with a slash, that of `copy` the
    /// new key.
    #[must_use]
    pub fn on(mut self, predicate: impl Fn(&str) -> bool + Send + 'static) -> Self {
        self.key = Box::new(predicate);
        self
    }

    /// Limits the rule to the `n`th matching call, counted from 1.
    #[must_use]
    pub const fn only(self, n: u64) -> Self {
        self.from(n).times(1)
    }

    /// Starts failing at the `n`th matching call, counted from 1; later calls fail too, as after a
    /// crash.
    #[must_use]
    pub const fn from(mut self, n: u64) -> Self {
        self.skip = n.saturating_sub(1);
        self
    }

    /// Limits the rule to `times` failures; later calls are forwarded.
    #[must_use]
    pub const fn times(mut self, times: u64) -> Self {
        self.failures_left = times;
        self
    }

    /// Counts a call and returns whether it fails.
    fn selects(&mut self, operation: Operation, key: &str) -> bool {
        if !self.operations.contains(&operation) || !(self.key)(key) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        let hit = self.failures_left > 0;
        self.failures_left = self.failures_left.saturating_sub(1);
        hit
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("operations", &self.operations)
            .field("skip", &self.skip)
            .field("failures_left", &self.failures_left)
            .field("effect", &self.effect)
            .finish_non_exhaustive()
    }
}

/// The source of every injected error that has one.
#[derive(Debug, thiserror::Error)]
#[error("injected failure")]
struct Injected;

/// Forwards calls to another store, except those that a [`Rule`] selects.
#[derive(Debug)]
pub struct Failing<S> {
    inner: S,
    rules: Mutex<Vec<Rule>>,
}

impl<S: ObjectRead> Failing<S> {
    /// Wraps `inner` without any rules: no call fails.
    pub const fn new(inner: S) -> Self {
        Self {
            inner,
            rules: Mutex::new(Vec::new()),
        }
    }

    /// Adds a rule. If several rules select a call, the first one added determines the effect; all
    /// of them count the call.
    pub fn inject(&self, rule: Rule) {
        self.rules
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(rule);
    }

    /// Removes all rules.
    pub fn heal(&self) {
        self.rules
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Counts a call with every rule and returns what happens to it.
    fn outcome(&self, operation: Operation, key: &ObjectKey) -> Outcome {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let mut effects = Vec::new();
        // No early exit: rules behind the first hit have to count the call as well.
        for rule in rules.iter_mut() {
            if rule.selects(operation, key.as_str()) {
                effects.push(rule.effect);
            }
        }
        let store: &dyn fmt::Display = &self.inner;
        let Some(effect) = effects.first() else {
            return Outcome::Forward;
        };
        match effect {
            Effect::Transient => {
                Outcome::Refuse(StoreError::transient(store, key, operation, Injected))
            }
            Effect::Permanent => {
                Outcome::Refuse(StoreError::failed(store, key, operation, Injected))
            }
            Effect::Denied => Outcome::Refuse(StoreError::denied(store, key, operation, Injected)),
            Effect::NotFound => Outcome::Refuse(StoreError::not_found(store, key)),
            Effect::Changed => Outcome::Refuse(StoreError::changed(store, key)),
            Effect::AnswerLost => {
                Outcome::LoseResponse(StoreError::transient(store, key, operation, Injected))
            }
        }
    }

    async fn intercept<T>(
        &self,
        operation: Operation,
        key: &ObjectKey,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        match self.outcome(operation, key) {
            Outcome::Forward => call.await,
            // The future is dropped without being polled, so the inner store is never called.
            Outcome::Refuse(error) => Err(error),
            // An error of the inner store takes precedence over the injected one.
            Outcome::LoseResponse(error) => call.await.and(Err(error)),
        }
    }
}

/// What happens to a call.
enum Outcome {
    Forward,
    Refuse(StoreError),
    /// The call is made and then reported as failed.
    LoseResponse(StoreError),
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
        self.intercept(Operation::Get, key, self.inner.get(key, limit))
            .await
    }

    async fn head(&self, key: &ObjectKey) -> Result<ObjectMeta, StoreError> {
        self.intercept(Operation::Head, key, self.inner.head(key))
            .await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        let key = ObjectKey::of_prefix(prefix);
        self.intercept(Operation::List, &key, self.inner.list(prefix))
            .await
    }

    async fn list_folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let key = ObjectKey::of_prefix(prefix);
        self.intercept(
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
        self.intercept(Operation::Put, key, self.inner.put(key, bytes, mode))
            .await
    }

    async fn copy(&self, from: &ObjectKey, to: &ObjectKey) -> Result<Version, StoreError> {
        self.intercept(Operation::Copy, to, self.inner.copy(from, to))
            .await
    }

    async fn delete(&self, key: &ObjectKey, condition: Condition) -> Result<Deleted, StoreError> {
        self.intercept(Operation::Delete, key, self.inner.delete(key, condition))
            .await
    }

    async fn undelete(&self, key: &ObjectKey, marker: &Marker) -> Result<Version, StoreError> {
        self.intercept(Operation::Undelete, key, self.inner.undelete(key, marker))
            .await
    }
}

#[cfg(test)]
mod tests;
