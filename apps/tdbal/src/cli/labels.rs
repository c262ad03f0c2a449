//! The flags of `label` and `review`.

use super::groups::{image_class, quality};
use clap::Args;
use std::path::PathBuf;
use tdbal_types::{ImageClass, Quality};

/// The flags of `tdbal label`.
#[derive(Debug, Args)]
pub(crate) struct LabelArgs {
    /// Picture to label: a path in the data folder, ACTOR/FILE, or a unique file name
    #[arg(value_name = "FILE", required_unless_present = "list")]
    pub(crate) file: Option<String>,
    /// Class of the picture: photorealistic, bw_stylized or color_stylized
    #[arg(
        value_name = "CLASS",
        required_unless_present_any = ["list", "forget"],
        value_parser = image_class(),
        hide_possible_values = true
    )]
    pub(crate) class: Option<ImageClass>,
    /// Quality of the picture, from 1 to 10
    #[arg(long, value_name = "N", value_parser = quality, requires = "class")]
    pub(crate) quality: Option<Quality>,
    /// Remove all labels of the picture
    #[arg(long, conflicts_with_all = ["class", "quality", "list"])]
    pub(crate) forget: bool,
    /// List all labels
    #[arg(long, conflicts_with_all = ["file", "class"])]
    pub(crate) list: bool,
    /// Folder or s3://BUCKET/PREFIX with the data
    #[arg(long, value_name = "PATH|S3-URL")]
    pub(crate) data_dir: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The flags of `tdbal review`.
#[derive(Debug, Args)]
pub(crate) struct ReviewArgs {
    /// Review only this actor, by id (0004) or full name; repeatable
    #[arg(long, value_name = "ID")]
    pub(crate) actor_id: Vec<String>,
    /// Folder or s3://BUCKET/PREFIX with the data
    #[arg(long, value_name = "PATH|S3-URL")]
    pub(crate) data_dir: Option<String>,
    /// Folder with the evaluations
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
}
