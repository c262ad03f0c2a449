//! Store errors, classified by what the caller can do about them.

use crate::{ObjectKey, Operation};
use std::fmt::Display;

/// The boxed cause of an error.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Failure of a store operation. Every variant names the store, and the object if there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The object (or the bucket) does not exist.
    #[error("{store}: {key} does not exist")]
    NotFound {
        /// Display name of the store.
        store: String,
        /// Key of the object.
        key: ObjectKey,
    },
    /// An object that was to be created already exists. Nothing was written.
    #[error("{store}: {key} already exists and was left unchanged")]
    AlreadyExists {
        /// Display name of the store.
        store: String,
        /// Key of the object.
        key: ObjectKey,
    },
    /// The object no longer has the version that the caller expected. Nothing was changed: read the
    /// object again and decide again.
    #[error("{store}: {key} was changed by another writer in the meantime and was left unchanged")]
    Changed {
        /// Display name of the store.
        store: String,
        /// Key of the object.
        key: ObjectKey,
    },
    /// The object is larger than the limit that the caller set.
    #[error("{store}: {key} has {size} bytes, more than the limit of {limit} bytes")]
    TooLarge {
        /// Display name of the store.
        store: String,
        /// Key of the object.
        key: ObjectKey,
        /// Size of the object in bytes, or the number of bytes received when the limit was
        /// exceeded.
        size: u64,
        /// Maximum size in bytes.
        limit: u64,
    },
    /// The credentials are missing or wrong, or do not permit the operation.
    #[error(
        "{store}: not allowed to {operation} {key}: check the credentials and their permissions"
    )]
    Denied {
        /// Display name of the store.
        store: String,
        /// Key of the object.
        key: ObjectKey,
        /// Verb of the attempted operation, from [`Operation::verb`].
        operation: &'static str,
        /// Underlying error.
        #[source]
        source: Cause,
    },
    /// The store was opened for reading only.
    #[error("{store}: cannot {operation} {key}: the store is read-only")]
    ReadOnly {
        /// Display name of the store.
        store: String,
        /// Key of the object.
        key: ObjectKey,
        /// Verb of the attempted operation, from [`Operation::verb`].
        operation: &'static str,
    },
    /// The store itself cannot be opened, so every operation would fail.
    #[error("cannot open {store}: {problem}")]
    Unavailable {
        /// Display name the store would have.
        store: String,
        /// Reason that the store cannot be opened.
        problem: String,
    },
    /// The store does not support the operation or its condition.
    #[error("{store}: cannot {operation} {key}: the store does not support this")]
    Unsupported {
        /// Display name of the store.
        store: String,
        /// Key of the object, or `{prefix}/` for a listing.
        key: ObjectKey,
        /// Verb of the attempted operation, from [`Operation::verb`].
        operation: &'static str,
        /// Underlying error.
        #[source]
        source: Cause,
    },
    /// Any other failure; `transient` says whether a retry may succeed.
    #[error("{store}: cannot {operation} {key}")]
    Failed {
        /// Display name of the store.
        store: String,
        /// Key of the object, or `{prefix}/` for a listing.
        key: ObjectKey,
        /// Verb of the attempted operation, from [`Operation::verb`].
        operation: &'static str,
        /// Whether a retry of the same call may succeed (network failure, timeout, overload).
        transient: bool,
        /// Underlying error.
        #[source]
        source: Cause,
    },
}

impl StoreError {
    /// Creates a [`StoreError::NotFound`] that names `store` and `key`.
    pub fn not_found(store: &dyn Display, key: &ObjectKey) -> Self {
        Self::NotFound {
            store: store.to_string(),
            key: key.clone(),
        }
    }

    /// Creates a [`StoreError::AlreadyExists`] that names `store` and `key`.
    pub fn already_exists(store: &dyn Display, key: &ObjectKey) -> Self {
        Self::AlreadyExists {
            store: store.to_string(),
            key: key.clone(),
        }
    }

    /// Creates a [`StoreError::Changed`] that names `store` and `key`.
    pub fn changed(store: &dyn Display, key: &ObjectKey) -> Self {
        Self::Changed {
            store: store.to_string(),
            key: key.clone(),
        }
    }

    /// Creates a [`StoreError::TooLarge`] that names `store` and `key`; sizes are in bytes.
    pub fn too_large(store: &dyn Display, key: &ObjectKey, size: u64, limit: u64) -> Self {
        Self::TooLarge {
            store: store.to_string(),
            key: key.clone(),
            size,
            limit,
        }
    }

    /// Creates a [`StoreError::Denied`] that names `store` and `key`.
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

    /// Creates a [`StoreError::Unsupported`] that names `store` and `key`.
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

    /// Creates a permanent [`StoreError::Failed`]: a retry would fail as well.
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

    /// Creates a transient [`StoreError::Failed`]: a retry may succeed.
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

    /// Whether a retry of the same call may succeed.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Failed {
                transient: true,
                ..
            }
        )
    }

    /// Whether the error is [`StoreError::NotFound`].
    pub const fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether a condition did not hold: the object already exists or was changed in the meantime.
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::AlreadyExists { .. } | Self::Changed { .. })
    }
}
