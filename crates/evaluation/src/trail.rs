//! The lines of the audit trail that an evaluation makes.

use crate::evaluation::Evaluation;
use balance_planner::Action;
use results::audit::{AuditAction, Entry};
use tdbal_types::Confidence;

/// The lines of the audit trail that an evaluation makes: one for every picture, and one for what is
/// to be generated.
pub fn decisions(evaluation: &Evaluation) -> Vec<Entry> {
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
            let answer = evaluation
                .image_classifications
                .iter()
                .find(|answer| answer.file_name == decision.name);
            let judged = answer.map_or_else(String::new, |answer| {
                let judged = evaluation.judged(&decision.name);
                let confidence =
                    judged.map_or(Confidence::Unsure, |judged| judged.verdict.confidence);
                format!(
                    "{}, quality {}, {confidence}: ",
                    answer.class, answer.quality_score
                )
            });
            let entry = Entry::new(action, format!("{judged}{}", decision.reason))
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
