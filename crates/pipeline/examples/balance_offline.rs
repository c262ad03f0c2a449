//! Balances a copy of the demonstration set: a dry run, then an execution. Recordings stand in for
//! the vision model and the generator, so no key and no network is needed.
#![allow(clippy::print_stdout, reason = "an example")]

use async_trait::async_trait;
use balance_planner::Policy;
use evaluation::pictures::workers::Workers;
use evaluation::{EvaluationContext, EvaluationSettings};
use execution::{DataFolder, ExecutionSettings, Executor, Process};
use pipeline::{Resume, RunRequest};
use replicate_gen::ImageGenerator as _;
use results::progress::Basis;
use results::{ActorStatus, Mode, OutputFolder, RunReport, Silent};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use storage::{ObjectStore, ObjectStores, StoreError};
use tdbal_types::time::Clock;
use tokio_util::sync::CancellationToken;

/// Number of actors in the demonstration set that need changes.
const TO_CHANGE: usize = 4;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    copy(&fixtures.join("data"), &data)?;
    let executor = executor(&data, &folder.path().join("output"), &fixtures);

    let planned = run(&executor, Mode::DryRun).await?;
    print(&planned);
    let executed = run(&executor, Mode::Execute).await?;
    print(&executed);

    if planned.totals.to_change != TO_CHANGE || executed.totals.changed != TO_CHANGE {
        return Err(format!("expected changes to {TO_CHANGE} actors").into());
    }
    Ok(())
}

/// Everything outside the process (files, model, generator, clock) is passed in here.
fn executor(data: &Path, output: &Path, fixtures: &Path) -> Executor {
    let generator = replicate_gen::Replay::new(fixtures.join("generated"));
    let settings = ExecutionSettings::new(generator.identity(), generator.price(), "an example");
    let data = DataFolder::local(data, Arc::new(NoBuckets));
    Executor {
        evaluation: EvaluationContext {
            data: data.reader(),
            output: OutputFolder::new(output),
            model: Arc::new(vision_eval::Replay::new(fixtures.join("replies"))),
            settings: EvaluationSettings::default(),
            workers: Arc::new(Workers::new(2)),
            clock: Clock::system(),
        },
        data,
        generator: Some(Arc::new(generator)),
        settings,
        process: Process {
            host: "localhost".into(),
            pid: std::process::id(),
        },
    }
}

async fn run(executor: &Executor, mode: Mode) -> Result<RunReport, Box<dyn Error>> {
    let discovery = dataset::discover(&executor.data.reader()).await?;
    let policy = Policy::default();
    let request = RunRequest {
        run_id: tdbal_types::time::new_run_id(executor.evaluation.clock.now(), &mut rand::rng())?,
        actors: discovery
            .names()
            .into_iter()
            .map(|actor| (actor, policy))
            .collect(),
        mode,
        resume: Resume::No,
        basis: Basis {
            data_dir: executor.data.identity.clone(),
            settings: storage::sha256(format!("{policy:?}").as_bytes()),
        },
    };
    let cancel = CancellationToken::new();
    let (_plan, report) = match mode {
        Mode::DryRun => {
            pipeline::plan(
                &executor.evaluation,
                &executor.settings,
                &discovery,
                &request,
                &Silent,
                &cancel,
            )
            .await?
        }
        Mode::Execute => {
            pipeline::execute(executor, &discovery, &request, &Silent, &cancel).await?
        }
    };
    Ok(report)
}

fn print(report: &RunReport) {
    println!("run {}, executed: {}", report.run_id, report.executed);
    for actor in &report.actors {
        let what = match &actor.status {
            ActorStatus::Balanced => "balanced".to_owned(),
            ActorStatus::ToChange => format!(
                "remove {}, generate {}",
                actor.to_remove.len(),
                actor.to_generate
            ),
            ActorStatus::Changed => format!(
                "removed {}, generated {}",
                actor.removed.len(),
                actor.generated.len()
            ),
            other => format!("{other:?}"),
        };
        println!("  {}: {what}", actor.actor);
    }
}

/// All pictures of the demonstration set are files, so no bucket is ever opened.
#[derive(Debug)]
struct NoBuckets;

#[async_trait]
impl ObjectStores for NoBuckets {
    async fn bucket(
        &self,
        name: &str,
        _region: Option<&str>,
    ) -> Result<Arc<dyn ObjectStore>, StoreError> {
        Err(StoreError::Unavailable {
            store: format!("s3://{name}"),
            problem: "this example opens no buckets".into(),
        })
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            std::fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
