//! What a data set holds: its actors, their pictures, what the manifests say about the pictures, and
//! what people say about them.
//!
//! An *actor* is a character that a LoRA (a small add-on to an image model) is trained on. Its *set*
//! is the pictures that the training manifest lists and those in its folder. Everything here reads
//! through a [`DataReader`], which is built from read-only stores; only [`people`] and [`census`]
//! write, to the journals that the caller passes in.
//!
//! ```
//! use dataset::{DataReader, discover, set};
//! use journal::FolderJournals;
//! use std::sync::Arc;
//! use storage::{LocalStore, ReadOnly};
//!
//! # #[derive(Debug)]
//! # struct NoBuckets;
//! # #[async_trait::async_trait]
//! # impl storage::ObjectReaders for NoBuckets {
//! #     async fn bucket(
//! #         &self,
//! #         name: &str,
//! #         _region: Option<&str>,
//! #     ) -> Result<Arc<dyn storage::ObjectRead>, storage::StoreError> {
//! #         Ok(Arc::new(storage::MemoryStore::new(name)))
//! #     }
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let temporary = tempfile::tempdir()?;
//! # let folder = temporary.path();
//! # let pictures = folder.join("actors/0004_asian_25_female/training_data");
//! # std::fs::create_dir_all(&pictures)?;
//! # std::fs::write(pictures.join("0004_asian_25_female_1.png"), b"not decoded here")?;
//! let data = DataReader::new(
//!     Arc::new(ReadOnly::new(LocalStore::new(folder))),
//!     Arc::new(NoBuckets), // opens the buckets that manifests point into
//!     Arc::new(FolderJournals::new(folder.join(".tdbal"))),
//! );
//! for (actor, files) in &discover(&data).await?.actors {
//!     let set = set::load(&data, actor, files, "2026-11-22T11:06:50.000000").await?;
//!     println!("{actor}: {} pictures", set.pictures.len());
//!     for drift in &set.drift {
//!         println!("warning: {drift}");
//!     }
//! #   assert_eq!(set.pictures.len(), 1);
//! #   assert_eq!(set.drift.len(), 1);
//! }
//! # Ok(())
//! # }
//! ```

pub mod census;
pub mod destination;
pub mod discovery;
pub mod drift;
pub mod error;
pub mod folder;
pub mod layout;
pub mod people;
pub mod set;
pub mod stats;

pub use discovery::{ActorFiles, Discovery, discover};
pub use error::DataError;
pub use folder::DataReader;
pub use set::{ActorSet, SetPicture};
