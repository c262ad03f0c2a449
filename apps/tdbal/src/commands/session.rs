//! Shared by commands that read or change the data set: turns settings into an executor, and reports
//! everything that is missing at once.

use crate::cli::CommonArgs;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render::{self, Progress};
use crate::s3::S3Buckets;
use crate::settings::{Flags, Settings};
use crate::wiring::{self, Missing};
use evaluation::EvaluationContext;
use evaluation::pictures::workers::Workers;
use execution::{Executor, RunError};
use pipeline::{BucketReason, ServiceNeeds};
use results::OutputFolder;
use results::progress::Basis;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use tdbal_types::RunId;
use tdbal_types::time::Clock;
use tokio_util::sync::CancellationToken;

/// The settings of a command, and the executor made from them.
pub(crate) struct Session<'a> {
    environment: &'a Environment,
    pub(crate) settings: Settings,
    pub(crate) executor: Executor,
    buckets: Arc<S3Buckets>,
    missing: Missing,
    /// The services that were set up, or found missing.
    set_up: ServiceNeeds,
}

impl<'a> Session<'a> {
    /// Resolves the settings and opens the data set.
    ///
    /// # Errors
    /// When the settings are not valid, or the data set is in a bucket that cannot be opened.
    pub(crate) async fn open(
        flags: &Flags,
        environment: &'a Environment,
        folder: &Path,
        needs: ServiceNeeds,
    ) -> anyhow::Result<Self> {
        let settings = Settings::resolve(flags, environment, folder)?;
        render::warnings(&settings.warnings);
        // Boxed because the future is too large for the stack frames of the callers.
        Box::pin(Self::with_settings(settings, environment, needs)).await
    }

    /// Opens the data set with resolved settings.
    ///
    /// # Errors
    /// When the data set is in a bucket that cannot be opened.
    pub(crate) async fn with_settings(
        settings: Settings,
        environment: &'a Environment,
        needs: ServiceNeeds,
    ) -> anyhow::Result<Self> {
        let mut missing = Missing::default();
        let model = wiring::vision_model(&settings, environment)?;
        let mut generator = None;
        if needs.model {
            missing.extend(wiring::missing_key(&settings, environment));
        }
        if needs.generator {
            missing.extend(wiring::missing_token(&settings, environment));
            generator = wiring::generator(&settings, environment)?;
        }
        let execution_settings = wiring::execution_settings(&settings)?;
        let process = wiring::this_process(environment);
        let (data, buckets) =
            wiring::data_folder(&settings, environment, &process, &mut missing).await?;
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let executor = Executor {
            evaluation: EvaluationContext {
                data: data.reader(),
                output: OutputFolder::new(&settings.output_dir),
                model,
                settings: wiring::evaluation_settings(&settings),
                workers: Arc::new(Workers::new(threads)),
                clock: Clock::system(),
            },
            data,
            generator,
            settings: execution_settings,
            process,
        };
        Ok(Self {
            environment,
            settings,
            executor,
            buckets,
            missing,
            set_up: needs,
        })
    }

    /// Sets up services, unless they are set up already. [`check`](Self::check) reports missing keys.
    ///
    /// # Errors
    /// When the generator's address is not valid.
    pub(crate) fn require(&mut self, needs: ServiceNeeds) -> anyhow::Result<()> {
        if needs.model && !std::mem::replace(&mut self.set_up.model, true) {
            let missing = wiring::missing_key(&self.settings, self.environment);
            self.missing.extend(missing);
        }
        if needs.generator && !std::mem::replace(&mut self.set_up.generator, true) {
            let missing = wiring::missing_token(&self.settings, self.environment);
            self.missing.extend(missing);
            self.executor.generator = wiring::generator(&self.settings, self.environment)?;
        }
        Ok(())
    }

    /// How text on standard output is laid out.
    pub(crate) fn style(&self) -> render::Style {
        render::style(self.environment)
    }

    /// The buckets that the data set may use.
    pub(crate) fn buckets(&self) -> &S3Buckets {
        &self.buckets
    }

    /// Looks for the credentials of buckets, if there is a reason to open one.
    /// [`check`](Self::check) reports missing credentials.
    pub(crate) async fn require_bucket(&mut self, reason: Option<BucketReason>) {
        if let Some(reason) = reason
            && let Some(what) = self.buckets.missing_credentials().await
        {
            self.missing.push(format!("{what} ({reason})"));
        }
    }

    /// A new id for a run that starts now.
    ///
    /// # Errors
    /// When the clock gives a time that no id can hold.
    pub(crate) fn new_run_id(&self) -> anyhow::Result<RunId> {
        let now = self.executor.evaluation.clock.now();
        Ok(tdbal_types::time::new_run_id(now, &mut rand::rng())?)
    }

    /// Fails if anything that was required is missing.
    ///
    /// # Errors
    /// One message that lists everything missing.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        std::mem::take(&mut self.missing).check()
    }
}

/// Does some work with a progress display. The first Ctrl-C stops the work safely, the second ends the
/// process.
///
/// # Errors
/// The errors of the work.
pub(crate) async fn supervise<T>(
    common: &CommonArgs,
    work: impl AsyncFnOnce(&Progress, &CancellationToken) -> Result<T, RunError>,
) -> anyhow::Result<T> {
    let cancel = CancellationToken::new();
    let progress = Progress::new(common.quiet);
    let watched = cancel.clone();
    let notes = progress.clone();
    let watcher = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        notes.note(
            "Stopping safely after the work in progress. Press Ctrl-C again to stop at once.",
        );
        watched.cancel();
        if tokio::signal::ctrl_c().await.is_ok() {
            leave_now();
        }
    });
    let result = work(&progress, &cancel).await;
    watcher.abort();
    progress.finish();
    Ok(result?)
}

/// Ends the process at once. No file is left half written, because files are written whole or not at
/// all.
#[expect(
    clippy::exit,
    reason = "the second Ctrl-C stops at once, whatever still runs"
)]
fn leave_now() {
    std::process::exit(i32::from(Exit::Interrupted.code()));
}

/// The data and settings that progress is valid for: the model with its prompt, the targets and how
/// pictures are judged.
pub(super) fn basis(session: &Session<'_>) -> Basis {
    let settings = json!({
        "model": session.executor.evaluation.model.identity(),
        "targets": session.settings.targets.describe(),
        "policy": session.settings.policy,
        "inquiry": session.settings.inquiry,
    });
    Basis {
        data_dir: session.executor.data.identity.clone(),
        settings: storage::sha256(settings.to_string().as_bytes()),
    }
}
