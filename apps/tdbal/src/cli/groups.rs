//! Flags that several commands share.

use clap::Args;
use std::path::PathBuf;
use tdbal_types::{Quality, Target, Tolerance, Usd};
use verdict::{LookPolicy, Votes};

/// Which actors.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct ActorArgs {
    /// Process this actor: its id (0004) or whole name; can be given more than once
    #[arg(long, value_name = "ID")]
    pub(crate) actor_id: Vec<String>,
    /// Process all actors
    #[arg(long, conflicts_with = "actor_id")]
    pub(crate) all: bool,
}

impl ActorArgs {
    /// Whether any were asked for.
    pub(crate) fn is_given(&self) -> bool {
        self.all || !self.actor_id.is_empty()
    }
}

/// Whether what was done before counts.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct ResumeFlags {
    /// Go on with an unfinished run (the default)
    #[arg(long, conflicts_with = "no_resume")]
    pub(crate) resume: bool,
    /// Begin anew, whatever was done before
    #[arg(long)]
    pub(crate) no_resume: bool,
}

/// What judges and what makes pictures.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct ServiceArgs {
    /// What judges pictures: openai, or replay:DIR for recorded replies
    #[arg(long, value_name = "NAME")]
    pub(crate) evaluator: Option<String>,
    /// What makes pictures: replicate, or replay:DIR for recorded pictures
    #[arg(long, value_name = "NAME")]
    pub(crate) generator: Option<String>,
    /// The vision model
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Write every exchange with the vision model into this folder, without secrets; replay:DIR reads
    /// it
    #[arg(long, value_name = "DIR")]
    pub(crate) record: Option<PathBuf>,
}

/// How often and how closely pictures are looked at.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct LookArgs {
    /// How many sheets, each in another order, every picture is judged on: auto (two, and a third where
    /// they disagree), or a number
    #[arg(long, value_name = "N")]
    pub(crate) votes: Option<Votes>,
    /// Which pictures are judged alone as well: auto (what would be removed, and what is in doubt), sheet
    /// (none), or close (all)
    #[arg(long, value_name = "HOW")]
    pub(crate) look: Option<LookPolicy>,
    /// Ask anew what was answered in an earlier run
    #[arg(long)]
    pub(crate) fresh: bool,
}

/// How it is decided what to do with a set.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct PolicyArgs {
    /// Only remove what is too much
    #[arg(long, conflicts_with = "generate_only")]
    pub(crate) delete_only: bool,
    /// Only generate what is missing
    #[arg(long)]
    pub(crate) generate_only: bool,
    /// What a set should be: total=20,photorealistic=65,bw_stylized=20,color_stylized=15
    #[arg(long, value_name = "TARGET")]
    pub(crate) target: Option<Target>,
    /// How far a class may be from its share, in points of percentage
    #[arg(long, value_name = "POINTS")]
    pub(crate) tolerance: Option<Tolerance>,
    /// Bring sets within the tolerance to the target's exact counts as well
    #[arg(long)]
    pub(crate) exact: bool,
    /// Remove files that cannot be read
    #[arg(long)]
    pub(crate) remove_unreadable: bool,
    /// Replace pictures that are surely of lower quality than this, from 1 to 10
    #[arg(long, value_name = "N", value_parser = quality)]
    pub(crate) min_quality: Option<Quality>,
    /// Replace at most so many pictures of an actor for their quality [default: 5]
    #[arg(long, value_name = "N")]
    pub(crate) max_replace: Option<usize>,
    /// Order a picture at most so often, each time with another prompt, until it is what was asked for
    /// [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) attempts: Option<u8>,
}

/// What a run may cost.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct BudgetArgs {
    /// What evaluation and generation may cost together, in dollars
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub(crate) budget: Option<Usd>,
}

/// What a run may do to the data.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// How many pictures all actors may lose
    #[arg(long, value_name = "N")]
    pub(crate) max_delete: Option<usize>,
    /// How many pictures an actor may lose
    #[arg(long, value_name = "N")]
    pub(crate) max_delete_per_actor: Option<usize>,
    /// Which share of its pictures an actor may lose, in percent [default: 50]
    #[arg(long, value_name = "P", value_parser = percent)]
    pub(crate) max_delete_percent: Option<f64>,
    /// How many of its pictures an actor must keep
    #[arg(long, value_name = "N")]
    pub(crate) min_keep: Option<usize>,
    /// How many pictures may be generated
    #[arg(long, value_name = "N")]
    pub(crate) max_generate: Option<usize>,
    /// What the run may cost.
    #[command(flatten)]
    pub(crate) budget: BudgetArgs,
}

/// A listing that may be believed.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct ListingArgs {
    /// Believe a listing that lost more than half since the last run
    #[arg(long)]
    pub(crate) allow_shrunk_listing: bool,
}

/// What is not done without being allowed.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct ExecutionArgs {
    /// Change a bucket that does not honour conditional writes: no other run may be at work
    #[arg(long)]
    pub(crate) allow_unguarded_bucket: bool,
    /// Order a picture again although it cannot be known whether it was ordered before
    #[arg(long)]
    pub(crate) accept_double_charge: bool,
}

/// What the exit status tells.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct ExitArgs {
    /// Exit with 5 instead of 0 when there are changes to make
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

/// Where the data is, where results go, how much is said.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct CommonArgs {
    /// The data: a folder, or s3://bucket/prefix
    #[arg(long, value_name = "PATH|S3-URL")]
    pub(crate) data_dir: Option<String>,
    /// Where composites, evaluations, progress and the audit trail go
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// How many actors are worked on at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Say more; twice for everything
    #[arg(short, long, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Say only results and errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Reads an amount in dollars.
fn dollars(text: &str) -> Result<Usd, String> {
    let amount: Option<f64> = text.parse().ok();
    amount
        .filter(|amount| amount.is_finite() && *amount >= 0.0)
        .map(Usd::from_dollars)
        .ok_or_else(|| "expected dollars, 0 or more, such as 2.50".to_owned())
}

/// Reads a quality.
pub(super) fn quality(text: &str) -> Result<Quality, String> {
    let quality: Option<i64> = text.parse().ok();
    quality
        .and_then(|quality| Quality::new(quality).ok())
        .ok_or_else(|| "expected a whole number from 1 to 10".to_owned())
}

/// Reads a percentage.
fn percent(text: &str) -> Result<f64, String> {
    let percent: Option<f64> = text.parse().ok();
    percent
        .filter(|percent| (0.0..=100.0).contains(percent))
        .ok_or_else(|| "expected a number from 0 to 100".to_owned())
}
