//! The command line: what can be typed, and nothing else.

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
    /// Evaluate as a dry run does, and write what is to be done into a file
    Plan(PlanArgs),
    /// Print a plan
    Show(ShowArgs),
    /// Do exactly what a plan says
    Apply(ApplyArgs),
    /// Finish what an interrupted run left
    Resume(ResumeArgs),
    /// Take a run back: what it removed comes back, what it generated goes to the trash
    Undo(UndoArgs),
    /// Tell what was done: to which picture, when, why, by which answer of the model
    Log(LogArgs),
    /// List what runs removed, or delete what is old for good
    Trash {
        /// What to do with it.
        #[command(subcommand)]
        command: TrashCommand,
    },
    /// Mark pictures that are never to be removed
    Keep(KeepArgs),
    /// Take marks away
    Unkeep(UnkeepArgs),
    /// Say what a picture is: a person's word is stronger than any model
    Label(LabelArgs),
    /// Go through the pictures of which it is not certain what they are, and say it
    Review(ReviewArgs),
    /// Compare model, votes, close looks, evidence and verdict with what persons said
    Calibrate(CalibrateArgs),
    /// Look whether everything is as it should be, and mend what can be mended
    Doctor(DoctorArgs),
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
    /// Which actors.
    #[command(flatten)]
    pub(crate) actors: ActorArgs,
    /// Only evaluate and plan (the default)
    #[arg(long, conflicts_with = "execute")]
    pub(crate) dry_run: bool,
    /// Make the changes
    #[arg(long)]
    pub(crate) execute: bool,
    /// Whether what was done before counts.
    #[command(flatten)]
    pub(crate) resume: ResumeFlags,
    /// Print the progress of the last run and end; with --execute, of the last execution
    #[arg(long)]
    pub(crate) show_progress: bool,
    /// Forget the progress of the last run and end; with --execute, of the last execution
    #[arg(long, conflicts_with = "show_progress")]
    pub(crate) reset_progress: bool,
    /// What judges and what makes pictures.
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
    /// Where the data is, where results go, how much is said.
    #[command(flatten)]
    pub(crate) common: CommonArgs,
    /// What it may do.
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    /// What may be believed.
    #[command(flatten)]
    pub(crate) listing: ListingArgs,
    /// What it may do that is not done otherwise.
    #[command(flatten)]
    pub(crate) execution: ExecutionArgs,
}

impl Cli {
    /// How often `-v` was given.
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
