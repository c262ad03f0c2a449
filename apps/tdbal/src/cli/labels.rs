//! The flags of the commands by which a person says what pictures are.

use super::groups::quality;
use clap::Args;
use std::path::PathBuf;
use tdbal_types::{ImageClass, Quality};

/// The flags of `tdbal label`.
#[derive(Debug, Args)]
pub(crate) struct LabelArgs {
    /// A picture: a path in the data folder, ACTOR/FILE, or a file name that only one actor has
    #[arg(value_name = "FILE", required_unless_present = "list")]
    pub(crate) file: Option<String>,
    /// What it is: photorealistic, bw_stylized or color_stylized
    #[arg(value_name = "CLASS", required_unless_present_any = ["list", "forget"])]
    pub(crate) class: Option<ImageClass>,
    /// How good it is, from 1 to 10
    #[arg(long, value_name = "N", value_parser = quality, requires = "class")]
    pub(crate) quality: Option<Quality>,
    /// Take back everything that was said of the picture
    #[arg(long, conflicts_with_all = ["class", "quality", "list"])]
    pub(crate) forget: bool,
    /// List what was said
    #[arg(long, conflicts_with_all = ["file", "class"])]
    pub(crate) list: bool,
    /// The data: a folder, or s3://bucket/prefix
    #[arg(long, value_name = "PATH|S3-URL")]
    pub(crate) data_dir: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The flags of `tdbal review`.
#[derive(Debug, Args)]
pub(crate) struct ReviewArgs {
    /// Only of this actor: its id (0004) or whole name; can be given more than once
    #[arg(long, value_name = "ID")]
    pub(crate) actor_id: Vec<String>,
    /// The data: a folder, or s3://bucket/prefix
    #[arg(long, value_name = "PATH|S3-URL")]
    pub(crate) data_dir: Option<String>,
    /// Where the evaluations are
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
}
