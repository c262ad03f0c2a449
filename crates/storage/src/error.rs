//! What can go wrong with a store, by what the caller can do about it.

use crate::{ObjectKey, Operation};
use std::fmt::Display;

/// Boxed cause of an error.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why an operation of a store failed. Every variant names the store and the object.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such object (or no such bucket).
    #[error("{store}: {key} does not exist")]
    NotFound {
        /// The store, as it displays itself.
        store: String,
        /// The object.
        key: ObjectKey,
    },
    /// It was to be created, and exists. Nothing was written.
    #[error("{store}: {key} exists already and was left as it is")]
    AlreadyExists {
        /// The store, as it displays itself.
        store: String,
        /// The object.
        key: ObjectKey,
    },
    /// It is no longer in the version that the caller saw. Nothing was changed: read it again and
    /// decide again.
    #[error("{store}: {key} was changed by someone else meanwhile and was left as it is")]
    Changed {
        /// The store, as it displays itself.
        store: String,
        /// The object.
        key: ObjectKey,
    },
    /// It is larger than the caller was ready to take.
    #[error("{store}: {key} has {size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// The store, as it displays itself.
        store: String,
        /// The object.
        key: ObjectKey,
        /// Its size in bytes, or how much had come when the limit was passed.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The credentials are missing, wrong, or not allowed to do this.
    #[error("{store}: not allowed to {operation} {key}: check the credentials and their rights")]
    Denied {
        /// The store, as it displays itself.
        store: String,
        /// The object.
        key: ObjectKey,
        /// What was tried, as a verb.
        operation: &'static str,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The store can be read only.
    #[error("{store} is opened for reading only: cannot {operation} {key}")]
    ReadOnly {
        /// The store, as it displays itself.
        store: String,
        /// The object.
        key: ObjectKey,
        /// What was tried, as a verb.
        operation: &'static str,
    },
    /// The store itself cannot be opened, whatever is asked of it.
    #[error("cannot open {store}: {problem}")]
    Unavailable {
        /// The store, as it would display itself.
        store: String,
        /// What is missing.
        problem: String,
    },
    /// The store does not know this operation, or not its condition.
    #[error("{store} cannot {operation} {key}: it does not support that")]
    Unsupported {
        /// The store, as it displays itself.
        store: String,
        /// The object or prefix.
        key: ObjectKey,
        /// What was tried, as a verb.
        operation: &'static str,
        /// The cause.
        #[source]
        source: Cause,
    },
    /// Anything else; `transient` says whether trying again later is worth it.
    #[error("{store}: cannot {operation} {key}")]
    Failed {
        /// The store, as it displays itself.
        store: String,
        /// The object or prefix.
        key: ObjectKey,
        /// What was tried, as a verb.
        operation: &'static str,
        /// Whether the same call may succeed later (network, time-out, overload).
        transient: bool,
        /// The cause.
        #[source]
        source: Cause,
    },
}

impl StoreError {
    /// [`StoreError::NotFound`] of `store`.
    pub fn not_found(store: &dyn Display, key: &ObjectKey) -> Self {
        Self::NotFound {
            store: store.to_string(),
            key: key.clone(),
        }
    }

    /// [`StoreError::AlreadyExists`] of `store`.
    pub fn already_exists(store: &dyn Display, key: &ObjectKey) -> Self {
        Self::AlreadyExists {
            store: store.to_string(),
            key: key.clone(),
        }
    }

    /// [`StoreError::Changed`] of `store`.
    pub fn changed(store: &dyn Display, key: &ObjectKey) -> Self {
        Self::Changed {
            store: store.to_string(),
            key: key.clone(),
        }
    }

    /// [`StoreError::TooLarge`] of `store`; sizes in bytes.
    pub fn too_large(store: &dyn Display, key: &ObjectKey, size: u64, limit: u64) -> Self {
        Self::TooLarge {
            store: store.to_string(),
            key: key.clone(),
            size,
            limit,
        }
    }

    /// [`StoreError::Denied`] of `store`.
    pub fn denied(
        store: &dyn Display,
        key: &ObjectKey,
        operation: Operation,
        source: impl Into<Cause>,
    ) -> Self {
        let operation = operation.verb();
        Self::Denied {
            store: store.to_string(),
            key: key.clone(),
            operation,
            source: source.into(),
        }
    }

    /// [`StoreError::Unsupported`] of `store`.
    pub fn unsupported(
        store: &dyn Display,
        key: &ObjectKey,
        operation: Operation,
        source: impl Into<Cause>,
    ) -> Self {
        Self::Unsupported {
            store: store.to_string(),
            key: key.clone(),
            operation: operation.verb(),
            source: source.into(),
        }
    }

    /// [`StoreError::Failed`] of `store`, not worth another try.
    pub fn failed(
        store: &dyn Display,
        key: &ObjectKey,
        operation: Operation,
        source: impl Into<Cause>,
    ) -> Self {
        Self::Failed {
            store: store.to_string(),
            key: key.clone(),
            operation: operation.verb(),
            transient: false,
            source: source.into(),
        }
    }

    /// [`StoreError::Failed`] of `store` that may be gone later.
    pub fn transient(
        store: &dyn Display,
        key: &ObjectKey,
        operation: Operation,
        source: impl Into<Cause>,
    ) -> Self {
        Self::Failed {
            store: store.to_string(),
            key: key.clone(),
            operation: operation.verb(),
            transient: true,
            source: source.into(),
        }
    }

    /// Whether the same call may succeed later.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Failed {
                transient: true,
                ..
            }
        )
    }

    /// Whether the object does not exist.
    pub const fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether a conditional write lost: the object exists already or was changed meanwhile.
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::AlreadyExists { .. } | Self::Changed { .. })
    }
}
