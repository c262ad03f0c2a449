//! What must hold for a data set while no run is at work.

use crate::crashing_store::{bucket_of, has_extension, is_generated, snapshot};
use crate::world::{Behaviour, World};
use bytes::Bytes;
use execution::Executor;
use journal::run::record::{Record, Step};
use journal::run::state::{ActorState, OrderState};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use storage::{ObjectRead as _, sha256};
use tdbal_types::{ActorId, Digest, RunId};

/// Asserts that manifests, folder and bucket of an actor have the same pictures with the same bytes.
/// `foreign` are files that a person put into the folder without an entry.
pub(crate) async fn assert_consistent(world: &World, actor: &str, foreign: &BTreeSet<String>) {
    let manifest = world.manifest(actor).await;
    let images = manifest["images"].as_object().unwrap();
    let entries: BTreeSet<String> = images.keys().cloned().collect();
    assert_eq!(manifest["total_images"], entries.len(), "{actor}");
    let folder: BTreeSet<String> = world.files(actor).await.into_iter().collect();
    let lost: Vec<_> = entries.difference(&folder).collect();
    assert!(lost.is_empty(), "{actor}: entries without a file: {lost:?}");
    let unknown: Vec<_> = folder
        .difference(&entries)
        .filter(|name| !foreign.contains(*name))
        .collect();
    assert!(
        unknown.is_empty(),
        "{actor}: files without an entry: {unknown:?}"
    );

    let bucket = bucket_of(world);
    let prefix = format!("pictures/{actor}");
    let listed = bucket.list(&prefix).await.unwrap();
    let objects: BTreeSet<String> = listed
        .iter()
        .map(|meta| format!("s3://{}/{}", crate::crashing_store::BUCKET, meta.key))
        .collect();
    let addresses: BTreeSet<String> = images
        .values()
        .filter_map(|entry| entry["s3_url"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(objects, addresses, "{actor}: bucket and manifest");
    for meta in listed {
        let name = meta.key.file_name();
        let object = bucket.get(&meta.key, u64::MAX).await.unwrap().bytes;
        let local = world
            .get(&format!("actors/{actor}/training_data/{name}"))
            .await;
        assert_eq!(
            Some(object),
            local,
            "{actor}: {name} differs between folder and bucket"
        );
    }
    assert_actor_manifest(world, actor, &entries).await;
}

async fn assert_actor_manifest(world: &World, actor: &str, entries: &BTreeSet<String>) {
    let id = actor.split('_').next().unwrap();
    let key = format!("actor_manifests/{id}_manifest.json");
    let manifest: Value = serde_json::from_slice(&world.get(&key).await.unwrap()).unwrap();
    let listed = manifest["training_data"].as_array().unwrap();
    let names: BTreeSet<String> = listed
        .iter()
        .map(|entry| entry["filename"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(listed.len(), names.len(), "{actor}: listed twice");
    assert_eq!(names, *entries, "{actor}: actor manifest");
    let count = &manifest["statistics"]["training_images_count"];
    assert_eq!(*count, names.len(), "{actor}: statistics");
}

/// Records of every journal, with its run and actor.
pub(crate) async fn journals(executor: &Executor) -> Vec<(RunId, ActorId, Vec<Record>)> {
    let journals = executor.data.journals.as_ref();
    let mut all = Vec::new();
    for run in journals.runs().await.unwrap() {
        for actor in journals.actors(&run).await.unwrap() {
            let records = journal::run::read_records(journals, &run, &actor)
                .await
                .unwrap();
            all.push((run.clone(), actor, records));
        }
    }
    all
}

/// Asserts that every order the generator took is stored or recorded as failed, and that no record
/// claims more.
pub(crate) async fn assert_orders_accounted_for(world: &World, executor: &Executor) {
    let (mut stored, mut failed) = (0, 0);
    for (run, actor, records) in journals(executor).await {
        let state = ActorState::of(&records);
        for (order, reported) in &state.orders {
            if let OrderState::Paid(paid) = &reported.state {
                let kept = paid.file.as_ref();
                assert!(
                    kept.is_some_and(|file| file.stored.is_some() || file.trashed.is_some()),
                    "{order} of {actor} in {run} is paid for and not stored: {paid:?}"
                );
                stored += 1;
            }
            assert_ne!(
                reported.state,
                OrderState::Unknown,
                "{order} of {actor} in {run} is still unknown"
            );
        }
        failed += records
            .iter()
            .filter(|record| {
                let step = &record.step;
                matches!(step, Step::OrderFailed { prediction, .. } if prediction.is_some())
            })
            .count();
    }
    let ordered = world.generator.waiting.lock().unwrap();
    let taken = ordered
        .values()
        .filter(|(_, behaviour, _)| *behaviour != Behaviour::NeverTaken)
        .count();
    assert_eq!(stored + failed, taken, "{stored} stored, {failed} failed");
}

/// Number of committed changes per actor.
pub(crate) async fn commits(executor: &Executor) -> BTreeMap<ActorId, usize> {
    let mut commits = BTreeMap::new();
    for (_, actor, records) in journals(executor).await {
        let committed = records
            .iter()
            .filter(|record| matches!(record.step, Step::Committed { .. }))
            .count();
        *commits.entry(actor).or_default() += committed;
    }
    commits
}

/// All pictures in sets and in the trash: key and bytes.
pub(crate) async fn pictures_of(world: &World) -> BTreeMap<String, Bytes> {
    let mut all = snapshot(world).await;
    all.retain(|key, _| {
        let is_picture = has_extension(key, "png") || is_generated(key);
        is_picture && !key.contains("/base_image/")
    });
    all
}

/// Digests of pictures.
pub(crate) fn digests<'a>(pictures: impl IntoIterator<Item = &'a Bytes>) -> BTreeSet<Digest> {
    pictures.into_iter().map(|bytes| sha256(bytes)).collect()
}
