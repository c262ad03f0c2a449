//! Reports of actors, from the plan and from what the journal says was done.

use crate::plan::{ActorOutcome, PlannedChange, RunPlan};
use balance_planner::Action;
use journal::run::state::ActorState;
use results::report::{ActorReport, ActorStatus, doubt};
use std::collections::BTreeMap;
use tdbal_types::ActorId;

/// The reports of all actors of a plan before anything of it is done.
pub fn reports_of(plan: &RunPlan) -> BTreeMap<ActorId, ActorReport> {
    let reports = plan.actors.iter().map(|planned| {
        let status = match &planned.finding {
            ActorOutcome::Assessed(assessed) if !assessed.plan.is_empty() => ActorStatus::ToChange,
            ActorOutcome::Assessed(assessed) if assessed.plan.needs_review() => {
                ActorStatus::NeedsReview
            }
            ActorOutcome::Assessed(_) => ActorStatus::Balanced,
            ActorOutcome::Unassessed { error } => ActorStatus::Unassessed {
                error: error.clone(),
            },
            ActorOutcome::Failed { error } => ActorStatus::Failed {
                error: error.clone(),
            },
            ActorOutcome::Skipped { reason } => ActorStatus::Skipped {
                reason: reason.clone(),
            },
            ActorOutcome::Remaining => ActorStatus::Remaining,
        };
        let mut report = ActorReport::new(planned.actor.clone(), status);
        report.warnings.clone_from(&planned.warnings);
        if let Some(assessed) = planned.assessed() {
            describe(assessed, &mut report);
        }
        (planned.actor.clone(), report)
    });
    reports.collect()
}

fn describe(assessed: &PlannedChange, report: &mut ActorReport) {
    let plan = &assessed.plan;
    report.before = Some(plan.before);
    report.after = Some(plan.after);
    let removed = plan.with(Action::Remove);
    report.to_remove = removed.map(|decision| decision.name.clone()).collect();
    report.to_generate = plan.generate;
    report.questions.clone_from(&plan.questions);
    report.doubts = plan
        .questions
        .iter()
        .map(|name| {
            let seen = assessed.picture(name);
            let class = seen.and_then(|seen| seen.class);
            let rules = seen.map_or(&[][..], |seen| &seen.rules);
            doubt(name, class, rules)
        })
        .collect();
    let unreadable = assessed.seen.pictures.iter();
    report.unreadable = unreadable
        .filter(|picture| picture.class.is_none())
        .map(|picture| picture.name.clone())
        .collect();
}

/// Adds what the journal says was done to a report.
pub fn add_results(state: &ActorState, report: &mut ActorReport) {
    let section = &state.change;
    report.removed = section.removed.keys().cloned().collect();
    if let Some(change) = section.change.as_ref().filter(|_| section.committed) {
        let added = change.added.iter();
        report.generated = added.map(|added| added.name.clone()).collect();
    }
    report.generation_cost_usd += state.generation_cost();
    report.evaluation_cost_usd += state.look_cost;
    report.tokens += state.look_tokens;
}
