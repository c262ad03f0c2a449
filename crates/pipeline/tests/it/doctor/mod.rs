//! The doctor: what it finds, and what it fixes.

mod crash;
mod findings;
mod fixes;
mod left_behind;
mod services;

use crate::world::{ACTOR, World, pictures, png};
use doctor::{Depth, Diagnosis, Finding, FixPlan, FixReport, Scope};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use storage::{Condition, ObjectKey, ObjectStore as _, ObjectStores as _, PutMode};
use tdbal_types::{ImageClass, RunId};
use tokio_util::sync::CancellationToken;

const FOLDER: &str = "actors/9001_test/training_data";
const OBJECTS: &str = "system_actors/training_data/9001_test";
const URL: &str = "https://bucket.s3.us-west-1.amazonaws.com/system_actors/training_data/9001_test";
const DEEP: Depth = Depth {
    deep: true,
    offline: false,
};

fn run(name: &str) -> RunId {
    RunId::new(name).unwrap()
}

async fn put_object(world: &World, key: &str, bytes: Vec<u8>) {
    let bucket = world.buckets.bucket("bucket", None).await.unwrap();
    let key = ObjectKey::new(key).unwrap();
    let put = bucket.put(&key, bytes.into(), PutMode::Overwrite);
    put.await.unwrap();
}

async fn delete_object(world: &World, key: &str) {
    let bucket = world.buckets.bucket("bucket", None).await.unwrap();
    let key = ObjectKey::new(key).unwrap();
    bucket.delete(&key, Condition::Always).await.unwrap();
}

async fn delete_file(world: &World, key: &str) {
    let key = ObjectKey::new(key).unwrap();
    world.data.delete(&key, Condition::Always).await.unwrap();
}

/// Changes the training manifest.
async fn edit(world: &World, change: impl FnOnce(&mut Value)) {
    let mut manifest = world.manifest(ACTOR).await;
    change(&mut manifest);
    let key = format!("{FOLDER}/manifest.json");
    world.put(&key, manifest.to_string()).await;
}

/// Changes the actor manifest.
async fn edit_actor_manifest(world: &World, change: impl FnOnce(&mut Value)) {
    let key = "actor_manifests/9001_manifest.json";
    let mut manifest: Value = serde_json::from_slice(&world.get(key).await.unwrap()).unwrap();
    change(&mut manifest);
    world.put(key, manifest.to_string()).await;
}

/// Adds an actor whose pictures are in the folder and in a bucket, without any problem.
async fn add_healthy_actor(world: &World) {
    let set = pictures(ACTOR, [2, 1, 1], &[]);
    world.actor(ACTOR, &set).await;
    for (name, bytes) in &set {
        put_object(world, &format!("{OBJECTS}/{name}"), bytes.clone()).await;
    }
    edit(world, |manifest| {
        for (name, _) in &set {
            manifest["images"][name]["s3_url"] = json!(format!("{URL}/{name}"));
        }
    })
    .await;
}

async fn healthy_world() -> World {
    let world = World::new();
    add_healthy_actor(&world).await;
    world
}

/// A picture that does not belong to the set.
fn other_picture(salt: u32) -> Vec<u8> {
    png(ImageClass::Photorealistic, 6, 500 + salt)
}

async fn examine(world: &World, depth: Depth) -> Diagnosis {
    let executor = world.executor();
    let discovery = dataset::discover(&executor.data.reader()).await.unwrap();
    examine_these(&executor, &discovery, None, depth).await
}

async fn examine_these(
    executor: &execution::Executor,
    discovery: &dataset::Discovery,
    only: Option<&BTreeSet<tdbal_types::ActorId>>,
    depth: Depth,
) -> Diagnosis {
    let scope = Scope {
        discovery,
        only,
        buckets: &doctor::named_buckets(executor, discovery, only).await,
        depth,
    };
    doctor::examine(executor, scope).await
}

fn kind(finding: &Finding) -> String {
    let reported = serde_json::to_value(finding).unwrap();
    reported["details"]["kind"].as_str().unwrap().to_owned()
}

fn kinds(diagnosis: &Diagnosis) -> Vec<String> {
    diagnosis.findings.iter().map(kind).collect()
}

fn plan(diagnosis: &Diagnosis, run_id: &str) -> FixPlan {
    diagnosis.fix_plan(run(run_id), "2026-11-22T12:00:00.000000".into())
}

async fn fix(world: &World, plan: &FixPlan) -> FixReport {
    let cancel = CancellationToken::new();
    let fixed = doctor::fix(&world.executor(), plan, &cancel).await;
    fixed.unwrap()
}

/// Causes every fixable problem at once: a file without an entry whose object exists, one whose name
/// has no number, a missing local copy, a double entry, a double listing and a wrong total.
async fn damage(world: &World) {
    let orphan = other_picture(1);
    world
        .put(&format!("{FOLDER}/9001_test_9.png"), orphan.clone())
        .await;
    put_object(world, &format!("{OBJECTS}/9001_test_9.png"), orphan).await;
    world
        .put(&format!("{FOLDER}/extra.png"), other_picture(2))
        .await;
    delete_file(world, &format!("{FOLDER}/9001_test_2.png")).await;
    edit(world, |manifest| {
        manifest["images"]["copy.png"] = json!({
            "index": 7, "s3_url": format!("{URL}/9001_test_3.png"), "stars": 4,
        });
        manifest["total_images"] = json!(99);
    })
    .await;
    edit_actor_manifest(world, |manifest| {
        let first = manifest["training_data"][0].clone();
        manifest["training_data"]
            .as_array_mut()
            .unwrap()
            .push(first);
    })
    .await;
}

/// Names and bytes of all files and objects, without the state folder of tdbal.
async fn snapshot(world: &World) -> BTreeSet<(String, Vec<u8>)> {
    let bucket = world.buckets.bucket("bucket", None).await.unwrap();
    let mut all = BTreeSet::new();
    for meta in bucket.list("").await.unwrap() {
        let object = bucket.get(&meta.key, u64::MAX).await.unwrap();
        all.insert((format!("s3:{}", meta.key), object.bytes.to_vec()));
    }
    for key in world.keys("").await {
        let bytes = world.get(&key).await.unwrap();
        all.insert((key, bytes.to_vec()));
    }
    all.retain(|(key, _)| !key.contains(".tdbal/"));
    all
}
