//! `tdbal demo`: balances a small built-in data set with recorded replies.

use super::session::supervise;
use crate::cli::{CommonArgs, DemoArgs};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::settings::{Flags, Settings};
use crate::{render, wiring};
use anyhow::Context as _;
use dataset::stats::Stats;
use evaluation::EvaluationContext;
use evaluation::pictures::workers::Workers;
use execution::Executor;
use include_dir::{Dir, include_dir};
use pipeline::{Resume, RunRequest};
use results::progress::Basis;
use results::{ActorReport, ActorStatus, Mode, OutputFolder, RunReport};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tdbal_types::time::Clock;
use tdbal_types::{ClassCounts, Target};

/// The demonstration data set, compiled into the binary so it needs no other files: folders of
/// `fixtures/` by name.
static FIXTURES: [(&str, Dir<'_>); 3] = [
    (
        "data",
        include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/data"),
    ),
    (
        "replies",
        include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/replies"),
    ),
    (
        "generated",
        include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/generated"),
    ),
];

/// The expected outcome of each actor.
const INDEX: &str = include_str!("../../../../fixtures/index.json");

/// The expected outcome of each actor, from `fixtures/index.json`.
#[derive(Debug, Deserialize)]
struct Index {
    actors: Vec<Expected>,
}

/// The expected outcome of one actor. The file has more fields, which only tests use.
#[derive(Debug, Deserialize)]
struct Expected {
    actor: String,
    title: String,
    outcome: Outcome,
    unreadable: Vec<String>,
    sheet: Vec<String>,
    plan: Option<ExpectedPlan>,
    counts_after: Option<ClassCounts>,
}

#[derive(Debug, Deserialize)]
struct ExpectedPlan {
    remove: BTreeSet<String>,
    generate: ClassCounts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Balanced,
    ToChange,
    Unassessed,
}

/// `tdbal demo`: balances a fresh copy of the built-in data set.
pub(crate) async fn demo(args: &DemoArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let defaults = Settings::resolve(&demo_flags(None), &Environment::default(), no_folder())?;
    let output_dir = args
        .output_dir
        .clone()
        .unwrap_or_else(|| defaults.output_dir.join("demo"));
    let copy = unpack(&output_dir)?;
    let settings = Settings::resolve(
        &demo_flags(Some(&copy)),
        &Environment::default(),
        no_folder(),
    )?;
    let mode = if args.execute {
        Mode::Execute
    } else {
        Mode::DryRun
    };
    let executor = executor(&settings, &copy, &output_dir, mode)?;
    let reader = executor.data.reader();
    let discovery = dataset::discover(&reader).await?;
    let count = async || {
        let discovery = dataset::discover(&reader).await?;
        let target = |_: &_| Target::STANDARD;
        anyhow::Ok(
            dataset::stats::stats(&reader, &discovery, target, &executor.evaluation.clock).await,
        )
    };
    let before = count().await?;
    if !args.quiet {
        render::note(&format!(
            "Demonstration: {} actors on a copy in {}, recorded replies, no key and no network\n",
            before.actors,
            copy.join("data").display()
        ));
        for expected in index()?.actors {
            render::note(&format!("  {}  {}", expected.actor, expected.title));
        }
        render::note("");
    }
    let request = RunRequest {
        run_id: tdbal_types::time::new_run_id(executor.evaluation.clock.now(), &mut rand::rng())?,
        actors: discovery
            .names()
            .into_iter()
            .map(|a| (a.clone(), settings.policy_of(&a)))
            .collect(),
        mode,
        resume: Resume::No,
        basis: Basis {
            data_dir: executor.data.identity.clone(),
            settings: storage::sha256(b"demonstration"),
        },
    };
    let common = CommonArgs {
        quiet: args.quiet,
        ..CommonArgs::default()
    };
    let (_, report) = supervise(&common, async |observer, cancel| match mode {
        Mode::DryRun => {
            pipeline::plan(
                &executor.evaluation,
                &executor.settings,
                &discovery,
                &request,
                observer,
                cancel,
            )
            .await
        }
        Mode::Execute => pipeline::execute(&executor, &discovery, &request, observer, cancel).await,
    })
    .await?;
    let style = render::style(environment);
    render::report(&report, &[], args.json, &style)?;
    let after = count().await?;
    if args.execute && !args.json {
        render::out(&render::before_and_after(&before, &after, &style))?;
    }
    let differences = differences(&index()?, &report, &after, mode);
    if differences.is_empty() {
        if !args.quiet {
            render::note("Every actor ended as fixtures/index.json expects.");
        }
        return Ok(match Exit::of_run(&report) {
            // One actor is unassessed on purpose.
            Exit::ActorsFailed => Exit::Success,
            exit => exit,
        });
    }
    anyhow::bail!(
        "the demonstration did not end as expected:\n  {}",
        differences.join("\n  ")
    )
}

/// A folder without a settings file, because the demonstration shows the defaults.
fn no_folder() -> &'static Path {
    Path::new("/nonexistent")
}

