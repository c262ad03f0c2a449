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
mod tests;
