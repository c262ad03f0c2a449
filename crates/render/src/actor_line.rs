//! What became of an actor, in one line.

use crate::words::count;
use results::{ActorReport, ActorStatus};

/// The line that is printed when an actor is finished: its name, status and counts.
pub fn actor_line(report: &ActorReport) -> String {
    let actor = &report.actor;
    let counts = report
        .before
        .map_or_else(String::new, |counts| format!(" ({counts})"));
    match &report.status {
        ActorStatus::Balanced => format!("{actor}: balanced{counts}"),
        ActorStatus::ToChange => format!(
            "{actor}: to change{counts}: remove {}, generate {}",
            report.to_remove.len(),
            report.to_generate.total()
        ),
        ActorStatus::Changed => format!(
            "{actor}: changed{counts}: removed {}, generated {}",
            report.removed.len(),
            report.generated.len()
        ),
        ActorStatus::Failed { error } => format!("{actor}: failed: {error}"),
        // The error itself starts with "unassessed:".
        ActorStatus::Unassessed { error } => format!("{actor}: {error}"),
        ActorStatus::Skipped { reason } => format!("{actor}: skipped: {reason}"),
        ActorStatus::NeedsReview => format!(
            "{actor}: needs review{counts}: {}",
            count(report.questions.len(), "picture")
        ),
        ActorStatus::Remaining => format!("{actor}: not done"),
    }
}
