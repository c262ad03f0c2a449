//! The flags of `tdbal doctor`.

use super::ServiceArgs;
use clap::Args;
use std::path::PathBuf;

/// The flags of `tdbal doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Fix what can be fixed without removing a picture
    #[arg(long)]
    pub(crate) fix: bool,
    /// Read and compare every picture, not only sizes
    #[arg(long)]
    pub(crate) deep: bool,
    /// Do not contact services or buckets
    #[arg(long)]
    pub(crate) offline: bool,
    /// Check only this actor, by id (0004) or full name; repeatable
    #[arg(long, value_name = "ID")]
    pub(crate) actor_id: Vec<String>,
    /// Folder or s3://BUCKET/PREFIX with the data
    #[arg(long, value_name = "PATH|S3-URL")]
    pub(crate) data_dir: Option<String>,
    /// Folder for results
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Fix data even in a bucket without conditional writes; no other run may be active
    #[arg(long)]
    pub(crate) allow_unguarded_bucket: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) services: ServiceArgs,
}
