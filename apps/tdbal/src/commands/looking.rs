//! What a dry run, an execution and `tdbal plan` have in common: who is to be looked at, and what to
//! expect of it.

use super::session::Session;
use crate::cli::{ActorArgs, Cli};
use crate::exit::Exit;
use crate::render;
use crate::settings::Settings;
use clap::CommandFactory as _;
use dataset::Discovery;
use pipeline::{CostEstimate, Resume, RunRequest};
use results::Mode;
use results::progress::Basis;
use serde_json::json;
use storage::DataLocation;
use tdbal_types::{ActorId, ActorQuery};

/// A run that is about to look.
pub(crate) struct Looking {
    pub(crate) discovery: Discovery,
    pub(crate) request: RunRequest,
    survey: CostEstimate,
}

/// Says that actors have to be named.
pub(crate) fn who_is_missing() -> Exit {
    let kind = clap::error::ErrorKind::MissingRequiredArgument;
    let error = Cli::command().error(kind, "say which actors: --all, or --actor-id ID");
    let _ = error.print();
    Exit::Usage
}

impl Looking {
    /// Finds the actors, and makes sure that everything is there that the run needs and that its
    /// budget reaches for looking.
    ///
    /// # Errors
    /// When there is nobody, something is missing, or the budget does not reach.
    pub(crate) async fn prepare(
        session: &mut Session<'_>,
        actors: &ActorArgs,
        mode: Mode,
    ) -> anyhow::Result<Self> {
        let executor = &session.executor;
        let reader = executor.data.reader();
        let discovery = dataset::discover(&reader).await?;
        require_actors(&discovery, &session.settings)?;
        let actors = select(actors, &discovery)?;
        let survey = pipeline::estimate(&executor.evaluation, &discovery, &actors, mode).await;
        let stores_objects = executor.generator.is_some() && session.settings.destination.is_some();
        if let Some(actor) = &survey.needs_bucket {
            session
                .require_buckets(&format!("pictures of {actor} are in S3"))
                .await;
        } else if stores_objects {
            session
                .require_buckets("new pictures go to [s3] bucket")
                .await;
        }
        session.check()?;
        pipeline::check_budget(survey.cost_usd, &session.executor.settings.limits)?;
        let settings = &session.settings;
        let request = RunRequest {
            run_id: tdbal_types::time::new_run_id(
                session.executor.evaluation.clock.now(),
                &mut rand::rng(),
            )?,
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
            survey,
        })
    }

    /// Lists the data again, since it was changed.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub(crate) async fn look_again(&mut self, session: &Session<'_>) -> anyhow::Result<()> {
        self.discovery = dataset::discover(&session.executor.data.reader()).await?;
        Ok(())
    }

    /// Tells what was found and what to expect.
    pub(crate) fn announce(&self, session: &Session<'_>, quiet: bool) {
        render::warnings(&self.discovery.warnings);
        if quiet {
            return;
        }
        let what = match self.request.mode {
            Mode::DryRun => "Dry run",
            Mode::Execute => "Executing",
        };
        let survey = &self.survey;
        render::note(&format!(
            "{what}: {}, {}, judged by {}: about {}, {} tokens, {}",
            render::count(survey.actors, "actor"),
            render::count(survey.pictures, "picture"),
            session.executor.evaluation.model,
            render::count(survey.calls, "call"),
            survey.tokens.input + survey.tokens.output,
            survey.cost_usd,
        ));
    }
}

/// Fails where there is nobody to work on.
pub(crate) fn require_actors(discovery: &Discovery, settings: &Settings) -> anyhow::Result<()> {
    if !discovery.actors.is_empty() {
        return Ok(());
    }
    let searched = match &settings.data {
        DataLocation::Folder(path) => path.join("actors").display().to_string(),
        DataLocation::Bucket { bucket, prefix } => {
            format!(
                "s3://{bucket}/{}",
                format!("{prefix}/actors").trim_start_matches('/')
            )
        }
    };
    anyhow::bail!(
        "No actors found with training data in {searched}: check that the folder exists and that \
         actors in it have training_data/manifest.json or pictures (see --data-dir)"
    )
}

fn select(args: &ActorArgs, discovery: &Discovery) -> anyhow::Result<Vec<ActorId>> {
    let all = discovery.names();
    if args.all {
        return Ok(all);
    }
    let mut actors = Vec::new();
    for id in &args.actor_id {
        actors.push(ActorQuery(id.clone()).resolve(&all)?);
    }
    actors.sort();
    actors.dedup();
    Ok(actors)
}

/// What progress is good for: the same data, judged by the same model and prompt, with the same
/// targets.
pub(super) fn basis(session: &Session<'_>) -> Basis {
    let matters = json!({
        "model": session.executor.evaluation.model.identity(),
        "targets": session.settings.targets.describe(),
        "policy": session.settings.policy,
        "inquiry": session.settings.inquiry,
    });
    Basis {
        data_dir: session.executor.data.identity.clone(),
        settings: storage::sha256(matters.to_string().as_bytes()),
    }
}