fn demo_flags(copy: Option<&Path>) -> Flags {
    Flags::of_data(copy.map(|copy| copy.join("data").display().to_string()))
}

fn index() -> anyhow::Result<Index> {
    serde_json::from_str(INDEX).context("the demonstration set has a broken index")
}

/// Writes a fresh copy of the data set to the output folder, in place of an earlier copy. A marker file
/// proves that the old folder is such a copy, so nothing else is ever deleted.
fn unpack(output_dir: &Path) -> anyhow::Result<PathBuf> {
    let copy = output_dir.join("copy");
    let marker = copy.join(".tdbal-demo");
    let cannot = || format!("cannot write the demonstration set to {}", copy.display());
    if copy.exists() {
        anyhow::ensure!(
            marker.exists(),
            "{} is not a copy that tdbal demo made; choose another --output-dir",
            copy.display()
        );
        std::fs::remove_dir_all(&copy).with_context(cannot)?;
    }
    std::fs::create_dir_all(&copy).with_context(cannot)?;
    std::fs::write(&marker, "made by tdbal demo, which replaces this folder\n")
        .with_context(cannot)?;
    for (name, folder) in &FIXTURES {
        let target = copy.join(name);
        std::fs::create_dir_all(&target).with_context(cannot)?;
        folder.extract(&target).with_context(cannot)?;
    }
    Ok(copy)
}

fn executor(
    settings: &Settings,
    copy: &Path,
    output_dir: &Path,
    mode: Mode,
) -> anyhow::Result<Executor> {
    let mut replay = settings.clone();
    replay.generator = crate::settings::Source::Replay(copy.join("generated"));
    let environment = Environment::default();
    let generator = match mode {
        Mode::DryRun => None,
        Mode::Execute => wiring::generator(&replay, &environment)?,
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let data = wiring::offline_data(&copy.join("data"));
    Ok(Executor {
        evaluation: EvaluationContext {
            data: data.reader(),
            output: OutputFolder::new(output_dir),
            model: Arc::new(vision_eval::Replay::new(copy.join("replies"))),
            settings: wiring::evaluation_settings(&replay),
            workers: Arc::new(Workers::new(threads)),
            clock: Clock::system(),
        },
        data,
        generator,
        settings: wiring::execution_settings(&replay)?,
        process: wiring::this_process(&environment),
    })
}

/// How the run differs from what the index expects.
fn differences(index: &Index, report: &RunReport, after: &Stats, mode: Mode) -> Vec<String> {
    let mut found = Vec::new();
    for expected in &index.actors {
        let Some(actor) = report
            .actors
            .iter()
            .find(|r| r.actor.as_str() == expected.actor)
        else {
            found.push(format!("{} was not processed", expected.actor));
            continue;
        };
        if let Some(problem) = difference(expected, actor, after, mode) {
            found.push(format!("{}: {problem}", expected.actor));
        }
    }
    found
}

fn difference(
    expected: &Expected,
    actor: &ActorReport,
    after: &Stats,
    mode: Mode,
) -> Option<String> {
    let as_expected = match (&actor.status, expected.outcome) {
        (ActorStatus::Balanced, Outcome::Balanced)
        | (ActorStatus::Unassessed { .. }, Outcome::Unassessed) => true,
        (ActorStatus::ToChange, Outcome::ToChange) => mode == Mode::DryRun,
        (ActorStatus::Changed, Outcome::ToChange) => mode == Mode::Execute,
        _ => false,
    };
    if !as_expected {
        return Some(format!(
            "expected {:?}, got {:?}",
            expected.outcome, actor.status
        ));
    }
    if let Some(plan) = &expected.plan {
        let (removed, generated) = match mode {
            Mode::DryRun => (&actor.to_remove, actor.to_generate.total()),
            Mode::Execute => (&actor.removed, actor.generated.len()),
        };
        let removed: BTreeSet<String> = removed
            .iter()
            .map(|name| name.as_str().to_owned())
            .collect();
        if removed != plan.remove || generated != plan.generate.total() {
            return Some(format!("removed {removed:?} and generated {generated}"));
        }
    }
    let files = match (mode, expected.counts_after) {
        (Mode::Execute, Some(counts)) => counts.total() + expected.unreadable.len(),
        _ => expected.sheet.len(),
    };
    let there = after
        .by_actor
        .iter()
        .find(|stats| stats.actor == actor.actor)?
        .images;
    (there != Some(files)).then(|| format!("has {there:?} pictures where {files} are expected"))
}
