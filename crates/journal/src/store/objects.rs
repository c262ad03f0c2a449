//! Documents, markers and state documents as objects; folder and bucket journals share this code.

use super::error::JournalError;
use super::layout;
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;
use storage::{
    Condition, ObjectKey, ObjectReadExt as _, ObjectStore, PutMode, StoreError, Version,
};
use tdbal_types::{ActorId, RunId};

/// Maximum size of a document in bytes (1 GiB). A plan for thousands of actors takes tens of MB.
const MAX_DOCUMENT: u64 = 1 << 30;

/// Content of a marker. Only the marker's name carries information.
const MARKER: &[u8] = b"{}\n";

/// Objects below a prefix of a store.
#[derive(Debug, Clone)]
pub(crate) struct JournalObjects {
    pub(crate) store: Arc<dyn ObjectStore>,
    prefix: String,
}

impl fmt::Display for JournalObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.store, f)?;
        if self.prefix.is_empty() {
            Ok(())
        } else {
            write!(f, "/{}", self.prefix)
        }
    }
}

impl JournalObjects {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, prefix: &str) -> Self {
        Self {
            store,
            prefix: prefix.trim_end_matches('/').to_owned(),
        }
    }

    /// The path below the store's root for a path below the prefix.
    fn full_path(&self, path: &str) -> String {
        if self.prefix.is_empty() {
            path.to_owned()
        } else {
            format!("{}/{path}", self.prefix)
        }
    }

    pub(crate) fn key(&self, path: &str) -> Result<ObjectKey, JournalError> {
        ObjectKey::new(self.full_path(path)).map_err(|source| JournalError::Name {
            place: self.to_string(),
            source,
        })
    }

    /// Names of all objects below `path`, relative to it and sorted.
    pub(crate) async fn names(&self, path: &str) -> Result<Vec<String>, JournalError> {
        let folder = self.full_path(path);
        let objects = self.store.list(&folder).await?;
        Ok(objects
            .iter()
            .filter_map(|object| object.key.as_str().strip_prefix(&folder)?.strip_prefix('/'))
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect())
    }

    pub(crate) async fn folders(&self, path: &str) -> Result<Vec<String>, JournalError> {
        Ok(self.store.list_folders(&self.full_path(path)).await?)
    }

    /// Creates an object; returns `false` if it exists.
    async fn create(&self, path: &str, bytes: Bytes) -> Result<bool, JournalError> {
        let key = self.key(path)?;
        match self.store.put(&key, bytes, PutMode::Create).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_conflict() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn create_document(
        &self,
        run: &RunId,
        name: &str,
        bytes: Bytes,
    ) -> Result<bool, JournalError> {
        let path = format!("{}/{name}", layout::documents(run));
        self.create(&path, bytes).await
    }

    pub(crate) async fn document(
        &self,
        run: &RunId,
        name: &str,
    ) -> Result<Option<Bytes>, JournalError> {
        let key = self.key(&format!("{}/{name}", layout::documents(run)))?;
        let object = self.store.get_optional(&key, MAX_DOCUMENT).await?;
        Ok(object.map(|object| object.bytes))
    }

    pub(crate) async fn documents(&self, run: &RunId) -> Result<Vec<String>, JournalError> {
        self.names(&layout::documents(run)).await
    }

    pub(crate) async fn open(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        let path = layout::marker(run, actor);
        // The marker may exist: a run that resumes opens its actors again.
        self.create(&path, Bytes::from_static(MARKER)).await?;
        Ok(())
    }

    pub(crate) async fn close(&self, run: &RunId, actor: &ActorId) -> Result<(), JournalError> {
        let key = self.key(&layout::marker(run, actor))?;
        self.store.delete(&key, Condition::Always).await?;
        Ok(())
    }

    pub(crate) async fn open_logs(&self) -> Result<Vec<(RunId, ActorId)>, JournalError> {
        let names = self.names(layout::OPEN).await?;
        let mut open: Vec<_> = names
            .iter()
            .filter_map(|name| {
                let (actor, run) = name.split_once('/')?;
                let marker = RunId::new(run).ok().zip(ActorId::new(actor).ok());
                if marker.is_none() {
                    tracing::warn!(%name, "skipping a marker with an invalid name");
                }
                marker
            })
            .collect();
        open.sort_unstable();
        Ok(open)
    }

    pub(crate) async fn state(&self, name: &str) -> Result<Option<(Bytes, Version)>, JournalError> {
        let key = self.key(&layout::state(name))?;
        let object = self.store.get_optional(&key, MAX_DOCUMENT).await?;
        Ok(object.map(|object| (object.bytes, object.version)))
    }

    pub(crate) async fn put_state(
        &self,
        name: &str,
        bytes: Bytes,
        over: Option<Version>,
    ) -> Result<Version, JournalError> {
        let key = self.key(&layout::state(name))?;
        let mode = over.map_or(PutMode::Create, PutMode::Update);
        match self.store.put(&key, bytes, mode).await {
            Ok(version) => Ok(version),
            // An update of a deleted document is a conflict too: someone else deleted it.
            Err(error) if error.is_conflict() || matches!(error, StoreError::NotFound { .. }) => {
                Err(JournalError::Changed {
                    place: self.to_string(),
                    name: name.to_owned(),
                })
            }
            Err(error) => Err(error.into()),
        }
    }
}
