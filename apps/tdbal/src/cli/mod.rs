//! The command line: arguments and flags, nothing else.

mod back;
mod calibrate;
mod doctor;
mod groups;
mod labels;
mod plans;

pub(crate) use back::{BackArgs, LogArgs, TrashCommand, TrashListArgs, TrashPurgeArgs, UndoArgs};
pub(crate) use calibrate::{CalibrateArgs, JudgingArgs};
pub(crate) use doctor::DoctorArgs;
pub(crate) use groups::{
    ActorArgs, CommonArgs, ExecutionArgs, ExitArgs, LimitArgs, ListingArgs, LookArgs, PolicyArgs,
    ResumeFlags, ServiceArgs,
};
pub(crate) use labels::{LabelArgs, ReviewArgs};
pub(crate) use plans::{
    ApplyArgs, CarryOutArgs, KeepArgs, MarksArgs, PlanArgs, ResumeArgs, ShowArgs, UnkeepArgs,
};

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use tdbal_types::Target;

/// Balance the training pictures of LoRA actors.
///
/// A LoRA actor is a character that a LoRA (a small add-on to an image model) is trained on. tdbal
/// classifies every actor's pictures as photorealistic, black-and-white stylised or colour stylised,
/// rates their quality, and plans which pictures to remove and which to generate.
///
/// Nothing changes without --execute. Removed pictures go to a trash folder, and `tdbal undo` restores
/// them.
#[derive(Debug, Parser)]
#[command(
    name = "tdbal",
    version,
    max_term_width = 80,
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Evaluate the pictures and write a plan of the changes to a file
    Plan(PlanArgs),
    /// Show a plan
    Show(ShowArgs),
    /// Apply a plan exactly as written
    Apply(ApplyArgs),
    /// Finish interrupted runs
    Resume(ResumeArgs),
    /// Undo a run: restore removed pictures and trash generated ones
    Undo(UndoArgs),
    /// Show what was done to which picture, when and why
    Log(LogArgs),
    /// List removed pictures, or permanently delete old ones
    Trash {
        #[command(subcommand)]
        command: TrashCommand,
    },
    /// Mark pictures that must never be removed
    Keep(KeepArgs),
    /// Take pictures off the keep list
    Unkeep(UnkeepArgs),
    /// Label a picture; a label overrides the model
    Label(LabelArgs),
    /// Review the pictures tdbal is unsure about
    Review(ReviewArgs),
    /// Measure how well tdbal's judgements agree with labels
    Calibrate(CalibrateArgs),
    /// Check for problems and fix what can be fixed
    Doctor(DoctorArgs),
    /// Try tdbal on a built-in set, without keys or network
    Demo(DemoArgs),
    /// Make a numbered sheet of pictures, or one for each folder
    Sheet(SheetArgs),
    /// Count the pictures of every actor
    Stats(StatsArgs),
    /// Print the default settings with an explanation of every key
    Config,
    /// Print a shell completion script
    Completions {
        /// Shell to print the script for.
        shell: clap_complete::Shell,
    },
}

/// The flags of `tdbal` without a subcommand.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) actors: ActorArgs,
    /// Evaluate and plan only (default)
    #[arg(long, conflicts_with = "execute")]
    pub(crate) dry_run: bool,
    /// Make the changes
    #[arg(long)]
    pub(crate) execute: bool,
    #[command(flatten)]
    pub(crate) resume: ResumeFlags,
    /// Show the progress of the last dry run and exit; with --execute, of the last execution
    #[arg(long)]
    pub(crate) show_progress: bool,
    /// Delete the progress of the last dry run and exit; with --execute, of the last execution
    #[arg(long, conflicts_with = "show_progress")]
    pub(crate) reset_progress: bool,
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
    pub(crate) limits: LimitArgs,
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
    #[command(flatten)]
    pub(crate) execution: ExecutionArgs,
}

impl Cli {
    /// Number of times `-v` was given.
    pub(crate) fn verbosity(&self) -> u8 {
        match &self.command {
            None => self.run.common.verbose,
            Some(Command::Plan(args)) => args.common.verbose,
            Some(Command::Calibrate(args)) => args.common.verbose,
            Some(Command::Apply(args)) => args.carry_out.common.verbose,
            Some(Command::Resume(args)) => args.carry_out.common.verbose,
            Some(_) => 0,
        }
    }
}

/// The flags of `tdbal demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Make the changes on a copy of the set, and count its pictures before and after
    #[arg(long)]
    pub(crate) execute: bool,
    /// Folder for results [default: debug/training_data_evaluation/demo]
    #[arg(long, value_name = "DIR")]
    pub(crate) output_dir: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print only results and errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// The flags of `tdbal sheet`.
#[derive(Debug, Args)]
pub(crate) struct SheetArgs {
    /// Pictures or folders of pictures
    #[arg(required = true, value_name = "FILE")]
    pub(crate) inputs: Vec<PathBuf>,
    /// JPEG file to write; for folders, the folder for their sheets
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Number of folders to process in parallel [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
}

/// The flags of `tdbal stats`.
#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    /// Target size and class shares in percent: total=20,photorealistic=65,bw_stylized=20,...
    #[arg(long, value_name = "TARGET")]
    pub(crate) target: Option<Target>,
    /// Folder or s3://BUCKET/PREFIX with the data
    #[arg(long, value_name = "PATH|S3-URL")]
    pub(crate) data_dir: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
