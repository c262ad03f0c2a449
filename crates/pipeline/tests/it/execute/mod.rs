//! What an execution does to files, objects and manifests.

mod orders;
mod refusals;
mod sets;

use crate::world::{ACTOR, Behaviour, Generator, LookingModel, World, pictures, png};
use async_trait::async_trait;
use results::audit::{AuditAction, Outcome};
use results::{ActorStatus, Mode};
use serde_json::json;
use std::sync::Arc;
use storage::{ObjectKey, ObjectRead as _, ObjectStore as _, ObjectStores as _, PutMode};
use tdbal_types::ImageClass;
use vision_eval::{Estimate, LookKind, ModelIdentity, Question, Reply, VisionError};

const URL: &str = "https://bucket.s3.us-west-1.amazonaws.com/system_actors/training_data/9001_test";

/// Gives every picture of the actor an object.
async fn with_objects(world: &World, set: &[(String, Vec<u8>)], keep_local: bool) {
    let bucket = world.buckets.bucket("bucket", None).await.unwrap();
    let mut manifest = world.manifest(ACTOR).await;
    for (name, bytes) in set {
        let key = format!("system_actors/training_data/{ACTOR}/{name}");
        let key = ObjectKey::new(key).unwrap();
        bucket
            .put(&key, bytes.clone().into(), PutMode::Create)
            .await
            .unwrap();
        manifest["images"][name]["s3_url"] = json!(format!("{URL}/{name}"));
        if !keep_local {
            let local = ObjectKey::new(format!("actors/{ACTOR}/training_data/{name}")).unwrap();
            world
                .data
                .delete(&local, storage::Condition::Always)
                .await
                .unwrap();
        }
    }
    world
        .put(
            &format!("actors/{ACTOR}/training_data/manifest.json"),
            manifest.to_string(),
        )
        .await;
}

async fn objects(world: &World, prefix: &str) -> Vec<String> {
    let bucket = world.buckets.bucket("bucket", None).await.unwrap();
    bucket
        .list(prefix)
        .await
        .unwrap()
        .into_iter()
        .map(|meta| meta.key.to_string())
        .collect()
}

/// Like [`with_objects`]; the local copies stay as they are.
async fn with_objects_of(world: &World, set: &[(String, Vec<u8>)]) {
    with_objects(world, set, true).await;
}
