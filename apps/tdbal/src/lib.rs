//! The command `tdbal`: parses arguments into settings, wires up services and data, and prints the
//! results. Every decision about pictures is made in the library crates.
//!
//! A LoRA actor is a character that a LoRA (a small add-on to an image model) is trained on.

mod cli;
mod commands;
mod environment;
mod exit;
mod render;
mod s3;
mod settings;
mod wiring;

pub use environment::Environment;
pub use exit::Exit;

use clap::{CommandFactory as _, Parser as _};
use cli::{Cli, Command};
use std::ffi::OsString;
use std::path::Path;
use std::pin::Pin;
use std::process::ExitCode;

/// Runs the program: parses `args` (the program's name first), runs the command, prints the result or
/// error, and returns the exit status. Settings are read from the working folder.
pub fn run(args: impl IntoIterator<Item = OsString>, environment: &Environment) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version arrive as errors with status 0. A closed pipe needs no report.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage.code()));
        }
    };
    match dispatch(cli, environment) {
        Ok(exit) => exit.into(),
        Err(error) => {
            render::error(&error);
            Exit::of_error(&error).into()
        }
    }
}

fn dispatch(cli: Cli, environment: &Environment) -> anyhow::Result<Exit> {
    let folder = Path::new("");
    let environment = environment.clone().with_dot_env(&folder.join(".env"))?;
    render::start_logging(cli.verbosity(), &environment);
    match cli.command {
        Some(Command::Config) => commands::config(),
        Some(Command::Completions { shell }) => commands::completions(shell, &mut Cli::command()),
        Some(Command::Sheet(args)) => commands::sheet(&args, folder),
        Some(Command::Stats(args)) => block_on(commands::stats(&args, &environment, folder)),
        Some(Command::Plan(args)) => block_on(commands::plan(&args, &environment, folder)),
        Some(Command::Show(args)) => commands::show(&args, &environment),
        Some(Command::Apply(args)) => block_on(commands::apply(&args, &environment, folder)),
        Some(Command::Resume(args)) => block_on(commands::resume(&args, &environment, folder)),
        Some(Command::Undo(args)) => block_on(commands::undo(&args, &environment, folder)),
        Some(Command::Log(args)) => block_on(commands::log(&args, &environment, folder)),
        Some(Command::Trash { command }) => {
            block_on(commands::trash(&command, &environment, folder))
        }
        Some(Command::Keep(args)) => block_on(commands::keep(&args, &environment, folder)),
        Some(Command::Unkeep(args)) => block_on(commands::unkeep(&args, &environment, folder)),
        Some(Command::Label(args)) => block_on(commands::label(&args, &environment, folder)),
        Some(Command::Review(args)) => block_on(commands::review(&args, &environment, folder)),
        Some(Command::Calibrate(args)) => {
            block_on(commands::calibrate(&args, &environment, folder))
        }
        Some(Command::Doctor(args)) => block_on(commands::doctor(&args, &environment, folder)),
        Some(Command::Demo(args)) => block_on(commands::demo(&args, &environment)),
        None => block_on(commands::balance(&cli.run, &environment, folder)),
    }
}

/// Boxes the work, so the runtime is compiled once and not once for each command.
fn block_on<'a>(work: impl Future<Output = anyhow::Result<Exit>> + 'a) -> anyhow::Result<Exit> {
    block_on_boxed(Box::pin(work))
}

fn block_on_boxed(
    work: Pin<Box<dyn Future<Output = anyhow::Result<Exit>> + '_>>,
) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(work);
    // Tasks that an interruption left behind can be dropped: files are written whole or not at all.
    runtime.shutdown_background();
    result
}
