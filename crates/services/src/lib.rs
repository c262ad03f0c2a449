//! Clients of OpenAI, Replicate and S3, made from plain values and returned behind boxed traits.
//!
//! This crate does not read the environment: keys, addresses and the AWS configuration are passed
//! in. It exists for the build: the compiler translates the vendors' generic clients where a type is
//! turned into a trait object. Here that happens once, beside the rest of the workspace; a crate that
//! only holds the trait objects compiles none of it.
//!
//! The constructors are `#[inline(never)]`, because the compiler may otherwise translate a small
//! function, and all that it refers to, in the crate that calls it.

mod buckets;
mod generator;
mod http;
mod vision;

pub use buckets::{BucketService, s3};
pub use generator::{GeneratorService, Replicate, ReplicateError};
pub use http::HttpSetupError;
pub use vision::{OpenAiServer, VisionService};

pub use replicate_gen::PollSettings;
pub use storage_s3::Versioning;
