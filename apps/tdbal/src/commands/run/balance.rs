//! `tdbal` without a command: evaluates and plans, and with `--execute` changes the sets.

use super::finish::{self, warn_of_unfinished};
use super::prepare::PreparedRun;
use crate::cli::RunArgs;
use crate::commands::actors::missing_actors;
use crate::commands::session::{Session, supervise};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render;
use crate::settings::{Flags, Settings};
use pipeline::{Resume, ServiceNeeds};
use results::{Mode, OutputFolder};
use std::path::Path;

/// Runs what the flags at top level ask for.
pub(crate) async fn balance(
    args: &RunArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let settings = Settings::resolve(&Flags::from(args), environment, folder)?;
    render::warnings(&settings.warnings);
    let mode = if args.execute {
        Mode::Execute
    } else {
        Mode::DryRun
    };
    let output = OutputFolder::new(&settings.output_dir);
    if args.show_progress {
        return show_progress(&output, mode, args.common.json, &render::style(environment)).await;
    }
    if args.reset_progress {
        return reset_progress(&output, mode).await;
    }
    if !args.actors.is_given() {
        return Ok(missing_actors());
    }
    let needs = ServiceNeeds::of_run(mode, settings.policy.scope);
    let mut session = Session::with_settings(settings, environment, needs).await?;
    if args.execute {
        execute(args, &mut session).await
    } else {
        dry_run(args, &mut session).await
    }
}

async fn dry_run(args: &RunArgs, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let mut prepared = PreparedRun::new(session, &args.actors, Mode::DryRun).await?;
    prepared.request.resume = resume_of(args);
    warn_of_unfinished(session).await?;
    prepared.announce(session, args.common.quiet);
    let (_, report) = prepared.plan(session, &args.common).await?;
    render::report(&report, &[], args.common.json, &session.style())?;
    Ok(Exit::of_look(&report, args.exit.detailed_exitcode))
}

async fn execute(args: &RunArgs, session: &mut Session<'_>) -> anyhow::Result<Exit> {
    let left = pipeline::list_unfinished(&session.executor).await?;
    finish::require(session, &left).await?;
    let mut prepared = PreparedRun::new(session, &args.actors, Mode::Execute).await?;
    prepared.request.resume = resume_of(args);
    if !left.is_empty() {
        prepared.request.resume = prepared.request.resume.after_finishing();
    }
    let finished = finish::finish(session, &left, &args.common, true).await?;
    let exit = finished
        .iter()
        .map(Exit::of_run)
        .fold(Exit::Success, Exit::and);
    if let Some(last) = finished.last().filter(|last| last.stopped.is_some()) {
        render::report(last, &[], args.common.json, &session.style())?;
        return Ok(exit);
    }
    if !left.is_empty() {
        prepared.rediscover(session).await?;
    }
    prepared.announce(session, args.common.quiet);
    let (_, report) = supervise(&args.common, async |observer, cancel| {
        let PreparedRun {
            discovery, request, ..
        } = &prepared;
        pipeline::execute(&session.executor, discovery, request, observer, cancel).await
    })
    .await?;
    render::report(&report, &finished, args.common.json, &session.style())?;
    Ok(Exit::of_run(&report).and(exit))
}

const fn resume_of(args: &RunArgs) -> Resume {
    if args.resume.no_resume {
        Resume::No
    } else {
        Resume::Unfinished
    }
}

async fn show_progress(
    output: &OutputFolder,
    mode: Mode,
    as_json: bool,
    style: &render::Style,
) -> anyhow::Result<Exit> {
    let path = output.path().join(mode.progress_file());
    match results::progress::read_progress(output, mode).await? {
        progress if as_json => render::json(&progress)?,
        Some(progress) => render::out(&format!(
            "Progress in {}\n\n{}",
            path.display(),
            render::progress(&progress, style)
        ))?,
        None => render::out(&format!("No progress: {} does not exist\n", path.display()))?,
    }
    Ok(Exit::Success)
}

async fn reset_progress(output: &OutputFolder, mode: Mode) -> anyhow::Result<Exit> {
    let _lock = output.lock()?;
    let path = output.path().join(mode.progress_file());
    let text = if results::progress::reset_progress(output, mode).await? {
        format!(
            "Progress reset: deleted {}; the next run starts over\n",
            path.display()
        )
    } else {
        format!("Nothing to reset: {} does not exist\n", path.display())
    };
    render::out(&text)?;
    Ok(Exit::Success)
}
