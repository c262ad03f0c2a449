//! The part of the suite that every store has to pass.

use super::listing::{listing, listing_folders, unusual_names};
use super::reading::{limits, missing_things, reading_back};
use super::writing::{copying, creating, deleting, undeleting, updating};
use crate::ObjectStore;
use std::sync::Arc;

/// Runs the whole suite except [`races`](super::races()) and [`foreign_keys`](super::foreign_keys),
/// which not every store or server can pass.
pub async fn all(store: Arc<dyn ObjectStore>) {
    let store = store.as_ref();
    reading_back(store).await;
    missing_things(store).await;
    limits(store).await;
    creating(store).await;
    updating(store).await;
    deleting(store).await;
    undeleting(store).await;
    copying(store).await;
    listing(store).await;
    listing_folders(store).await;
    unusual_names(store).await;
}
