//! A probe for the conditional writes that a store honours.

use crate::{Condition, ObjectKey, ObjectStore, PutMode, StoreError, Version};
use bytes::Bytes;

/// The conditions of `put` that a store honours. Without them, two writers that hold the same
/// version both succeed, and the first write is silently lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guards {
    /// Whether [`PutMode::Create`] never replaces an existing object.
    pub create: bool,
    /// Whether [`PutMode::Update`] replaces only the expected version.
    pub update: bool,
}

impl Guards {
    /// Whether the store honours every condition.
    pub const fn all(self) -> bool {
        self.create && self.update
    }
}

/// Finds out which conditions `store` honours, by writing to the object `scratch` and then deleting
/// it, even if a step fails. A condition that the store rejects as unsupported is not honoured.
///
/// `scratch` is overwritten, whatever it holds. Nothing else may write to it during the probe, not
/// even another probe: a concurrent write can make it look as if the store ignored a condition. A
/// store that keeps versions also keeps those of the scratch object, and its delete marker.
///
/// # Errors
/// If a step fails for a reason unrelated to conditions, such as missing permissions or overload,
/// or if the scratch object cannot be deleted.
pub async fn probe_guards(
    store: &dyn ObjectStore,
    scratch: &ObjectKey,
) -> Result<Guards, StoreError> {
    // Clean up before looking at the result: a failed probe must not leave its object behind.
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

/// The result of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Written,
    Refused,
    Unsupported,
}

/// Sends one conditional write. Each step of the probe needs its own `content`: a store may take
/// equal content for a write of its own whose response was lost, and report success.
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
        // An interrupted probe left its object behind; the refusal is a valid result.
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
    let stale_version = overwrite(b"seen").await?;
    let current_version = overwrite(b"changed since").await?;
    let stale_update = attempt(
        store,
        scratch,
        "update of stale",
        PutMode::Update(stale_version),
    )
    .await?;
    if stale_update != Outcome::Refused {
        return Ok(false);
    }
    // A store that refuses every update would pass the check above, but is unusable.
    let mode = PutMode::Update(current_version);
    let current_update = attempt(store, scratch, "update of current", mode).await?;
    Ok(current_update == Outcome::Written)
}

#[cfg(test)]
mod tests;
