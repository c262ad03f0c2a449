//! Encoding of leases as objects, and interpretation of the store's errors.

use super::lease::Lease;
use crate::LockError;
use bytes::Bytes;
use storage::StoreError;
use tdbal_types::ActorId;

/// Maximum size of a lease object in bytes (64 KiB).
pub(super) const MAX_LEASE: u64 = 64 << 10;

pub(super) fn parse(bytes: &Bytes) -> Option<Lease> {
    serde_json::from_slice(bytes).ok()
}

pub(super) fn encode(lease: &Lease) -> Bytes {
    // Serialising strings and numbers cannot fail.
    Bytes::from(serde_json::to_vec(lease).unwrap_or_default())
}

/// Whether a conditional write failed because another process changed or deleted the object.
pub(super) fn is_lost_race(error: &StoreError) -> bool {
    error.is_conflict() || error.is_not_found()
}

pub(super) fn store_error(actor: &ActorId, source: StoreError) -> LockError {
    LockError::Store {
        actor: actor.clone(),
        source,
    }
}
