//! Checks that the buckets of a plan honour conditional writes: without them two runs could change the
//! same actor at the same time.

use crate::error::RunError;
use crate::executor::Executor;
use dataset::error::DataError;
use dataset::layout;
use run_plan::plan::RunPlan;
use std::collections::BTreeMap;
use storage::place::PlaceStore;
use storage::{ObjectKey, ObjectUrl, probe_guards};
use tdbal_types::RunId;

/// Checks all buckets that a plan may change.
///
/// # Errors
/// [`RunError::Unguarded`] if one ignores conditional writes and the settings do not allow that.
pub async fn check(executor: &Executor, plan: &RunPlan) -> Result<(), RunError> {
    check_stores(executor, &plan.run_id, stores(executor, plan)).await
}

/// Checks some stores, by writing and deleting a temporary object in each.
///
/// # Errors
/// [`RunError::Unguarded`] if one ignores conditional writes and the settings do not allow that.
pub async fn check_stores(
    executor: &Executor,
    run: &RunId,
    stores: impl IntoIterator<Item = PlaceStore>,
) -> Result<(), RunError> {
    if executor.settings.allow_unguarded_bucket {
        return Ok(());
    }
    for store in stores {
        let opened = executor.data.open(&store).await?;
        // A key of its own: two simultaneous probes of the same key would mislead each other.
        let now = executor.evaluation.clock.now().as_nanosecond();
        let name = format!("{run}-{}-{now}", executor.process.pid);
        let scratch = ObjectKey::new(format!("{}/probe/{name}", layout::STATE));
        let scratch = scratch.map_err(DataError::from)?;
        let guards = probe_guards(opened.as_ref(), &scratch)
            .await
            .map_err(DataError::from)?;
        if !guards.all() {
            return Err(RunError::Unguarded {
                bucket: opened.to_string(),
            });
        }
    }
    Ok(())
}

/// The buckets that a plan may change.
fn stores(executor: &Executor, plan: &RunPlan) -> Vec<PlaceStore> {
    let mut buckets: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (_, assessed) in plan.to_change() {
        let objects = assessed
            .seen
            .pictures
            .iter()
            .filter_map(|picture| picture.object.as_deref());
        for text in objects {
            if let Ok(url) = ObjectUrl::parse(text, &executor.data.endpoints) {
                buckets.entry(url.bucket).or_insert(url.region);
            }
        }
    }
    if plan.totals.to_generate > 0
        && let Some(destination) = &plan.settings.destination
    {
        let region = destination.region.clone();
        buckets.entry(destination.bucket.clone()).or_insert(region);
    }
    let mut stores: Vec<PlaceStore> = buckets
        .into_iter()
        .map(|(name, region)| PlaceStore::Bucket { name, region })
        .collect();
    if executor.data.in_bucket.is_some() {
        stores.push(PlaceStore::Data);
    }
    stores
}
