//! Clients of OpenAI, Replicate and S3, made from plain values and returned behind boxed traits.
//!
//! This crate does not read the environment: keys, addresses and the AWS configuration are passed
//! in. It exists for the build: the generic and asynchronous code of the vendors' clients is compiled
//! here, beside the rest of the workspace, and a crate that only holds the trait objects compiles none
//! of it. The constructors are `#[inline(never)]` because the compiler may otherwise compile small
//! functions, and what they refer to, in the crate that calls them.

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
