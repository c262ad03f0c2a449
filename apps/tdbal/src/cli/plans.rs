//! The flags of `plan`, `show`, `apply`, `resume`, `keep` and `unkeep`.

use super::groups::{
    ActorArgs, BudgetArgs, CommonArgs, ExecutionArgs, ExitArgs, LimitArgs, ListingArgs, LookArgs,
    PolicyArgs, ResumeFlags, ServiceArgs,
};
use clap::Args;
use std::path::PathBuf;
use tdbal_types::RunId;

/// The flags of `tdbal plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) actors: ActorArgs,
    /// File for the plan; - is standard output [default: plan.json in the output folder]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) resume: ResumeFlags,
    #[command(flatten)]
    pub(crate) services: ServiceArgs,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    #[command(flatten)]
    pub(crate) exit: ExitArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
    #[command(flatten)]
    pub(crate) budget: BudgetArgs,
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
}

/// The flags of `tdbal show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Plan file; - is standard input
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// Print the plan as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The flags that `apply` and `resume` share.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct CarryOutArgs {
    #[command(flatten)]
    pub(crate) services: ServiceArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    #[command(flatten)]
    pub(crate) execution: ExecutionArgs,
}

/// The flags of `tdbal apply`.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// Plan file; - is standard input
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    #[command(flatten)]
    pub(crate) carry_out: CarryOutArgs,
}

/// The flags of `tdbal resume`.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// Run to finish [default: all unfinished runs, oldest first]
    #[arg(value_name = "RUN", value_parser = run_id)]
    pub(crate) run: Option<RunId>,
    #[command(flatten)]
    pub(crate) carry_out: CarryOutArgs,
}

/// The flags of `tdbal keep`.
#[derive(Debug, Args)]
pub(crate) struct KeepArgs {
    /// Pictures to keep: paths in the data folder, ACTOR/FILE, or unique file names
    #[arg(value_name = "FILE", required_unless_present = "list")]
    pub(crate) files: Vec<String>,
    /// List the pictures on the keep list
    #[arg(long, conflicts_with = "files")]
    pub(crate) list: bool,
    #[command(flatten)]
    pub(crate) place: MarksArgs,
}

/// The flags of `tdbal unkeep`.
#[derive(Debug, Args)]
pub(crate) struct UnkeepArgs {
    /// Pictures to take off the keep list, named as for `tdbal keep`
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<String>,
    #[command(flatten)]
    pub(crate) place: MarksArgs,
}

/// Where the keep list is, and the output format.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct MarksArgs {
    /// Folder or s3://BUCKET/PREFIX with the data
    #[arg(long, value_name = "PATH|S3-URL")]
    pub(crate) data_dir: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn run_id(text: &str) -> Result<RunId, String> {
    RunId::new(text).map_err(|error| error.to_string())
}
