//! `tdbal apply` and `tdbal resume`: apply a plan, or finish an interrupted run.

use super::{finish, plan_file};
use crate::cli::{ApplyArgs, ResumeArgs};
use crate::commands::session::{Session, supervise};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render;
use crate::settings::Flags;
use pipeline::{BucketReason, ServiceNeeds};
use serde_json::json;
use std::path::Path;

/// `tdbal apply`: makes the changes of a plan.
pub(crate) async fn apply(
    args: &ApplyArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let plan = plan_file::read(&args.plan)?;
    let common = &args.carry_out.common;
    let needs = ServiceNeeds::of_plan(&plan);
    let mut session = Session::open(&Flags::from(args), environment, folder, needs).await?;
    session.require_bucket(BucketReason::of_plan(&plan)).await;
    session.check()?;
    let data = &session.executor.data.identity;
    if plan.basis.data_dir != *data {
        render::warning(&format!(
            "the plan was made for {}, not for {data}: actors that differ from the plan are refused",
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

/// `tdbal resume`: finishes one interrupted run, or all of them.
pub(crate) async fn resume(
    args: &ResumeArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let common = &args.carry_out.common;
    let flags = Flags::from(args);
    let mut session = Session::open(&flags, environment, folder, ServiceNeeds::default()).await?;
    let left = match &args.run {
        None => pipeline::list_unfinished(&session.executor).await?,
        Some(run) => {
            let left = pipeline::find_unfinished(&session.executor, run).await?;
            left.into_iter().collect()
        }
    };
    if left.is_empty() && !common.json {
        render::out(&match &args.run {
            None => "Nothing to resume: all runs are finished\n".to_owned(),
            Some(run) => format!("Nothing to resume: run {run} is finished\n"),
        })?;
        return Ok(Exit::Success);
    }
    finish::require(&mut session, &left).await?;
    session.check()?;
    let reports = finish::finish(&session, &left, common, false).await?;
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
