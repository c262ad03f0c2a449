//! The flags of `tdbal doctor`.

use super::ServiceArgs;
use clap::Args;
use std::path::PathBuf;

/// The flags of `tdbal doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Mend what can be mended without taking a picture away
    #[arg(long)]
    pub(crate) fix: bool,
    /// Read and compare every picture
    #[arg(long)]
    pub(crate) deep: bool,
    /// Ask no service and no bucket
    #[arg(long)]
    pub(crate) offline: bool,
    /// Look only at this actor: its id or whole name; can be given more than once
    #[arg(long, value_name = "ID")]
    pub(crate) actor_id: Vec<String>,
    /// What judges and what makes pictures.
    #[command(flatten)]
    pub(crate) services: ServiceArgs,
    /// The data: a folder, or s3://bucket/prefix
    #[arg(long, value_name = "PATH|S3-URL")]
    pub(crate) data_dir: Option<String>,
    /// Where results go
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Mend data in a bucket that does not honour conditional writes
    #[arg(long)]
    pub(crate) allow_unguarded_bucket: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
