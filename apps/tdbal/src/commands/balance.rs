//! The main job: evaluate, plan, and with `--execute` balance.

use crate::cli::{Cli, RunArgs};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render::{self, Progress};
use crate::settings::{Flags, Settings};
use crate::wiring::{self, Missing};
use clap::CommandFactory as _;
use pipeline::{
    Basis, Clock, Discovery, Engine, Mode, OutputFolder, RunReport, RunRequest, Survey, Workers,
};
use serde_json::json;
use std::path::Path;
use storage::DataLocation;
use tdbal_types::{ActorId, ActorQuery};
use tokio_util::sync::CancellationToken;

/// Does what the flags at top level ask for.
pub(crate) async fn balance(
    args: &RunArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let settings = Settings::resolve(&Flags::from(args), environment, folder)?;
    let quiet = args.common.quiet;
    render::warnings(&settings.warnings);
    let mode = if args.execute {
        Mode::Execute
    } else {
        Mode::DryRun
    };
    let output = OutputFolder::new(&settings.output_dir);
    if args.show_progress {
        return show_progress(&output, mode, args.common.json).await;
    }
    if args.reset_progress {
        return reset_progress(&output, mode).await;
    }
    if !args.all && args.actor_id.is_empty() {
        let kind = clap::error::ErrorKind::MissingRequiredArgument;
        let error = Cli::command().error(kind, "say which actors: --all, or --actor-id ID");
        let _ = error.print();
        return Ok(Exit::Usage);
    }

    let mut missing = Missing::default();
    let model = wiring::vision_model(&settings, environment, &mut missing)?;
    let generator = wiring::generator(&settings, environment, mode, &mut missing)?;
    let engine_settings = wiring::engine_settings(&settings)?;
    let (data, buckets) = wiring::data_folder(&settings, environment, &mut missing).await?;
    let clock = Clock::system();
    let reader = data.reader();
    let discovery = pipeline::discover(&reader).await?;
    require_actors(&discovery, &settings)?;
    let actors = select(args, &discovery)?;
    let sheet = engine_settings.look.sheet;
    let survey = pipeline::survey(
        &reader,
        &discovery,
        &actors,
        mode,
        model.as_ref(),
        &sheet,
        &clock,
    )
    .await;
    let stores_objects = generator.is_some() && settings.destination.is_some();
    let reason = match &survey.needs_bucket {
        Some(actor) => Some(format!("pictures of {actor} are in S3")),
        None => stores_objects.then(|| "new pictures go to [s3] bucket".to_owned()),
    };
    if let Some(reason) = reason
        && let Some(what) = buckets.missing_credentials().await
    {
        missing.push(format!("{what} ({reason})"));
    }
    missing.check()?;
    render::warnings(&discovery.warnings);
    if !quiet {
        render::note(&expectation(&survey, mode, model.as_ref()));
    }

    let request = RunRequest {
        run_id: pipeline::new_run_id(clock.now(), &mut rand::rng())?,
        actors: actors
            .into_iter()
            .map(|actor| (actor.clone(), settings.policy_of(&actor)))
            .collect(),
        mode,
        resume: !args.no_resume,
        basis: basis(&settings, &data.identity, model.as_ref()),
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let engine = Engine {
        data,
        output,
        model,
        generator,
        settings: engine_settings,
        workers: Workers::new(threads),
        clock,
    };
    let report = supervise(&engine, &discovery, &request, quiet).await?;
    render::report(&report, args.common.json)?;
    Ok(Exit::of_run(&report))
}

/// Runs with a progress display, and stops at Ctrl-C: the first ends the run safely, the second ends
/// the process.
pub(crate) async fn supervise(
    engine: &Engine,
    discovery: &Discovery,
    request: &RunRequest,
    quiet: bool,
) -> anyhow::Result<RunReport> {
    let cancel = CancellationToken::new();
    let progress = Progress::new(quiet);
    let watched = cancel.clone();
    let told = progress.clone();
    let watcher = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        told.note(
            "Stopping: what is in hand is brought to a safe end. Ctrl-C again stops at once.",
        );
        watched.cancel();
        if tokio::signal::ctrl_c().await.is_ok() {
            leave_now();
        }
    });
    let report = pipeline::run(engine, discovery, request, &progress, &cancel).await;
    watcher.abort();
    progress.finish();
    Ok(report?)
}

/// Ends the process at once. Every file is written whole or not at all, so that nothing is left half
/// done by it.
#[expect(
    clippy::exit,
    reason = "the second Ctrl-C means at once, whatever still runs"
)]
fn leave_now() {
    std::process::exit(i32::from(Exit::Interrupted.code()));
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

fn select(args: &RunArgs, discovery: &Discovery) -> anyhow::Result<Vec<ActorId>> {
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
fn basis(settings: &Settings, data: &str, model: &dyn vision_eval::VisionModel) -> Basis {
    let matters = json!({
        "model": model.identity(),
        "targets": settings.targets.describe(),
        "policy": settings.policy,
    });
    Basis {
        data_dir: data.to_owned(),
        settings: storage::sha256(matters.to_string().as_bytes()),
    }
}

/// What is to be expected, in one line, before it begins.
fn expectation(survey: &Survey, mode: Mode, model: &dyn vision_eval::VisionModel) -> String {
    let what = match mode {
        Mode::DryRun => "Dry run",
        Mode::Execute => "Executing",
    };
    format!(
        "{what}: {}, {}, judged by {model}: about {}, {} tokens, {}",
        count(survey.actors, "actor"),
        count(survey.pictures, "picture"),
        count(survey.calls, "call"),
        survey.tokens.input + survey.tokens.output,
        survey.cost_usd,
    )
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

async fn show_progress(output: &OutputFolder, mode: Mode, as_json: bool) -> anyhow::Result<Exit> {
    let path = output.path().join(mode.progress_file());
    match output.read_progress(mode).await? {
        progress if as_json => render::json(&progress)?,
        Some(progress) => render::out(&format!("Progress in {}\n\n{progress}", path.display()))?,
        None => render::out(&format!("No progress: {} does not exist\n", path.display()))?,
    }
    Ok(Exit::Success)
}

async fn reset_progress(output: &OutputFolder, mode: Mode) -> anyhow::Result<Exit> {
    let _lock = output.lock()?;
    let path = output.path().join(mode.progress_file());
    let text = if output.reset_progress(mode).await? {
        format!(
            "Progress reset: {} is gone, the next run begins anew\n",
            path.display()
        )
    } else {
        format!("Nothing to reset: {} does not exist\n", path.display())
    };
    render::out(&text)?;
    Ok(Exit::Success)
}
