//! A lease as an object of a store, and the store's errors.

use super::lease::Lease;
use crate::LockError;
use bytes::Bytes;
use storage::StoreError;
use tdbal_types::ActorId;

/// The largest lease in bytes that is read.
pub(super) const MAX_LEASE: u64 = 64 << 10;

pub(super) fn parse(bytes: &Bytes) -> Option<Lease> {
    serde_json::from_slice(bytes).ok()
}

pub(super) fn encode(lease: &Lease) -> Bytes {
    // A lease is texts and numbers, which always can be written.
    Bytes::from(serde_json::to_vec(lease).unwrap_or_default())
}

/// Whether a conditional write lost against another. What was to be updated may be gone.
pub(super) fn is_lost_race(error: &StoreError) -> bool {
    error.is_conflict() || error.is_not_found()
}

pub(super) fn failed(actor: &ActorId, source: StoreError) -> LockError {
    LockError::Store {
        actor: actor.clone(),
        source,
    }
}
