//! Compares what each judge said with the labels.

use crate::calibrate::judge::JudgedActors;
use crate::calibrate::report::{CalibrationError, CalibrationReport, LeftOut, WrongVerdict};
use crate::calibrate::request::CalibrationRequest;
use crate::calibrate::samples;
use calibration::Judge;
use evaluation::EvaluationContext;
use evaluation::model::answer_cache::paid_answers;
use std::collections::{BTreeMap, BTreeSet};

/// Compares what each judge said of the labelled pictures with their labels. `context` is the one
/// that the pictures were judged with.
///
/// # Errors
/// [`CalibrationError`] when no labelled picture was judged.
pub async fn compare(
    context: &EvaluationContext,
    request: &CalibrationRequest,
    judged: JudgedActors,
) -> Result<CalibrationReport, CalibrationError> {
    let model = context.model.identity();
    let mut paid_by_actor = BTreeMap::new();
    for actor in judged.evaluations.keys() {
        let paid = paid_answers(&context.output, actor, &model).await;
        paid_by_actor.insert(actor, paid);
    }
    let (mut samples, mut wrong, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    let mut compared = BTreeSet::new();
    let nothing_paid = BTreeMap::new();
    for label in &request.labelled {
        let actor = &label.actor;
        let left_out_because = |reason: String| LeftOut {
            actor: actor.clone(),
            picture: label.picture.to_string(),
            reason,
        };
        let failure = judged.failures.get(actor);
        let Some(evaluation) = judged.evaluations.get(actor) else {
            let reason = failure.cloned();
            let reason = reason.unwrap_or_else(|| "the data set has no such actor now".to_owned());
            left_out.push(left_out_because(reason));
            continue;
        };
        let paid = paid_by_actor.get(actor).unwrap_or(&nothing_paid);
        match samples::compare(evaluation, paid, label) {
            Ok(found) => {
                compared.insert(actor);
                let verdict = found.sample.answers.get(&Judge::Verdict);
                if let (Some(human), Some(verdict)) =
                    (label.said.class, verdict.and_then(|given| given.class))
                    && human != verdict
                {
                    wrong.push(WrongVerdict {
                        actor: actor.clone(),
                        file: found.name,
                        human,
                        verdict,
                    });
                }
                samples.push(found.sample);
            }
            Err(reason) => left_out.push(left_out_because(reason)),
        }
        if let Some(reason) = failure {
            left_out.push(left_out_because(format!("no close look: {reason}")));
        }
    }
    if samples.is_empty() {
        let first = left_out.into_iter().next();
        return Err(first.map_or(CalibrationError::NoLabels, CalibrationError::NoneJudged));
    }
    Ok(CalibrationReport {
        calibration: calibration::calibrate(&samples),
        model,
        actors: compared.len(),
        wrong,
        left_out,
        suspicions: judged.suspicions.into_iter().collect(),
        paid_now_usd: judged.spent,
    })
}
