//! What commands that look at the data or change it have in common: settings become an executor, and
//! what is missing is told at once.

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
use results::OutputFolder;
use std::path::Path;
use std::sync::Arc;
use tdbal_types::time::Clock;
use tokio_util::sync::CancellationToken;

/// What a command needs for sure, known from its flags.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Needs {
    /// Pictures are looked at.
    pub(crate) model: bool,
    /// Pictures are made.
    pub(crate) generator: bool,
}

/// Settings, and the executor that they make.
pub(crate) struct Session<'a> {
    environment: &'a Environment,
    pub(crate) settings: Settings,
    pub(crate) executor: Executor,
    buckets: Arc<S3Buckets>,
    missing: Missing,
    has_asked_for: Needs,
}

impl<'a> Session<'a> {
    /// Resolves the settings and opens the data.
    ///
    /// # Errors
    /// When settings make no sense, or the data is in a bucket that cannot be opened.
    pub(crate) async fn open(
        flags: &Flags,
        environment: &'a Environment,
        folder: &Path,
        needs: Needs,
    ) -> anyhow::Result<Self> {
        let settings = Settings::resolve(flags, environment, folder)?;
        render::warnings(&settings.warnings);
        // Settings and executor together are too much for every caller's own frame.
        Box::pin(Self::with_settings(settings, environment, needs)).await
    }

    /// Opens the data by settings that are resolved.
    ///
    /// # Errors
    /// When the data is in a bucket that cannot be opened.
    pub(crate) async fn with_settings(
        settings: Settings,
        environment: &'a Environment,
        needs: Needs,
    ) -> anyhow::Result<Self> {
        let mut missing = Missing::default();
        let mut has_asked_for = Needs::default();
        let model = wiring::vision_model(&settings, environment)?;
        let mut generator = None;
        if needs.model {
            has_asked_for.model = true;
            missing.extend(wiring::missing_key(&settings, environment));
        }
        if needs.generator {
            has_asked_for.generator = true;
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
            has_asked_for,
        })
    }

    /// Makes sure that pictures can be made and looked at.
    ///
    /// # Errors
    /// When the generator's address makes no sense.
    pub(crate) fn require_generation(&mut self) -> anyhow::Result<()> {
        if !std::mem::replace(&mut self.has_asked_for.model, true) {
            let missing = wiring::missing_key(&self.settings, self.environment);
            self.missing.extend(missing);
        }
        if !std::mem::replace(&mut self.has_asked_for.generator, true) {
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

    /// The buckets.
    pub(crate) fn buckets(&self) -> &S3Buckets {
        &self.buckets
    }

    /// Makes sure that buckets can be opened, for that reason.
    pub(crate) async fn require_buckets(&mut self, reason: &str) {
        if let Some(what) = self.buckets.missing_credentials().await {
            self.missing.push(format!("{what} ({reason})"));
        }
    }

    /// Fails if anything that was required is missing.
    ///
    /// # Errors
    /// One message with everything.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        std::mem::take(&mut self.missing).check()
    }
}

/// Works with a progress display, and stops at Ctrl-C: the first ends the work safely, the second
/// ends the process.
///
/// # Errors
/// Those of the work.
pub(crate) async fn supervise<T>(
    common: &CommonArgs,
    work: impl AsyncFnOnce(&Progress, &CancellationToken) -> Result<T, RunError>,
) -> anyhow::Result<T> {
    let cancel = CancellationToken::new();
    let progress = Progress::new(common.quiet);
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
    let result = work(&progress, &cancel).await;
    watcher.abort();
    progress.finish();
    Ok(result?)
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
