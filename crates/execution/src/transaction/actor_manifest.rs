//! Brings the actor manifest in line with the set.

use crate::error::ExecutionError;
use crate::transaction::commit::Kind;
use crate::transaction::scope::ActorScope;
use bytes::Bytes;
use dataset::DataError;
use dataset::layout;
use journal::run::record::Step;
use manifest::ManifestError;
use results::audit::{AuditAction, Entry};
use storage::{ObjectKey, ObjectRead as _, PutMode, sha256};

/// How many times the write is tried when someone else writes the manifest in between.
const ATTEMPTS: usize = 5;

/// Applies `edit` to the bytes of the actor manifest and writes the result. If someone else writes the
/// manifest in between, `edit` is applied again to what they wrote.
///
/// # Errors
/// When it cannot be written: the journal stays open, and resuming the run writes it.
pub async fn write(
    scope: &ActorScope<'_>,
    kind: Kind,
    key: &ObjectKey,
    edit: impl Fn(&Bytes) -> Result<Bytes, ManifestError>,
) -> Result<(), ExecutionError> {
    let written = try_write(scope, kind, key, edit).await;
    let entry = Entry::new(AuditAction::ActorManifest, "brought in line with the set")
        .object(key)
        .outcome(&written);
    scope.audit().record(entry).await;
    written.map_err(ExecutionError::ActorManifestWrite)
}

async fn try_write(
    scope: &ActorScope<'_>,
    kind: Kind,
    key: &ObjectKey,
    edit: impl Fn(&Bytes) -> Result<Bytes, ManifestError>,
) -> Result<(), DataError> {
    let recorded = kind.state(scope.journal).await.actor_manifest;
    if recorded.as_ref().is_some_and(|write| write.written) {
        return Ok(());
    }
    let mut intended = recorded.map(|write| write.after);
    let store = &scope.executor.data.store;
    let mut tries = 0;
    loop {
        tries += 1;
        let object = store.get(key, layout::MANIFEST_LIMIT).await?;
        let before = sha256(&object.bytes);
        if intended == Some(before) {
            // An earlier attempt wrote it and died before it could record that.
            break;
        }
        let wrong = |source| DataError::Manifest {
            key: key.to_string(),
            source,
        };
        let bytes = edit(&object.bytes).map_err(wrong)?;
        if bytes == object.bytes {
            break;
        }
        scope.journal.keep(object.bytes).await?;
        let after = scope.journal.keep(bytes.clone()).await?;
        let key = key.clone();
        scope
            .journal
            .write(Step::ActorManifest {
                key: key.clone(),
                before,
                after,
            })
            .await?;
        intended = Some(after);
        match store
            .put(&key, bytes, PutMode::Update(object.version))
            .await
        {
            Ok(_) => break,
            Err(error) if error.is_conflict() && tries < ATTEMPTS => {}
            Err(error) => return Err(error.into()),
        }
    }
    if kind.state(scope.journal).await.actor_manifest.is_some() {
        scope.journal.write(Step::ActorManifestWritten).await?;
    }
    Ok(())
}
