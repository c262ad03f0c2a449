//! The same code on a folder and in memory: write once, change only what was read, count the calls.
#![allow(clippy::print_stdout, reason = "an example")]

use bytes::Bytes;
use std::error::Error;
use std::sync::Arc;
use storage::{
    Counting, LocalStore, MemoryStore, ObjectKey, ObjectRead as _, ObjectStore, PutMode,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let stores: [Arc<dyn ObjectStore>; 2] = [
        Arc::new(LocalStore::new(folder.path())),
        Arc::new(MemoryStore::new("example")),
    ];
    for store in stores {
        println!("{store}");
        try_out(store).await?;
    }
    Ok(())
}

async fn try_out(store: Arc<dyn ObjectStore>) -> Result<(), Box<dyn Error>> {
    let key = ObjectKey::new("actors/0004/training_data/manifest.json")?;
    let first = store
        .put(&key, Bytes::from_static(b"{}"), PutMode::Create)
        .await?;
    let again = store
        .put(&key, Bytes::from_static(b"lost"), PutMode::Create)
        .await;
    println!("  a second create: {}", problem(again.map(|_| ()))?);

    let change = PutMode::Update(first.clone());
    store.put(&key, Bytes::from_static(b"{ }"), change).await?;
    let late = PutMode::Update(first);
    let late = store.put(&key, Bytes::from_static(b"late"), late).await;
    println!(
        "  a change of an old version: {}",
        problem(late.map(|_| ()))?
    );

    let counting = Counting::new(MemoryStore::new("counted"));
    counting
        .put(&key, Bytes::from_static(b"{}"), PutMode::Overwrite)
        .await?;
    counting.get(&key, 1024).await?;
    println!("  counted: {:?}", counting.counts());
    Ok(())
}

/// The message of a conflict; anything else is not what this example is about.
fn problem(result: Result<(), storage::StoreError>) -> Result<String, Box<dyn Error>> {
    match result {
        Err(error) if error.is_conflict() => Ok(error.to_string()),
        Err(error) => Err(error.into()),
        Ok(()) => Err("this write should have been refused".into()),
    }
}
