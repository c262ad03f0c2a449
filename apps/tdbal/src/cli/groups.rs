//! Flags that several commands share.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;
use tdbal_types::{ImageClass, Quality, Target, Tolerance, Usd};
use verdict::{LookPolicy, Votes};

/// The choice of actors.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct ActorArgs {
    /// Process this actor, by id (0004) or full name; repeatable
    #[arg(long, value_name = "ID")]
    pub(crate) actor_id: Vec<String>,
    /// Process all actors
    #[arg(long, conflicts_with = "actor_id")]
    pub(crate) all: bool,
}

impl ActorArgs {
    /// Whether any actor was chosen.
    pub(crate) fn is_given(&self) -> bool {
        self.all || !self.actor_id.is_empty()
    }
}

/// Whether earlier progress counts.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct ResumeFlags {
    /// Resume an unfinished run (default)
    #[arg(long, conflicts_with = "no_resume")]
    pub(crate) resume: bool,
    /// Start over, ignoring earlier progress
    #[arg(long)]
    pub(crate) no_resume: bool,
}

/// The services that judge and generate pictures.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Services")]
pub(crate) struct ServiceArgs {
    /// Judge of pictures: openai, or replay:DIR for recorded replies
    #[arg(long, value_name = "NAME")]
    pub(crate) evaluator: Option<String>,
    /// Generator of pictures: replicate, or replay:DIR for recorded pictures
    #[arg(long, value_name = "NAME")]
    pub(crate) generator: Option<String>,
    /// Name of the vision model
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Record every exchange with the vision model in this folder, without secrets, for replay:DIR
    #[arg(long, value_name = "DIR")]
    pub(crate) record: Option<PathBuf>,
}

/// How often and how closely pictures are judged.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Judging")]
pub(crate) struct LookArgs {
    /// Number of differently ordered sheets each picture appears on: 1 to 9, or auto (two, and a third
    /// if they disagree)
    #[arg(long, value_name = "N")]
    pub(crate) votes: Option<Votes>,
    /// Pictures to judge one by one too: auto (removals and uncertain ones), sheet (none), close (all)
    #[arg(long, value_name = "HOW", value_parser = look_policy(), hide_possible_values = true)]
    pub(crate) look: Option<LookPolicy>,
    /// Ask the model again, ignoring cached answers
    #[arg(long)]
    pub(crate) fresh: bool,
}

/// The rules that decide what to change.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Balancing")]
pub(crate) struct PolicyArgs {
    /// Only remove surplus pictures
    #[arg(long, conflicts_with = "generate_only")]
    pub(crate) delete_only: bool,
    /// Only generate missing pictures
    #[arg(long)]
    pub(crate) generate_only: bool,
    /// Target size and class shares in percent: total=20,photorealistic=65,bw_stylized=20,...
    #[arg(long, value_name = "TARGET")]
    pub(crate) target: Option<Target>,
    /// Maximum deviation of a class from its share, in percentage points
    #[arg(long, value_name = "POINTS")]
    pub(crate) tolerance: Option<Tolerance>,
    /// Bring sets to the exact target even if they are within the tolerance
    #[arg(long)]
    pub(crate) exact: bool,
    /// Remove files that cannot be decoded
    #[arg(long)]
    pub(crate) remove_unreadable: bool,
    /// Replace pictures whose quality is certainly below N, from 1 to 10
    #[arg(long, value_name = "N", value_parser = quality)]
    pub(crate) min_quality: Option<Quality>,
    /// Maximum pictures to replace per actor because of quality [default: 5]
    #[arg(long, value_name = "N")]
    pub(crate) max_replace: Option<usize>,
    /// Maximum attempts per picture, each with a new prompt [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) attempts: Option<u8>,
}

/// The budget of a run.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct BudgetArgs {
    /// Maximum total cost of evaluation and generation, in dollars
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub(crate) budget: Option<Usd>,
}

/// Limits on the changes of a run.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Maximum pictures to remove in total
    #[arg(long, value_name = "N")]
    pub(crate) max_delete: Option<usize>,
    /// Maximum pictures to remove per actor
    #[arg(long, value_name = "N")]
    pub(crate) max_delete_per_actor: Option<usize>,
    /// Maximum share of an actor's pictures to remove, in percent [default: 50]
    #[arg(long, value_name = "P", value_parser = percent)]
    pub(crate) max_delete_percent: Option<f64>,
    /// Minimum pictures each actor keeps, not counting new ones
    #[arg(long, value_name = "N")]
    pub(crate) min_keep: Option<usize>,
    /// Maximum pictures to generate
    #[arg(long, value_name = "N")]
    pub(crate) max_generate: Option<usize>,
    #[command(flatten)]
    pub(crate) budget: BudgetArgs,
}

/// Whether a suspicious listing of the actors is accepted.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct ListingArgs {
    /// Continue even if more than half of the actors are gone since the last run
    #[arg(long)]
    pub(crate) allow_shrunk_listing: bool,
}

/// Risky actions that need permission.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct ExecutionArgs {
    /// Change data even in a bucket without conditional writes; no other run may be active
    #[arg(long)]
    pub(crate) allow_unguarded_bucket: bool,
    /// Order a picture again if it is unknown whether it was already ordered and charged
    #[arg(long)]
    pub(crate) accept_double_charge: bool,
}

/// The meaning of the exit status.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = None::<&'static str>)]
pub(crate) struct ExitArgs {
    /// Exit with status 5 instead of 0 if there are changes to make
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

/// Where the data and the results are, and how much is printed.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = None::<&'static str>)]
pub(crate) struct CommonArgs {
    /// Folder or s3://BUCKET/PREFIX with the data
    #[arg(long, value_name = "PATH|S3-URL")]
    pub(crate) data_dir: Option<String>,
    /// Folder for sheets, evaluations, progress and the audit trail
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Number of actors to process in parallel
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the log; -vv prints debug messages too
    #[arg(short, long, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Print only results and errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Parses a look policy. An unknown value lists the valid ones and suggests the nearest.
pub(super) fn look_policy() -> impl TypedValueParser<Value = LookPolicy> {
    let all = [LookPolicy::Auto, LookPolicy::Sheet, LookPolicy::Close];
    PossibleValuesParser::new(all.map(LookPolicy::as_str))
        .try_map(|text| text.parse::<LookPolicy>())
}

/// Parses a class. An unknown value lists the valid ones and suggests the nearest.
pub(super) fn image_class() -> impl TypedValueParser<Value = ImageClass> {
    PossibleValuesParser::new(ImageClass::ALL.map(ImageClass::as_str))
        .try_map(|text| text.parse::<ImageClass>())
}

/// Parses an amount in dollars.
fn dollars(text: &str) -> Result<Usd, String> {
    let amount: Option<f64> = text.parse().ok();
    amount
        .filter(|amount| amount.is_finite() && *amount >= 0.0)
        .map(Usd::from_dollars)
        .ok_or_else(|| "expected an amount in dollars, such as 2.50".to_owned())
}

/// Parses a quality.
pub(super) fn quality(text: &str) -> Result<Quality, String> {
    let quality: Option<i64> = text.parse().ok();
    quality
        .and_then(|quality| Quality::new(quality).ok())
        .ok_or_else(|| "expected a whole number from 1 to 10".to_owned())
}

/// Parses a percentage.
fn percent(text: &str) -> Result<f64, String> {
    let percent: Option<f64> = text.parse().ok();
    percent
        .filter(|percent| (0.0..=100.0).contains(percent))
        .ok_or_else(|| "expected a number from 0 to 100".to_owned())
}
