//! What a data set holds: which actors there are, which pictures each has, what its manifests say,
//! and what people said of the pictures.
//!
//! Everything here reads through a [`DataReader`], which is built from read-only stores. What people
//! say is written with the journals that the caller hands in.

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
