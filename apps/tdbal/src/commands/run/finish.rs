//! Finishes runs that were interrupted.

use crate::cli::CommonArgs;
use crate::commands::session::{Session, supervise};
use crate::render;
use anyhow::Context as _;
use pipeline::{BucketReason, ServiceNeeds, UnfinishedRun};
use results::RunReport;

/// Sets up the services that finishing these runs needs; [`Session::check`] reports what is missing.
///
/// # Errors
/// When the generator cannot be set up.
pub(super) async fn require(
    session: &mut Session<'_>,
    runs: &[UnfinishedRun],
) -> anyhow::Result<()> {
    session.require(ServiceNeeds::of_unfinished(runs))?;
    session
        .require_bucket(BucketReason::of_unfinished(runs))
        .await;
    Ok(())
}

/// Finishes runs one after the other, until one is stopped. With `is_first`, the message says that
/// other work follows.
///
/// # Errors
/// When a run cannot be resumed.
pub(super) async fn finish(
    session: &Session<'_>,
    runs: &[UnfinishedRun],
    common: &CommonArgs,
    is_first: bool,
) -> anyhow::Result<Vec<RunReport>> {
    let mut reports: Vec<RunReport> = Vec::new();
    for UnfinishedRun { run, actors, .. } in runs {
        if !common.quiet {
            let first = if is_first { " first" } else { "" };
            let actors = render::count(*actors, "actor");
            render::note(&format!("Finishing run {run}{first}: {actors}"));
        }
        let report = supervise(common, async |observer, cancel| {
            pipeline::resume(&session.executor, run, observer, cancel).await
        })
        .await
        .with_context(|| format!("cannot finish run {run}"))?;
        let is_stopped = report.stopped.is_some();
        reports.push(report);
        if is_stopped {
            break;
        }
    }
    Ok(reports)
}

/// Warns of unfinished runs, for commands that change nothing and so leave them as they are.
///
/// # Errors
/// When the journals cannot be read.
pub(super) async fn warn_of_unfinished(session: &Session<'_>) -> anyhow::Result<()> {
    for left in pipeline::list_unfinished(&session.executor).await? {
        render::warning(&format!(
            "run {} is not finished ({}): run `tdbal resume` to finish it",
            left.run,
            render::count(left.actors, "actor")
        ));
    }
    Ok(())
}
