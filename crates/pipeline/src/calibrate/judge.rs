//! Judges the actors of a calibration: on sheets, then the labelled pictures alone.

use crate::calibrate::request::CalibrationRequest;
use crate::calibrate::samples;
use crate::plan_run::{Resume, RunRequest};
use crate::run;
use balance_planner::Policy;
use dataset::Discovery;
use evaluation::evaluation::read_evaluation;
use evaluation::{Evaluation, EvaluationContext, LabelSource};
use execution::{ExecutionSettings, RunError};
use results::events::Observer;
use results::{ActorReport, ActorStatus, Mode, OutputLock, RunReport};
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ActorId, Digest, Label, RunId, Usd};
use tokio_util::sync::CancellationToken;
use verdict::LookPolicy;

/// What the passes of a calibration found. Holds the lock of the output folder, so cached answers
/// stay as they are until they are compared.
#[derive(Debug)]
pub struct JudgedActors {
    /// The last evaluation of each actor.
    pub evaluations: BTreeMap<ActorId, Evaluation>,
    /// Why the last pass has no evaluation of an actor.
    pub failures: BTreeMap<ActorId, String>,
    /// Reasons not to trust the model's answers.
    pub suspicions: BTreeSet<String>,
    /// What the passes paid.
    pub spent: Usd,
    /// The report of the pass that ended early, if one did.
    pub stopped: Option<RunReport>,
    _lock: OutputLock,
}

/// Judges the actors of a request as if no picture were labelled.
///
/// # Errors
/// When the output folder is in use or cannot be read or written, or the data cannot be trusted.
pub async fn judge(
    context: &EvaluationContext,
    settings: &ExecutionSettings,
    discovery: &Discovery,
    request: &CalibrationRequest,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Result<JudgedActors, RunError> {
    let mut judged = JudgedActors {
        _lock: context.output.lock()?,
        evaluations: BTreeMap::new(),
        failures: BTreeMap::new(),
        suspicions: BTreeSet::new(),
        spent: Usd::ZERO,
        stopped: None,
    };
    let mut pass = Pass {
        context: request.sheet_context(context),
        settings: settings.clone(),
        discovery,
        request,
        observer,
        cancel,
    };
    let actors = request.actors.clone();
    pass.run(&request.sheet_run, actors, &mut judged).await?;
    if judged.stopped.is_some() || request.look != LookPolicy::Close {
        return Ok(judged);
    }
    // Recordings in the old form have no look at one picture.
    let has_close_looks = |actor: &ActorId| {
        let evaluation = judged.evaluations.get(actor);
        evaluation.is_some_and(|evaluation| !evaluation.inquiry.one_sheet)
    };
    let mut actors = request.actors.clone();
    actors.retain(|(actor, _)| has_close_looks(actor));
    if actors.is_empty() {
        return Ok(judged);
    }
    pass.look_closely(&judged);
    pass.run(&request.close_run, actors, &mut judged).await?;
    Ok(judged)
}

/// A dry run over some actors.
struct Pass<'a> {
    context: EvaluationContext,
    settings: ExecutionSettings,
    discovery: &'a Discovery,
    request: &'a CalibrationRequest,
    observer: &'a dyn Observer,
    cancel: &'a CancellationToken,
}

impl Pass<'_> {
    /// Sets up the second pass: close looks at the labelled pictures only.
    fn look_closely(&mut self, judged: &JudgedActors) {
        let settings = &mut self.context.settings;
        settings.judging.look = LookPolicy::Close;
        settings.labels = LabelSource::Ignored {
            settled: unlabelled_verdicts(self.request, &judged.evaluations),
        };
        // The first pass has already asked again; doing so twice would pay twice.
        settings.fresh = false;
        let budget = &mut self.settings.limits.budget;
        let spent = judged.spent.nanos();
        *budget = budget.map(|whole| Usd::from_nanos(whole.nanos().saturating_sub(spent)));
    }

    async fn run(
        &self,
        run: &RunId,
        actors: Vec<(ActorId, Policy)>,
        judged: &mut JudgedActors,
    ) -> Result<(), RunError> {
        let request = RunRequest {
            run_id: run.clone(),
            actors,
            mode: Mode::DryRun,
            resume: Resume::No,
            basis: self.request.basis.clone(),
        };
        let (_, report) = run::plan(
            &self.context,
            &self.settings,
            self.discovery,
            &request,
            self.observer,
            self.cancel,
        )
        .await?;
        judged.spent += report.totals.cost_usd;
        judged.suspicions.extend(report.suspicions.iter().cloned());
        for actor in &report.actors {
            let evaluation = read_evaluation(&self.context.output, &actor.actor).await;
            // The folder may still have the evaluation of an earlier calibration.
            match evaluation.filter(|evaluation| evaluation.run_id == *run) {
                Some(evaluation) => {
                    judged.failures.remove(&actor.actor);
                    judged.evaluations.insert(actor.actor.clone(), evaluation);
                }
                None => {
                    let why = failure(actor);
                    judged.failures.insert(actor.actor.clone(), why);
                }
            }
        }
        if report.stopped.is_some() {
            judged.stopped = Some(report);
        }
        Ok(())
    }
}

/// The verdicts of the first pass on every picture without a label.
fn unlabelled_verdicts(
    request: &CalibrationRequest,
    evaluations: &BTreeMap<ActorId, Evaluation>,
) -> BTreeMap<Digest, Label> {
    // Labelled pictures of all actors, because two sets may hold the same bytes.
    let labelled: BTreeSet<Digest> = request
        .labelled
        .iter()
        .filter_map(|label| {
            let evaluation = evaluations.get(&label.actor)?;
            Some(samples::find(evaluation, &label.picture)?.sha256)
        })
        .collect();
    let mut settled = BTreeMap::new();
    for evaluation in evaluations.values() {
        for judged in &evaluation.judged {
            let Some(picture) = evaluation.picture(&judged.file_name) else {
                continue;
            };
            if !labelled.contains(&picture.sha256) {
                let verdict = Label {
                    class: Some(judged.verdict.class),
                    quality: Some(judged.verdict.quality),
                };
                settled.insert(picture.sha256, verdict);
            }
        }
    }
    settled
}

/// Why a pass has no evaluation of an actor.
fn failure(report: &ActorReport) -> String {
    match &report.status {
        ActorStatus::Failed { error } | ActorStatus::Unassessed { error } => error.clone(),
        ActorStatus::Skipped { reason } => reason.clone(),
        _ => "its evaluation cannot be read".to_owned(),
    }
}
