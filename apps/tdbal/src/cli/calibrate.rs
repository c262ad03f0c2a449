//! The flags of `tdbal calibrate`.

use super::groups::{BudgetArgs, CommonArgs, ListingArgs};
use clap::Args;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use verdict::{LookPolicy, Votes};

/// The flags of `tdbal calibrate`.
#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    /// Only labelled pictures of this actor: its id (0004) or whole name; can be given more than once
    #[arg(long, value_name = "ID")]
    pub(crate) actor_id: Vec<String>,
    /// All labelled pictures (the default)
    #[arg(long, conflicts_with = "actor_id")]
    pub(crate) all: bool,
    /// What persons say, in place of what is with the data: labels.json, or {"ACTOR": {"FILE": "CLASS"}}
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// Compare on so many of the labelled pictures, the same ones each time
    #[arg(long, value_name = "N")]
    pub(crate) sample: Option<NonZeroUsize>,
    /// Draw the result into this file
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// How pictures are judged.
    #[command(flatten)]
    pub(crate) judging: JudgingArgs,
    /// Where everything is.
    #[command(flatten)]
    pub(crate) common: CommonArgs,
    /// What judging may cost.
    #[command(flatten)]
    pub(crate) budget: BudgetArgs,
    /// What may be believed.
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
}

/// What judges the pictures, how often and how closely.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct JudgingArgs {
    /// What judges pictures: openai, or replay:DIR for recorded replies
    #[arg(long, value_name = "NAME")]
    pub(crate) evaluator: Option<String>,
    /// The vision model
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Write every exchange with the vision model into this folder, without secrets; replay:DIR reads
    /// it
    #[arg(long, value_name = "DIR")]
    pub(crate) record: Option<PathBuf>,
    /// How many sheets, each in another order, every picture is judged on: auto (two, and a third where
    /// they disagree), or a number
    #[arg(long, value_name = "N")]
    pub(crate) votes: Option<Votes>,
    /// Which labelled pictures are judged alone as well: close (all), auto (those that a run would), or
    /// sheet (none) [default: close]
    #[arg(long, value_name = "HOW")]
    pub(crate) look: Option<LookPolicy>,
    /// Ask anew what was answered in an earlier run
    #[arg(long)]
    pub(crate) fresh: bool,
}
