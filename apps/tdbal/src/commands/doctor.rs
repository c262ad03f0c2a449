//! `tdbal doctor`: checks for problems, and with `--fix` fixes those that can be fixed without removing
//! a picture.

mod probes;

use super::actors;
use super::session::Session;
use crate::cli::DoctorArgs;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render;
use crate::settings::{Flags, Settings};
use anyhow::Context as _;
use dataset::Discovery;
use doctor::{Buckets, Depth, Diagnosis, Finding, FixReport, Offline, Problem, Scope, Severity};
use pipeline::ServiceNeeds;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use storage::DataLocation;
use tdbal_types::{ActorId, RunId};
use tokio_util::sync::CancellationToken;

/// `tdbal doctor`: checks the data set and the services, and fixes problems if asked to.
pub(crate) async fn doctor(
    args: &DoctorArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let flags = Flags::from(args);
    let settings = Settings::resolve(&flags, environment, folder)?;
    if args.offline && matches!(settings.data, DataLocation::Bucket { .. }) {
        anyhow::bail!(
            "--offline cannot be used with data in a bucket: omit it, or use --data-dir FOLDER"
        );
    }
    render::warnings(&settings.warnings);
    let mut session =
        Session::with_settings(settings, environment, ServiceNeeds::default()).await?;
    session.check()?;
    if args.offline {
        session.executor.data.buckets = Arc::new(Offline);
        session.executor.evaluation.data = session.executor.data.reader();
    }
    let cancel = CancellationToken::new();
    let watched = cancel.clone();
    let watcher = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            render::note("Stopping after the current actor.");
            watched.cancel();
        }
    });
    let checkup = Checkup {
        args,
        environment,
        session: &session,
        run: session.new_run_id()?,
        cancel: &cancel,
    };
    let result = checkup.run().await;
    watcher.abort();
    let (diagnosis, fixed) = result?;
    if args.json {
        render::json(&render::DoctorJson::new(&diagnosis, &fixed))?;
    } else {
        render::out(&render::doctor(&diagnosis, &session.style()))?;
    }
    Ok(exit_of(&diagnosis, &fixed, cancel.is_cancelled()))
}

fn exit_of(diagnosis: &Diagnosis, fixed: &[FixReport], is_cancelled: bool) -> Exit {
    let exit = |holds: bool, exit: Exit| if holds { exit } else { Exit::Success };
    let failed = fixed.iter().any(|report| report.failed() > 0);
    exit(is_cancelled, Exit::Interrupted)
        .and(exit(diagnosis.count(Severity::Error) > 0, Exit::Error))
        .and(exit(failed, Exit::ActorsFailed))
}

/// One run of the doctor.
struct Checkup<'a> {
    args: &'a DoctorArgs,
    environment: &'a Environment,
    session: &'a Session<'a>,
    /// The id under which fixes are recorded.
    run: RunId,
    cancel: &'a CancellationToken,
}

impl Checkup<'_> {
    /// Examines the data set, applies fixes, and examines it again after fixes.
    async fn run(&self) -> anyhow::Result<(Diagnosis, Vec<FixReport>)> {
        let executor = &self.session.executor;
        let mut fixed = Vec::new();
        if self.args.fix {
            // Fixes that an earlier run recorded come first: they change what is found below.
            fixed = doctor::resume_all(executor, self.cancel).await?;
            for report in &fixed {
                self.print(&render::fixed(report, &self.session.style()))?;
            }
        }
        let probes = self.probe().await?;
        let diagnosis = self.examine(&probes).await?;
        if !self.args.fix {
            return Ok((diagnosis, fixed));
        }
        let plan = diagnosis.fix_plan(self.run.clone(), executor.evaluation.clock.stamp());
        if plan.is_empty() {
            return Ok((diagnosis, fixed));
        }
        self.print(&render::fix_plan(&plan, &self.session.style()))?;
        let report = doctor::fix(executor, &plan, self.cancel).await?;
        self.print(&render::fixed(&report, &self.session.style()))?;
        fixed.push(report);
        Ok((self.examine(&probes).await?, fixed))
    }

    fn print(&self, text: &str) -> anyhow::Result<()> {
        if !self.args.json {
            render::out(text)?;
        }
        Ok(())
    }

    /// Checks services and folders. Fixes do not change what is found there.
    async fn probe(&self) -> anyhow::Result<Vec<Finding>> {
        let settings = &self.session.settings;
        let mut found = probes::folders(settings, &self.session.executor);
        if !self.args.offline {
            let today = self.session.executor.evaluation.clock.now();
            found.extend(probes::services(settings, self.environment, today).await?);
        }
        Ok(found)
    }

    async fn examine(&self, probes: &[Finding]) -> anyhow::Result<Diagnosis> {
        let executor = &self.session.executor;
        let mut found = Vec::new();
        let discovery = match dataset::discover(&executor.data.reader()).await {
            Ok(discovery) => discovery,
            Err(error) => {
                let problem = tdbal_types::chain(&error);
                found.push(Finding {
                    actor: None,
                    problem: Problem::Data { problem },
                });
                Discovery::default()
            }
        };
        if discovery.actors.is_empty() && found.is_empty() {
            let problem = format!("no actors with training data in {}", executor.data.identity);
            found.push(Finding {
                actor: None,
                problem: Problem::Data { problem },
            });
        }
        let only = self.only(&discovery)?;
        let mut depth = Depth {
            deep: self.args.deep,
            offline: self.args.offline,
        };
        let buckets = doctor::named_buckets(executor, &discovery, only.as_ref()).await;
        if !depth.offline {
            found.extend(self.probe_buckets(&buckets, &mut depth).await);
        }
        let scope = Scope {
            discovery: &discovery,
            only: only.as_ref(),
            buckets: &buckets,
            depth,
        };
        let mut diagnosis = doctor::examine(executor, scope).await;
        diagnosis.add(found);
        diagnosis.add(probes.iter().cloned());
        Ok(diagnosis)
    }

    /// Checks all buckets in use, if there are credentials.
    async fn probe_buckets(&self, named: &Buckets, depth: &mut Depth) -> Vec<Finding> {
        let all = probes::buckets_in_use(&self.session.settings, named);
        if all.is_empty() {
            return Vec::new();
        }
        if let Some(variable) = self.session.buckets().missing_credentials().await {
            depth.offline = true;
            return vec![Finding {
                actor: None,
                problem: Problem::KeyMissing {
                    service: "S3".to_owned(),
                    variable,
                },
            }];
        }
        probes::buckets(self.session, &all, &self.run).await
    }

    /// The actors to examine; `None` for all.
    fn only(&self, discovery: &Discovery) -> anyhow::Result<Option<BTreeSet<ActorId>>> {
        actors::named(&self.args.actor_id, &discovery.names()).context("--actor-id")
    }
}
