//! Replicate's API.

mod account;
mod collect;
mod connection;
mod failure;
mod find;
mod generator;
mod order;
mod reply;

pub use connection::{ReplicateClient, ReplicateSetupError};
