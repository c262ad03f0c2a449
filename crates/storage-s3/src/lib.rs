//! [`ObjectStore`](storage::ObjectStore) on Amazon S3 and S3-compatible servers.
//!
//! [`S3Store`] takes a configured client: endpoint, region, credentials, proxies and checksums are
//! settings of that client. This crate does not read the environment.

mod content_type;
mod delete;
mod failure;
mod object_store;
mod read;
mod region;
mod store;
mod versioning;
mod write;

pub use failure::{Answer, CutOff, TooSlow, WrongRegion};
pub use region::bucket_region;
pub use store::{S3Options, S3Store};
pub use versioning::{Versioning, bucket_versioning};
