//! The flags of the commands that make, show and carry out plans, and of those that bear on them.

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
    /// Which actors.
    #[command(flatten)]
    pub(crate) actors: ActorArgs,
    /// Where the plan goes; - for standard output [default: plan.json in the output folder]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Whether what was done before counts.
    #[command(flatten)]
    pub(crate) resume: ResumeFlags,
    /// What judges pictures, and what is to make new ones.
    #[command(flatten)]
    pub(crate) services: ServiceArgs,
    /// How often and how closely it is looked.
    #[command(flatten)]
    pub(crate) look: LookArgs,
    /// How to decide.
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// What the exit status tells.
    #[command(flatten)]
    pub(crate) exit: ExitArgs,
    /// Where everything is.
    #[command(flatten)]
    pub(crate) common: CommonArgs,
    /// What looking may cost.
    #[command(flatten)]
    pub(crate) budget: BudgetArgs,
    /// What may be believed.
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
}

/// The flags of `tdbal show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The plan; - for standard input
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// Print the plan as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The flags of what carries a plan out.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct CarryOutArgs {
    /// What looks at new pictures, and what makes them.
    #[command(flatten)]
    pub(crate) services: ServiceArgs,
    /// Where everything is.
    #[command(flatten)]
    pub(crate) common: CommonArgs,
    /// What it may do.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// What it may do that is not done otherwise.
    #[command(flatten)]
    pub(crate) execution: ExecutionArgs,
}

/// The flags of `tdbal apply`.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// The plan; - for standard input
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PathBuf,
    /// How it is carried out.
    #[command(flatten)]
    pub(crate) carry_out: CarryOutArgs,
}

/// The flags of `tdbal resume`.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// The run to finish [default: all that are unfinished, the oldest first]
    #[arg(value_name = "RUN", value_parser = run_id)]
    pub(crate) run: Option<RunId>,
    /// How it is carried out.
    #[command(flatten)]
    pub(crate) carry_out: CarryOutArgs,
}

/// The flags of `tdbal keep`.
#[derive(Debug, Args)]
pub(crate) struct KeepArgs {
    /// Pictures: paths in the data folder, ACTOR/FILE, or a file name that only one actor has
    #[arg(value_name = "FILE", required_unless_present = "list")]
    pub(crate) files: Vec<String>,
    /// List what is marked
    #[arg(long, conflicts_with = "files")]
    pub(crate) list: bool,
    /// Where the marks are.
    #[command(flatten)]
    pub(crate) place: MarksArgs,
}

/// The flags of `tdbal unkeep`.
#[derive(Debug, Args)]
pub(crate) struct UnkeepArgs {
    /// Marked pictures, named as for tdbal keep
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<String>,
    /// Where the marks are.
    #[command(flatten)]
    pub(crate) place: MarksArgs,
}

/// Where marks are, and how they are told.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct MarksArgs {
    /// The data: a folder, or s3://bucket/prefix
    #[arg(long, value_name = "PATH|S3-URL")]
    pub(crate) data_dir: Option<String>,
    /// Print the marks as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn run_id(text: &str) -> Result<RunId, String> {
    RunId::new(text).map_err(|error| error.to_string())
}
