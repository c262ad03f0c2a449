//! `tdbal plan` and `tdbal show`: a plan is made, written and read.

use super::balance::warn_of_unfinished;
use super::looking::{Looking, who_is_missing};
use super::session::{Needs, Session, supervise};
use crate::cli::{PlanArgs, ShowArgs};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render;
use crate::settings::Flags;
use anyhow::Context as _;
use execution::plan::RunPlan;
use pipeline::Resume;
use results::{Mode, RunReport};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// What stands for standard input and output.
const STANDARD: &str = "-";
/// The plan's name in the output folder.
const FILE_NAME: &str = "plan.json";

/// Evaluates, and writes the plan.
pub(crate) async fn plan(
    args: &PlanArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    if !args.actors.is_given() {
        return Ok(who_is_missing());
    }
    let needs = Needs {
        model: true,
        generator: false,
    };
    let mut session = Session::open(&Flags::from(args), environment, folder, needs).await?;
    let mut looking = Looking::prepare(&mut session, &args.actors, Mode::DryRun).await?;
    if args.resume.no_resume {
        looking.request.resume = Resume::No;
    }
    warn_of_unfinished(&session).await?;
    looking.announce(&session, args.common.quiet);
    let (plan, report) = supervise(&args.common, async |observer, cancel| {
        let Looking {
            discovery, request, ..
        } = &looking;
        pipeline::plan(
            &session.executor.evaluation,
            &session.executor.settings,
            discovery,
            request,
            observer,
            cancel,
        )
        .await
    })
    .await?;
    if report.stopped.is_some() {
        tell_stopped(&report);
        return Ok(Exit::of_run(&report));
    }
    let default = session.settings.output_dir.join(FILE_NAME);
    publish(&plan, args, default, environment)?;
    Ok(Exit::of_look(&report, args.exit.detailed_exitcode))
}

/// Half a plan is not what was asked for: nothing should be done on the strength of it.
fn tell_stopped(report: &RunReport) {
    let why = render::why_stopped(report).unwrap_or_default();
    render::note(&format!("Stopped early: {why}\nNo plan was written."));
}

fn publish(
    plan: &RunPlan,
    args: &PlanArgs,
    default: PathBuf,
    environment: &Environment,
) -> anyhow::Result<()> {
    let bytes = plan.to_bytes()?;
    let path = args.output.clone().unwrap_or(default);
    let is_standard = path.as_os_str() == STANDARD;
    if !is_standard {
        write(&path, &bytes).with_context(|| {
            format!("cannot write the plan to {}: see --output", path.display())
        })?;
    }
    let json = || String::from_utf8_lossy(&bytes);
    if is_standard {
        render::out(&json())?;
        if !args.common.quiet {
            let plain = render::Style {
                has_colour: false,
                ..render::style(environment)
            };
            render::note(render::plan(plan, &plain).trim_end());
        }
    } else if args.common.json {
        render::out(&json())?;
    } else {
        render::out(&render::plan(plan, &render::style(environment)))?;
    }
    if !is_standard && !args.common.quiet {
        let path = path.display();
        render::note(&format!(
            "The plan is in {path}; tdbal apply {path} carries it out."
        ));
    }
    Ok(())
}

/// Writes a file whole or not at all.
pub(super) fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Prints a plan.
pub(crate) fn show(args: &ShowArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let plan = read(&args.plan)?;
    if args.json {
        render::out(&String::from_utf8_lossy(&plan.to_bytes()?))?;
    } else {
        render::out(&render::plan(&plan, &render::style(environment)))?;
    }
    Ok(Exit::Success)
}

/// Reads a plan.
///
/// # Errors
/// When there is none, or it is not as tdbal writes it.
pub(crate) fn read(path: &Path) -> anyhow::Result<RunPlan> {
    let mut bytes = Vec::new();
    if path.as_os_str() == STANDARD {
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("cannot read the plan from standard input")?;
    } else {
        bytes = std::fs::read(path)
            .with_context(|| format!("cannot read the plan {}", path.display()))?;
    }
    RunPlan::parse(&bytes).with_context(|| format!("cannot use the plan {}", path.display()))
}
