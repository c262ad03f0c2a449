//! Runs that were interrupted: what is left of each, and how it is finished.

use super::session::{Session, supervise};
use crate::cli::CommonArgs;
use crate::render;
use anyhow::Context as _;
use execution::{Executor, RunError};
use journal::run::state::ActorState;
use results::RunReport;
use tdbal_types::RunId;

/// What is left of a run.
#[derive(Debug)]
pub(crate) struct Unfinished {
    /// The run.
    pub(crate) run: RunId,
    /// How many actors are not done.
    pub(crate) actors: usize,
    /// Whether pictures are still made for them.
    generates: bool,
    /// Whether there are objects among their pictures, or to be.
    needs_bucket: bool,
}

/// All runs that began something and did not end it, oldest first.
///
/// # Errors
/// When the journals cannot be read.
pub(crate) async fn all(executor: &Executor) -> anyhow::Result<Vec<Unfinished>> {
    let mut found = Vec::new();
    for run in pipeline::unfinished_runs(executor).await? {
        found.push(of(executor, &run).await?);
    }
    Ok(found)
}

/// One run by its name, if it is not finished.
///
/// # Errors
/// When there is no such run, or its journals cannot be read.
pub(crate) async fn named(executor: &Executor, run: &RunId) -> anyhow::Result<Option<Unfinished>> {
    let left = of(executor, run).await?;
    let is_listed = pipeline::unfinished_runs(executor).await?.contains(run);
    Ok(Some(left).filter(|left| is_listed || left.actors > 0))
}

/// What is left of one run.
async fn of(executor: &Executor, run: &RunId) -> anyhow::Result<Unfinished> {
    let mut left = Unfinished {
        run: run.clone(),
        actors: 0,
        generates: false,
        needs_bucket: false,
    };
    let plan = match execution::stored_plan::stored_plan(executor, run).await {
        Ok(plan) => plan,
        // What doctor mends has a journal and no plan.
        Err(RunError::NoRun { .. }) if executor.data.journals.runs().await?.contains(run) => {
            let open = journal::run::unfinished(executor.data.journals.as_ref()).await?;
            left.actors = open.iter().filter(|(of, ..)| of == run).count();
            return Ok(left);
        }
        Err(error) => return Err(error.into()),
    };
    for (planned, assessed) in plan.to_change() {
        let records =
            journal::run::read_records(executor.data.journals.as_ref(), run, &planned.actor)
                .await?;
        let state = ActorState::of(&records);
        let is_open = state.is_open() || state.ending.is_none();
        if is_open {
            let generates = state.ending.is_none() && !assessed.generate().is_empty();
            left.actors += 1;
            left.generates |= generates;
            left.needs_bucket |= assessed.seen.pictures.iter().any(|p| p.object.is_some())
                || (generates && plan.settings.destination.is_some());
        }
    }
    Ok(left)
}

/// Makes sure that everything is there that finishing needs.
///
/// # Errors
/// When the generator cannot be set up.
pub(crate) async fn require(session: &mut Session<'_>, left: &[Unfinished]) -> anyhow::Result<()> {
    if left.iter().any(|left| left.generates) {
        session.require_generation()?;
    }
    if let Some(left) = left.iter().find(|left| left.needs_bucket) {
        let reason = format!("run {} has pictures in S3", left.run);
        session.require_buckets(&reason).await;
    }
    Ok(())
}

/// Finishes runs one after the other, until one is stopped.
///
/// # Errors
/// When one cannot be gone on with at all.
pub(crate) async fn finish(
    session: &Session<'_>,
    left: &[Unfinished],
    common: &CommonArgs,
    is_first: bool,
) -> anyhow::Result<Vec<RunReport>> {
    let mut reports: Vec<RunReport> = Vec::new();
    for Unfinished { run, actors, .. } in left {
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
