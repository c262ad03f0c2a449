//! What `tdbal undo` prints.

use crate::style::Style;
use crate::words::count;
use execution::undo::{ActorUndo, UndoReport, UndoStatus};
use std::fmt::Write as _;

/// What became of each actor, and the number of pictures restored and moved to the trash.
pub fn undo(report: &UndoReport, style: &Style) -> String {
    let mut text = String::new();
    for actor in &report.actors {
        text.push_str(&of_actor(actor, style));
    }
    let (verb, returns, status) = if report.executed {
        ("Undone", "restored", UndoStatus::Undone)
    } else {
        ("To undo", "to restore", UndoStatus::ToUndo)
    };
    let with = || {
        let actors = report.actors.iter();
        actors.filter(|actor| actor.status == status)
    };
    let restored: usize = with().map(|actor| actor.returns.len()).sum();
    let removed: usize = with().map(|actor| actor.leaves.len()).sum();
    let line = format!(
        "{verb}: run {} for {}; {} {returns}, {removed} to the trash",
        report.run_id,
        count(with().count(), "actor"),
        count(restored, "picture")
    );
    text.push_str(&style.wrap(&line, 2));
    if !report.executed {
        text.push_str("This was a dry run: nothing was changed.\n");
    }
    text
}

fn of_actor(actor: &ActorUndo, style: &Style) -> String {
    let status = match &actor.status {
        UndoStatus::ToUndo => "to be undone".to_owned(),
        UndoStatus::Undone => "undone".to_owned(),
        UndoStatus::UndoneAlready => "already undone".to_owned(),
        UndoStatus::Unchanged => "not changed by this run".to_owned(),
        UndoStatus::Refused { error } => format!("REFUSED: {error}"),
        UndoStatus::Failed { error } => format!("FAILED: {error}"),
        UndoStatus::Remaining => "not reached".to_owned(),
    };
    let mut text = style.wrap(&format!("{}: {status}", actor.actor), 2);
    if matches!(actor.status, UndoStatus::ToUndo | UndoStatus::Undone) {
        for name in &actor.returns {
            let _ = writeln!(text, "  + {name}");
        }
        for name in &actor.leaves {
            let _ = writeln!(text, "  - {name}");
        }
    }
    text
}
