//! Tests on moto, which imitates the conditions, errors and ETags of Amazon S3. They are skipped,
//! with a note, if moto is not installed.

use crate::fixture::{BUCKET, options};
use std::sync::Arc;
use storage::{ObjectStore, conformance};
use storage_s3::S3Store;
use test_support::s3_server::moto::{self, Moto};

async fn server() -> Option<(Moto, S3Store)> {
    let moto = moto::start().await?;
    moto.create_bucket(BUCKET).await;
    let store = S3Store::new(moto.client(), BUCKET, options());
    Some((moto, store))
}

#[tokio::test]
async fn moto_store_passes_the_conformance_suite() {
    let Some((_moto, store)) = server().await else {
        return;
    };
    let store = Arc::new(store);
    conformance::all(store.clone()).await;
    conformance::foreign_keys(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_writers_have_one_winner() {
    let Some((_moto, store)) = server().await else {
        return;
    };
    // moto ignores the condition of a copy, so only the s3s tests cover racing copies.
    let store: Arc<dyn ObjectStore> = Arc::new(store);
    conformance::racing_creators(&store).await;
    conformance::racing_updaters(&store).await;
}
