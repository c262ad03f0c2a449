//! Runs the same code on a folder and in memory: creates an object only if it is new, updates only
//! the version that was read, and counts the calls.
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
        "  an update of an old version: {}",
        problem(late.map(|_| ()))?
    );

    let counting = Counting::new(MemoryStore::new("counted"));
    counting
        .put(&key, Bytes::from_static(b"{}"), PutMode::Overwrite)
        .await?;
    counting.get(&key, 1024).await?;
    println!("  calls counted: {:?}", counting.counts());
    Ok(())
}

/// Returns the message of a conflict. Any other result is an error in this example.
fn problem(result: Result<(), storage::StoreError>) -> Result<String, Box<dyn Error>> {
    match result {
        Err(error) if error.is_conflict() => Ok(error.to_string()),
        Err(error) => Err(error.into()),
        Ok(()) => Err("this write should have been refused".into()),
    }
}
