//! The commit of a change: one conditional write of the training manifest.

use crate::error::ExecutionError;
use crate::executor::Executor;
use crate::transaction::scope::ActorScope;
use dataset::DataError;
use dataset::layout::{self, found};
use journal::run::ActorJournal;
use journal::run::record::{Change, Step};
use journal::run::state::ChangeState;
use manifest::{ManifestError, TrainingManifest};
use results::audit::{AuditAction, Entry};
use storage::{Condition, Object, ObjectKey, ObjectRead as _, PutMode, Version, sha256};
use tdbal_types::{ActorId, Digest, ImageName};

/// Which change of an actor's part of a run a transaction makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The change that the run's plan or the fix asks for.
    Forward,
    /// The change that undoes it.
    Undo,
}

impl Kind {
    /// The state of that change in a journal.
    pub async fn state(self, journal: &ActorJournal) -> ChangeState {
        let state = journal.state().await;
        match self {
            Self::Forward => state.change,
            Self::Undo => state.undo.map(|undo| undo.change).unwrap_or_default(),
        }
    }
}

/// The result of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// The training manifest is written: the set is the new one.
    Done,
    /// Someone else changed the manifest first; the set is as it was.
    Lost,
}

/// Writes the training manifest by the intent on record.
#[derive(Clone, Copy)]
pub struct TrainingCommit<'a> {
    scope: &'a ActorScope<'a>,
    kind: Kind,
}

impl<'a> TrainingCommit<'a> {
    /// The commit of a change of this kind.
    pub const fn new(scope: &'a ActorScope<'a>, kind: Kind) -> Self {
        Self { scope, kind }
    }

    async fn change_state(&self) -> ChangeState {
        self.kind.state(self.scope.journal).await
    }

    /// Whether the change is committed. An intent that an earlier attempt left is settled: either the
    /// manifest was written, or the intent is withdrawn.
    ///
    /// # Errors
    /// When the manifest cannot be read or the journal cannot be written.
    pub async fn recover(&self) -> Result<bool, ExecutionError> {
        let section = self.change_state().await;
        if section.committed {
            return Ok(true);
        }
        let Some(change) = section.change.filter(|_| section.withdrawn.is_none()) else {
            return Ok(false);
        };
        match self.was_written(&change).await? {
            Some(version) => {
                self.record_commit(&change, &Ok::<_, DataError>(())).await?;
                self.scope
                    .journal
                    .write(Step::Committed { version })
                    .await?;
                Ok(true)
            }
            None => {
                let problem = "an earlier attempt ended before it was written".to_owned();
                self.scope
                    .journal
                    .write(Step::Withdrawn { problem })
                    .await?;
                Ok(false)
            }
        }
    }

