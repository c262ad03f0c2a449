//! `tdbal apply` and `tdbal resume`: a plan is carried out, or gone on with.

use super::session::{Needs, Session, supervise};
use super::{plan, unfinished};
use crate::cli::{ApplyArgs, ResumeArgs};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render;
use crate::settings::Flags;
use execution::plan::RunPlan;
use serde_json::json;
use std::path::Path;

/// Does what a plan says.
pub(crate) async fn apply(
    args: &ApplyArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let plan = plan::read(&args.plan)?;
    let common = &args.carry_out.common;
    let generates = plan.totals.to_generate > 0;
    let needs = Needs {
        model: generates,
        generator: generates,
    };
    let mut session = Session::open(&Flags::from(args), environment, folder, needs).await?;
    if needs_bucket(&plan) {
        session.require_buckets("the plan has pictures in S3").await;
    }
    session.check()?;
    let data = &session.executor.data.identity;
    if plan.basis.data_dir != *data {
        render::warning(&format!(
            "the plan was made for {}, and the data is {data}: an actor that is not as the plan saw \
             it is refused",
            plan.basis.data_dir
        ));
    }
    let report = supervise(common, async |observer, cancel| {
        pipeline::apply(&session.executor, &plan, observer, cancel).await
    })
    .await?;
    render::report(&report, &[], common.json, &render::style(environment))?;
    Ok(Exit::of_run(&report))
}

/// Whether there are objects among the pictures of actors that are changed, or to be.
fn needs_bucket(plan: &RunPlan) -> bool {
    let has_objects = plan.to_change().any(|(_, assessed)| {
        let pictures = &assessed.seen.pictures;
        pictures.iter().any(|picture| picture.object.is_some())
    });
    has_objects || (plan.totals.to_generate > 0 && plan.settings.destination.is_some())
}

/// Finishes what was interrupted.
pub(crate) async fn resume(
    args: &ResumeArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let common = &args.carry_out.common;
    let flags = Flags::from(args);
    let mut session = Session::open(&flags, environment, folder, Needs::default()).await?;
    let left = match &args.run {
        None => unfinished::all(&session.executor).await?,
        Some(run) => {
            let left = unfinished::named(&session.executor, run).await?;
            left.into_iter().collect()
        }
    };
    if left.is_empty() && !common.json {
        render::out(&match &args.run {
            None => "Nothing to resume: no run is unfinished\n".to_owned(),
            Some(run) => format!("Nothing to resume: run {run} is finished\n"),
        })?;
        return Ok(Exit::Success);
    }
    unfinished::require(&mut session, &left).await?;
    session.check()?;
    let reports = unfinished::finish(&session, &left, common, false).await?;
    if common.json {
        render::json(&json!({ "runs": reports }))?;
    } else {
        for report in &reports {
            render::report(report, &[], false, &render::style(environment))?;
        }
    }
    Ok(reports
        .iter()
        .map(Exit::of_run)
        .fold(Exit::Success, Exit::and))
}
