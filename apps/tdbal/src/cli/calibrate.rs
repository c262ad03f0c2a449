//! The flags of `tdbal calibrate`.

use super::groups::{BudgetArgs, CommonArgs, ListingArgs, look_policy};
use clap::Args;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use verdict::{LookPolicy, Votes};

/// The flags of `tdbal calibrate`.
#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    /// Only labelled pictures of this actor, by id (0004) or full name; repeatable
    #[arg(long, value_name = "ID")]
    pub(crate) actor_id: Vec<String>,
    /// Labelled pictures of all actors (default)
    #[arg(long, conflicts_with = "actor_id")]
    pub(crate) all: bool,
    /// Labels to use instead of those stored with the data: a labels.json, or {"ACTOR": {"FILE":
    /// "CLASS"}}
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// Compare only N of the labelled pictures, the same ones every time
    #[arg(long, value_name = "N")]
    pub(crate) sample: Option<NonZeroUsize>,
    /// Write a chart of the result to this SVG file
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) judging: JudgingArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
    #[command(flatten)]
    pub(crate) budget: BudgetArgs,
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
}

/// The judge, and how often and how closely it looks at the pictures.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Judging")]
pub(crate) struct JudgingArgs {
    /// Judge of pictures: openai, or replay:DIR for recorded replies
    #[arg(long, value_name = "NAME")]
    pub(crate) evaluator: Option<String>,
    /// Name of the vision model
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Record every exchange with the vision model in this folder, without secrets, for replay:DIR
    #[arg(long, value_name = "DIR")]
    pub(crate) record: Option<PathBuf>,
    /// Number of differently ordered sheets each picture appears on: 1 to 9, or auto (two, and a third
    /// if they disagree)
    #[arg(long, value_name = "N")]
    pub(crate) votes: Option<Votes>,
    /// Labelled pictures to judge one by one too: close (all), auto (those that a run would), sheet
    /// (none) [default: close]
    #[arg(long, value_name = "HOW", value_parser = look_policy(), hide_possible_values = true)]
    pub(crate) look: Option<LookPolicy>,
    /// Ask the model again, ignoring cached answers
    #[arg(long)]
    pub(crate) fresh: bool,
}