    /// Writes the training manifest, by the intent on record.
    ///
    /// # Errors
    /// When it is not known whether it was written: the journal stays open.
    pub async fn commit(&self) -> Result<Commit, ExecutionError> {
        let section = self.change_state().await;
        if section.committed {
            return Ok(Commit::Done);
        }
        let Some(change) = section.change.filter(|_| section.withdrawn.is_none()) else {
            return Err(ExecutionError::internal("there is no change to commit"));
        };
        let mut written = self.write_training_manifest(&change).await;
        // A proxy or a retry may have sent the write twice: then the "other" writer is this one.
        if is_conflict(&written)
            && let Some(version) = self.was_written(&change).await?
        {
            written = Ok(version);
        }
        self.record_commit(&change, &written).await?;
        match written {
            Ok(version) => {
                self.scope
                    .journal
                    .write(Step::Committed { version })
                    .await?;
                Ok(Commit::Done)
            }
            Err(DataError::Store(error)) if error.is_conflict() => {
                let problem = "the training manifest was changed by someone else".to_owned();
                self.scope
                    .journal
                    .write(Step::Withdrawn { problem })
                    .await?;
                Ok(Commit::Lost)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn record_commit<T>(
        &self,
        change: &Change,
        written: &Result<T, DataError>,
    ) -> Result<(), ExecutionError> {
        let reason = format!(
            "{} added, {} removed",
            change.added.len(),
            change.leaving.len()
        );
        let entry = Entry::new(AuditAction::Commit, reason)
            .object(layout::training_manifest(self.scope.actor)?)
            .outcome(written);
        self.scope.audit().record(entry).await;
        Ok(())
    }

    /// The version of the manifest that the change writes, where an earlier attempt wrote it and
    /// died before it could say so, or was not told. Someone may have written on top of it since;
    /// then [`shows`] decides whether it was written.
    async fn was_written(&self, change: &Change) -> Result<Option<Option<Version>>, DataError> {
        let key = layout::training_manifest(self.scope.actor)?;
        let store = &self.scope.executor.data.store;
        let object = store.get(&key, layout::MANIFEST_LIMIT).await;
        let Some(object) = found(object)? else {
            let was_deleted = change.after.is_none() && change.from.is_some();
            return Ok(was_deleted.then_some(None));
        };
        if Some(&object.version) == change.from.as_ref() {
            return Ok(None);
        }
        if Some(sha256(&object.bytes)) == change.after {
            return Ok(Some(Some(object.version)));
        }
        let now = parse(&key, &object.bytes)?;
        let before = self.kept_manifest(&key, change.before.as_ref()).await?;
        let after = self.kept_manifest(&key, change.after.as_ref()).await?;
        let is_written = shows_commit(before.as_ref(), after.as_ref(), &now, change);
        Ok(is_written.then_some(Some(object.version)))
    }

    async fn kept_manifest(
        &self,
        key: &ObjectKey,
        digest: Option<&Digest>,
    ) -> Result<Option<TrainingManifest>, DataError> {
        match digest {
            Some(digest) => Ok(Some(parse(key, &self.scope.journal.kept(digest).await?)?)),
            None => Ok(None),
        }
    }

    async fn write_training_manifest(&self, change: &Change) -> Result<Option<Version>, DataError> {
        match (&change.after, &change.from) {
            (Some(after), from) => {
                let version = put_training_manifest(self.scope, from.clone(), after).await?;
                Ok(Some(version))
            }
            (None, Some(from)) => {
                let key = layout::training_manifest(self.scope.actor)?;
                let condition = Condition::IfVersion(from.clone());
                self.scope
                    .executor
                    .data
                    .store
                    .delete(&key, condition)
                    .await?;
                Ok(None)
            }
            (None, None) => Ok(None),
        }
    }
}

/// Writes a training manifest that is kept in the journal, if the stored one still has the version
/// `from`, or does not exist where `from` is `None`.
///
/// # Errors
/// A conflict if the stored manifest has another version.
pub async fn put_training_manifest(
    scope: &ActorScope<'_>,
    from: Option<Version>,
    after: &Digest,
) -> Result<Version, DataError> {
    let bytes = scope.journal.kept(after).await?;
    let key = layout::training_manifest(scope.actor)?;
    let mode = from.map_or(PutMode::Create, PutMode::Update);
    Ok(scope.executor.data.store.put(&key, bytes, mode).await?)
}

/// Whether a manifest that someone edited since shows that the change had been committed before.
///
/// A commit sets the mark of who changed the manifest last, and people who edit entries leave it alone.
/// So the mark decides where the change altered it: an undo that restores a manifest byte for byte sets
/// the older mark, or removes it. Where the mark says nothing, the entries decide: the change must be
/// there in full.
fn shows_commit(
    before: Option<&TrainingManifest>,
    after: Option<&TrainingManifest>,
    now: &TrainingManifest,
    change: &Change,
) -> bool {
    let has = |name: &ImageName| now.contains(name);
    let has_left = !change.leaving.iter().any(|leaving| has(&leaving.name));
    let has_come = change.added.iter().all(|added| has(&added.name));
    let mark = |manifest: Option<&TrainingManifest>| {
        manifest.and_then(TrainingManifest::mark).map(str::to_owned)
    };
    let (old, new, current) = (mark(before), mark(after), mark(Some(now)));
    if old != new {
        match (&old, &new, &current) {
            (_, Some(new), Some(current)) if new == current => return true,
            (Some(old), _, Some(current)) if old == current => return false,
            // The mark is gone, which only the change itself does.
            (Some(_), None, None) => return has_left,
            _ => {}
        }
    }
    !change.added.is_empty() && has_come && has_left
}

fn is_conflict<T>(written: &Result<T, DataError>) -> bool {
    matches!(written, Err(DataError::Store(error)) if error.is_conflict())
}

/// The training manifest as it is now, as bytes and parsed; `None` if there is none.
///
/// # Errors
/// When it cannot be read or parsed.
pub async fn manifest_now(
    executor: &Executor,
    actor: &ActorId,
) -> Result<(Option<Object>, Option<TrainingManifest>), ExecutionError> {
    let key = layout::training_manifest(actor)?;
    let store = &executor.data.store;
    let object = found(store.get(&key, layout::MANIFEST_LIMIT).await)?;
    let manifest = match &object {
        Some(object) => Some(parse(&key, &object.bytes)?),
        None => None,
    };
    Ok((object, manifest))
}

/// Parses a training manifest; errors name its key.
///
/// # Errors
/// When it is not a training manifest.
pub fn parse(key: &ObjectKey, bytes: &[u8]) -> Result<TrainingManifest, DataError> {
    TrainingManifest::parse(bytes).map_err(wrong(key))
}

/// Adds the key of a manifest to what is wrong with it.
pub fn wrong(key: &ObjectKey) -> impl Fn(ManifestError) -> DataError + use<> {
    let key = key.to_string();
    move |source| DataError::Manifest {
        key: key.clone(),
        source,
    }
}

#[cfg(test)]
mod tests;
