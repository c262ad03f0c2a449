//! Prepares a dry run, an execution or a plan: selects the actors, estimates the cost, and checks that
//! everything needed is there.

use crate::cli::{ActorArgs, CommonArgs};
use crate::commands::actors::{require_actors, select};
use crate::commands::session::{Session, basis, supervise};
use crate::render;
use dataset::Discovery;
use pipeline::{BucketReason, CostEstimate, Resume, RunRequest};
use results::{Mode, RunReport};
use run_plan::plan::RunPlan;

/// A run that is ready to start.
pub(super) struct PreparedRun {
    pub(super) discovery: Discovery,
    pub(super) request: RunRequest,
    estimate: CostEstimate,
}

impl PreparedRun {
    /// Selects the actors, and checks that everything the run needs is there and that evaluation fits
    /// into the budget.
    ///
    /// # Errors
    /// When there are no actors, something is missing, or the expected cost exceeds the budget.
    pub(super) async fn new(
        session: &mut Session<'_>,
        actors: &ActorArgs,
        mode: Mode,
    ) -> anyhow::Result<Self> {
        let executor = &session.executor;
        let discovery = dataset::discover(&executor.data.reader()).await?;
        require_actors(&discovery, &session.settings)?;
        let actors = select(actors, &discovery)?;
        let estimate = pipeline::estimate(&executor.evaluation, &discovery, &actors, mode).await;
        let stores_objects = executor.generator.is_some() && session.settings.destination.is_some();
        let bucket = BucketReason::of_estimate(&estimate, stores_objects);
        session.require_bucket(bucket).await;
        session.check()?;
        pipeline::check_budget(estimate.cost_usd, &session.executor.settings.limits)?;
        let settings = &session.settings;
        let request = RunRequest {
            run_id: session.new_run_id()?,
            actors: actors
                .into_iter()
                .map(|actor| (actor.clone(), settings.policy_of(&actor)))
                .collect(),
            mode,
            resume: Resume::Unfinished,
            basis: basis(session),
        };
        Ok(Self {
            discovery,
            request,
            estimate,
        })
    }

    /// Evaluates and plans, with progress on the terminal; reads the data and changes none.
    ///
    /// # Errors
    /// When the run as a whole cannot go on; a failure of one actor is in the report.
    pub(super) async fn plan(
        &self,
        session: &Session<'_>,
        common: &CommonArgs,
    ) -> anyhow::Result<(RunPlan, RunReport)> {
        supervise(common, async |observer, cancel| {
            pipeline::plan(
                &session.executor.evaluation,
                &session.executor.settings,
                &self.discovery,
                &self.request,
                observer,
                cancel,
            )
            .await
        })
        .await
    }

    /// Lists the data set again, after it was changed.
    ///
    /// # Errors
    /// When the data set cannot be listed.
    pub(super) async fn rediscover(&mut self, session: &Session<'_>) -> anyhow::Result<()> {
        self.discovery = dataset::discover(&session.executor.data.reader()).await?;
        Ok(())
    }

    /// Prints the number of actors and pictures and the expected cost.
    pub(super) fn announce(&self, session: &Session<'_>, quiet: bool) {
        render::warnings(&self.discovery.warnings);
        if quiet {
            return;
        }
        let what = match self.request.mode {
            Mode::DryRun => "Dry run",
            Mode::Execute => "Executing",
        };
        let estimate = &self.estimate;
        render::note(&format!(
            "{what}: {}, {}, judged by {}: about {}, {} tokens, {}",
            render::count(estimate.actors, "actor"),
            render::count(estimate.pictures, "picture"),
            session.executor.evaluation.model,
            render::count(estimate.calls, "call"),
            estimate.tokens.input + estimate.tokens.output,
            estimate.cost_usd,
        ));
    }
}
