//! `tdbal plan` and `tdbal show`: make a plan, write it to a file and print it.

use super::finish::warn_of_unfinished;
use super::plan_file::{STANDARD, read};
use super::prepare::PreparedRun;
use crate::cli::{PlanArgs, ShowArgs};
use crate::commands::actors::missing_actors;
use crate::commands::session::Session;
use crate::commands::whole_file::write;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render;
use crate::settings::Flags;
use anyhow::Context as _;
use pipeline::{Resume, ServiceNeeds};
use results::{Mode, RunReport};
use run_plan::plan::RunPlan;
use std::path::{Path, PathBuf};

/// The file name of the plan in the output folder.
const FILE_NAME: &str = "plan.json";

/// `tdbal plan`: evaluates actors and writes the plan.
pub(crate) async fn plan(
    args: &PlanArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    if !args.actors.is_given() {
        return Ok(missing_actors());
    }
    let flags = Flags::from(args);
    let mut session = Session::open(&flags, environment, folder, ServiceNeeds::MODEL).await?;
    let mut prepared = PreparedRun::new(&mut session, &args.actors, Mode::DryRun).await?;
    if args.resume.no_resume {
        prepared.request.resume = Resume::No;
    }
    warn_of_unfinished(&session).await?;
    prepared.announce(&session, args.common.quiet);
    let (plan, report) = prepared.plan(&session, &args.common).await?;
    if report.stopped.is_some() {
        note_stopped(&report);
        return Ok(Exit::of_run(&report));
    }
    let default = session.settings.output_dir.join(FILE_NAME);
    publish(&plan, args, default, environment)?;
    Ok(Exit::of_look(&report, args.exit.detailed_exitcode))
}

/// Says why there is no plan file. Part of a plan must not be applied, so it is not written.
fn note_stopped(report: &RunReport) {
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
            "Plan written to {path}. Run `tdbal apply {path}` to apply it."
        ));
    }
    Ok(())
}

/// `tdbal show`: prints a plan.
pub(crate) fn show(args: &ShowArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let plan = read(&args.plan)?;
    if args.json {
        render::out(&String::from_utf8_lossy(&plan.to_bytes()?))?;
    } else {
        render::out(&render::plan(&plan, &render::style(environment)))?;
    }
    Ok(Exit::Success)
}
