//! A run over many actors: several at once, progress after each, and an end that is never a mess.

use crate::actor::{Done, Turn, describe};
use crate::clock::stamp;
use crate::discovery::Discovery;
use crate::engine::Engine;
use crate::events::{Event, Observer};
use crate::output::{Mode, OutputError, OutputLock};
use crate::progress::{Basis, Progress};
use crate::report::{ActorReport, ActorStatus, RunReport, Stopped, Totals};
use crate::set;
use balance_planner::Policy;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use tdbal_types::{ActorId, Digest, RunId, Usd};
use tokio_util::sync::CancellationToken;

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// Its name.
    pub run_id: RunId,
    /// The actors, each with the policy that holds for it.
    pub actors: Vec<(ActorId, Policy)>,
    /// Whether it only looks.
    pub mode: Mode,
    /// Whether actors that an unfinished run completed are left out.
    pub resume: bool,
    /// What its progress is good for.
    pub basis: Basis,
}

/// Works through all actors. The failure of one never stops the others; a bad key or an empty
/// account does, and so does the operator through `cancel`: then no actor is begun any more, those in
/// hand are brought to a safe end, and progress is saved.
///
/// # Errors
/// When the output folder is in use or cannot be read or written. What was done until then is on the
/// disk.
pub async fn run(
    engine: &Engine,
    discovery: &Discovery,
    request: &RunRequest,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<RunReport, OutputError> {
    let lock = engine.output.lock()?;
    let last = if request.resume {
        engine.output.read_progress(request.mode).await?
    } else {
        None
    };
    let last = last.map(|last| {
        last.of_actors(|name| {
            ActorId::new(name).is_ok_and(|actor| discovery.actors.contains_key(&actor))
        })
    });
    let began = engine.clock.now();
    let selected = request.actors.iter().map(|(actor, _)| actor.clone());
    let progress = Progress::begin(last, selected, request.basis.clone(), &stamp(began));
    let run = Run {
        engine,
        discovery,
        request,
        observer,
        cancel,
        progress,
        reports: BTreeMap::new(),
        stopped: None,
        began,
        _lock: lock,
    };
    run.complete().await
}

struct Run<'a> {
    engine: &'a Engine,
    discovery: &'a Discovery,
    request: &'a RunRequest,
    observer: &'a dyn Observer,
    cancel: &'a CancellationToken,
    progress: Progress,
    reports: BTreeMap<ActorId, ActorReport>,
    stopped: Option<Stopped>,
    began: jiff::Timestamp,
    _lock: OutputLock,
}

