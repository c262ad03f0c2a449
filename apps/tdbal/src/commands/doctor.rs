//! `tdbal doctor`: looks whether everything is as it should be, and with `--fix` mends what can be
//! mended without taking a picture away.

mod probes;

use super::session::{Needs, Session};
use crate::cli::DoctorArgs;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::render;
use crate::settings::{Flags, Settings};
use anyhow::Context as _;
use dataset::Discovery;
use doctor::{Buckets, Depth, Diagnosis, Finding, FixReport, Offline, Problem, Scope, Severity};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use storage::DataLocation;
use tdbal_types::{ActorId, ActorQuery, RunId};
use tokio_util::sync::CancellationToken;

/// Looks, and mends where that was asked for.
pub(crate) async fn doctor(
    args: &DoctorArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let flags = Flags::from(args);
    let settings = Settings::resolve(&flags, environment, folder)?;
    if args.offline && matches!(settings.data, DataLocation::Bucket { .. }) {
        anyhow::bail!(
            "the data is in a bucket: leave --offline out, or name a folder by --data-dir"
        );
    }
    render::warnings(&settings.warnings);
    let mut session = Session::with_settings(settings, environment, Needs::default()).await?;
    session.check()?;
    if args.offline {
        session.executor.data.buckets = Arc::new(Offline);
        session.executor.evaluation.data = session.executor.data.reader();
    }
    let cancel = CancellationToken::new();
    let watched = cancel.clone();
    let watcher = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            render::note("Stopping when the actor in hand is done.");
            watched.cancel();
        }
    });
    let visit = Visit {
        args,
        environment,
        session: &session,
        run: tdbal_types::time::new_run_id(
            session.executor.evaluation.clock.now(),
            &mut rand::rng(),
        )?,
        cancel: &cancel,
    };
    let made = visit.make().await;
    watcher.abort();
    let (examination, fixed) = made?;
    if args.json {
        render::json(&render::DoctorJson::new(&examination, &fixed))?;
    } else {
        render::out(&render::doctor(&examination, &session.style()))?;
    }
    Ok(exit_of(&examination, &fixed, cancel.is_cancelled()))
}

fn exit_of(examination: &Diagnosis, fixed: &[FixReport], is_cancelled: bool) -> Exit {
    let exit = |holds: bool, exit: Exit| if holds { exit } else { Exit::Success };
    let failed = fixed.iter().any(|report| report.failed() > 0);
    exit(is_cancelled, Exit::Interrupted)
        .and(exit(examination.count(Severity::Error) > 0, Exit::Error))
        .and(exit(failed, Exit::ActorsFailed))
}

/// One visit to the doctor.
struct Visit<'a> {
    args: &'a DoctorArgs,
    environment: &'a Environment,
    session: &'a Session<'a>,
    /// What is mended is mended as this run.
    run: RunId,
    cancel: &'a CancellationToken,
}

impl Visit<'_> {
    /// Looks, mends, and looks again at what was mended.
    async fn make(&self) -> anyhow::Result<(Diagnosis, Vec<FixReport>)> {
        let executor = &self.session.executor;
        let mut fixed = Vec::new();
        if self.args.fix {
            // What was written down before is done before anything is decided anew.
            fixed = doctor::go_on(executor, self.cancel).await?;
            for report in &fixed {
                self.say(&render::fixed(report, &self.session.style()))?;
            }
        }
        let probes = self.probe().await?;
        let examination = self.examine(&probes).await?;
        if !self.args.fix {
            return Ok((examination, fixed));
        }
        let plan = examination.fix_plan(self.run.clone(), executor.evaluation.clock.stamp());
        if plan.is_empty() {
            return Ok((examination, fixed));
        }
        self.say(&render::fix_plan(&plan, &self.session.style()))?;
        let report = doctor::fix(executor, &plan, self.cancel).await?;
        self.say(&render::fixed(&report, &self.session.style()))?;
        fixed.push(report);
        Ok((self.examine(&probes).await?, fixed))
    }

    fn say(&self, text: &str) -> anyhow::Result<()> {
        if !self.args.json {
            render::out(text)?;
        }
        Ok(())
    }

    /// What services and folders say, which mending does not change.
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
        let checkup = Scope {
            discovery: &discovery,
            only: only.as_ref(),
            buckets: &buckets,
            depth,
        };
        let mut examination = doctor::examine(executor, checkup).await;
        examination.tell(found);
        examination.tell(probes.iter().cloned());
        Ok(examination)
    }

    /// Asks all buckets that are in use; without credentials no bucket is asked.
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

    fn only(&self, discovery: &Discovery) -> anyhow::Result<Option<BTreeSet<ActorId>>> {
        if self.args.actor_id.is_empty() {
            return Ok(None);
        }
        let known = discovery.names();
        let ids = self.args.actor_id.iter();
        let actors = ids.map(|id| ActorQuery(id.clone()).resolve(&known));
        let actors: Result<BTreeSet<ActorId>, _> = actors.collect();
        actors.map(Some).context("--actor-id")
    }
}
