//! The client for Replicate's HTTP API.

mod account;
mod collect;
mod connection;
mod failure;
mod find;
mod generator;
mod order;
mod response;

pub use connection::{ReplicateClient, ReplicateSetupError};