impl Run<'_> {
    async fn complete(mut self) -> Result<RunReport, OutputError> {
        let mut waiting = self.without_completed().await;
        self.observer.on_event(&Event::RunStarted {
            actors: self.request.actors.len(),
            resumed: self.reports.len(),
        });
        let mut in_hand = FuturesUnordered::new();
        // Progress is written while actors go on: a disk that takes its time holds nobody up.
        let mut saving: Option<Saving> = None;
        let mut unsaved = true;
        let mut failure = None;
        loop {
            while in_hand.len() < self.engine.settings.jobs.max(1) && !self.is_stopping() {
                let Some((actor, policy)) = waiting.pop_front() else {
                    break;
                };
                self.progress.start(&actor);
                self.observer.on_event(&Event::ActorStarted {
                    actor: actor.clone(),
                });
                in_hand.push(turn(
                    self.engine,
                    self.discovery,
                    self.request,
                    self.observer,
                    self.cancel,
                    actor,
                    policy,
                ));
            }
            if unsaved && saving.is_none() {
                saving = Some(self.save());
                unsaved = false;
            }
            tokio::select! {
                Some(done) = in_hand.next(), if !in_hand.is_empty() => {
                    self.finish(done);
                    unsaved = true;
                }
                saved = finished(&mut saving), if saving.is_some() => {
                    saving = None;
                    if let Err(error) = saved {
                        // What is in hand is still brought to its end.
                        self.stopped.get_or_insert(Stopped::Error(error.to_string()));
                        failure.get_or_insert(error);
                    }
                }
                else => break,
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        if self.cancel.is_cancelled() {
            self.stopped = Some(Stopped::Interrupted);
        }
        for (actor, _) in waiting {
            let report = ActorReport::new(actor.clone(), ActorStatus::Remaining);
            self.reports.insert(actor, report);
        }
        let actors: Vec<ActorReport> = self.reports.into_values().collect();
        let totals = Totals::of(&actors);
        let price = self.engine.settings.picture_price;
        Ok(RunReport {
            run_id: self.request.run_id.clone(),
            executed: self.request.mode == Mode::Execute,
            expected_generation_usd: price * totals.to_generate as u64,
            totals,
            actors,
            stopped: self.stopped,
            output_dir: self.engine.output.path().display().to_string(),
            seconds: self
                .engine
                .clock
                .now()
                .duration_since(self.began)
                .as_secs_f64(),
        })
    }

    fn is_stopping(&self) -> bool {
        self.stopped.is_some() || self.cancel.is_cancelled()
    }

    /// The actors that are still to be done; those that are done already get their report from the
    /// evaluation that was written then.
    async fn without_completed(&mut self) -> VecDeque<(ActorId, Policy)> {
        let mut waiting = VecDeque::new();
        for (actor, policy) in self.request.actors.clone() {
            match self.completed_report(&actor, &policy).await {
                Some(report) => {
                    self.reports.insert(actor, report);
                }
                None => waiting.push_back((actor, policy)),
            }
        }
        waiting
    }

    async fn completed_report(&self, actor: &ActorId, policy: &Policy) -> Option<ActorReport> {
        if !self.progress.completed.contains_key(actor.as_str()) {
            return None;
        }
        let now = self.fingerprint(actor).await?;
        if !self.progress.is_completed(actor, &now) {
            return None;
        }
        let evaluation = self.engine.output.read_evaluation(actor).await?;
        // A run of the other mode, with other settings, may have written over it.
        if evaluation.policy != *policy {
            return None;
        }
        let status = match self.request.mode {
            _ if evaluation.plan.is_empty() => ActorStatus::Balanced,
            Mode::DryRun => ActorStatus::ToChange,
            Mode::Execute => ActorStatus::Changed,
        };
        let mut report = ActorReport::new(actor.clone(), status);
        report.resumed = true;
        describe(&evaluation, &mut report);
        if self.request.mode == Mode::Execute {
            report.to_remove.clear();
            report.to_generate = tdbal_types::ClassCounts::default();
        }
        Some(report)
    }

    async fn fingerprint(&self, actor: &ActorId) -> Option<Digest> {
        let reader = self.engine.data.reader();
        let files = self.discovery.actors.get(actor)?;
        let now = self.engine.clock.stamp();
        let set = set::load(&reader, actor, files, &now).await.ok()?;
        Some(set.fingerprint(&set.object_fingerprints(&reader).await))
    }

    fn finish(&mut self, done: Done) {
        let Done {
            report,
            set,
            stops_run,
        } = done;
        let now = self.engine.clock.stamp();
        let actor = report.actor.clone();
        match (&report.status, set) {
            (ActorStatus::Failed { error } | ActorStatus::Unassessed { error }, _) => {
                self.progress.fail(&actor, error.clone(), &now);
            }
            (ActorStatus::Skipped { .. }, _) => self.progress.skip(&actor),
            (ActorStatus::Remaining, _) | (_, None) => self.progress.abandon(&actor),
            (_, Some(set)) => self.progress.complete(&actor, set),
        }
        self.reports.insert(actor, report.clone());
        let spent: Usd = self.reports.values().map(ActorReport::cost).sum();
        self.observer.on_event(&Event::ActorFinished {
            report: Box::new(report),
            spent,
        });
        if let Some(message) = stops_run
            && self.stopped.is_none()
        {
            self.observer.on_event(&Event::Stopping {
                reason: message.clone(),
            });
            self.stopped = Some(Stopped::Error(message));
        }
    }

    fn save(&mut self) -> Saving {
        self.progress.last_updated = self.engine.clock.stamp();
        let (output, mode) = (self.engine.output.clone(), self.request.mode);
        let progress = self.progress.clone();
        Box::pin(async move { output.write_progress(mode, &progress).await })
    }
}

/// A write of the progress file that is under way.
type Saving = Pin<Box<dyn Future<Output = Result<(), OutputError>> + Send>>;

/// Waits for a write, if there is one; else for ever.
async fn finished(saving: &mut Option<Saving>) -> Result<(), OutputError> {
    match saving {
        Some(saving) => saving.await,
        None => std::future::pending().await,
    }
}

async fn turn(
    engine: &Engine,
    discovery: &Discovery,
    request: &RunRequest,
    observer: &dyn Observer,
    cancel: &CancellationToken,
    actor: ActorId,
    policy: Policy,
) -> Done {
    let Some(files) = discovery.actors.get(&actor) else {
        let error = format!("no training data of {actor} was found");
        let report = ActorReport::new(actor, ActorStatus::Failed { error });
        return Done {
            report,
            set: None,
            stops_run: None,
        };
    };
    let mode = request.mode;
    let run = &request.run_id;
    Turn {
        engine,
        run,
        actor: &actor,
        files,
        policy,
        mode,
        observer,
        cancel,
    }
    .take()
    .await
}
