//! The audit trail of an evaluation.

use crate::evaluation::Evaluation;
use balance_planner::Action;
use results::audit::{AuditAction, Entry};

/// The entries of the audit trail for an evaluation: one per picture, and one per class that needs
/// new pictures.
pub(crate) fn decisions(evaluation: &Evaluation) -> Vec<Entry> {
    let plan = &evaluation.plan;
    let mut entries: Vec<Entry> = plan
        .decisions
        .iter()
        .map(|decision| {
            let action = match decision.action {
                Action::Keep => AuditAction::Keep,
                Action::Remove => AuditAction::Remove,
                Action::Review => AuditAction::Review,
            };
            let picture = evaluation.picture(&decision.name);
            let judged = evaluation.judged(&decision.name);
            let verdict = judged.map_or_else(String::new, |judged| {
                let verdict = &judged.verdict;
                format!(
                    "{}, quality {}, {}: ",
                    verdict.class, verdict.quality, verdict.confidence
                )
            });
            let entry = Entry::new(action, format!("{verdict}{}", decision.reason))
                .file(&decision.name, picture.map(|picture| picture.sha256))
                .planned();
            match picture.and_then(|picture| picture.object.as_ref()) {
                Some(object) => entry.object(object),
                None => entry,
            }
        })
        .collect();
    for (class, count) in plan.generate.iter().filter(|(_, count)| *count > 0) {
        let reason = format!(
            "{count} {class}: {} of {} wanted",
            plan.before[class], plan.target[class]
        );
        entries.push(Entry::new(AuditAction::Generate, reason).planned());
    }
    entries
}
