//! The command line: what can be typed, and nothing else.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use tdbal_types::{Target, Tolerance};

/// Balance the training pictures of LoRA actors.
///
/// Looks at every actor's pictures, tells which are photorealistic, black-and-white stylised or
/// colour stylised and how good each is, and plans what to remove and what to generate. Changes
/// nothing unless --execute is given; what it removes goes to a trash folder, never away.
#[derive(Debug, Parser)]
#[command(
    name = "tdbal",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Cli {
    /// Another thing to do than to evaluate and balance.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// The main job.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Everything but the main job.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the main job on a small built-in set, with no key, account or server
    Demo(DemoArgs),
    /// Make just the numbered composite of some pictures, or one for each folder
    Sheet(SheetArgs),
    /// Count the pictures of every actor
    Stats(StatsArgs),
    /// Print the default settings, every key explained
    Config,
    /// Print a completion script for a shell
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// The flags of the main job.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Process this actor: its id (0004) or whole name; can be given more than once
    #[arg(long, value_name = "ID")]
    pub(crate) actor_id: Vec<String>,
    /// Process all actors
    #[arg(long, conflicts_with = "actor_id")]
    pub(crate) all: bool,
    /// Only evaluate and plan (the default)
    #[arg(long, conflicts_with = "execute")]
    pub(crate) dry_run: bool,
    /// Make the changes
    #[arg(long)]
    pub(crate) execute: bool,
    /// Go on with an unfinished run (the default)
    #[arg(long, conflicts_with = "no_resume")]
    pub(crate) resume: bool,
    /// Begin anew, whatever was done before
    #[arg(long)]
    pub(crate) no_resume: bool,
    /// Print the progress of the last run and end; with --execute, of the last execution
    #[arg(long)]
    pub(crate) show_progress: bool,
    /// Forget the progress of the last run and end; with --execute, of the last execution
    #[arg(long, conflicts_with = "show_progress")]
    pub(crate) reset_progress: bool,
    /// Only remove what is too much
    #[arg(long, conflicts_with = "generate_only")]
    pub(crate) delete_only: bool,
    /// Only generate what is missing
    #[arg(long)]
    pub(crate) generate_only: bool,
    /// What judges pictures: openai, or replay:DIR for recorded replies
    #[arg(long, value_name = "NAME")]
    pub(crate) evaluator: Option<String>,
    /// What makes pictures: replicate, or replay:DIR for recorded pictures
    #[arg(long, value_name = "NAME")]
    pub(crate) generator: Option<String>,
    /// The vision model
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
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
    /// Where the data is, where results go, how much is said.
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// Flags that several commands share.
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

/// The flags of `tdbal demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Make the changes, on a copy of the built-in set, and show the set before and after
    #[arg(long)]
    pub(crate) execute: bool,
    /// Where results go [default: debug/training_data_evaluation/demo]
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Say only results and errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// The flags of `tdbal sheet`.
#[derive(Debug, Args)]
pub(crate) struct SheetArgs {
    /// Pictures, or folders of pictures
    #[arg(required = true, value_name = "FILE")]
    pub(crate) inputs: Vec<PathBuf>,
    /// The composite to write; for folders, the folder for one composite each
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// How many folders are worked on at once [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
}

/// The flags of `tdbal stats`.
#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    /// What a set should be
    #[arg(long, value_name = "TARGET")]
    pub(crate) target: Option<Target>,
    /// The data: a folder, or s3://bucket/prefix
    #[arg(long, value_name = "PATH|S3-URL")]
    pub(crate) data_dir: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
