//! What was done, what is in the trash, and what was taken back.

use super::table::{lines, table};
use super::{count, several};
use execution::trash::TrashOfRun;
use execution::undo::{ActorUndo, UndoReport, UndoStatus};
use pipeline::{HistoryLine, RunLine};
use std::fmt::Write as _;
use storage::place::PlaceStore;

/// What `tdbal undo` prints.
pub(crate) fn undo(report: &UndoReport) -> String {
    let mut text = String::new();
    for actor in &report.actors {
        text.push_str(&of_actor(actor));
    }
    let with = |status: UndoStatus| {
        let actors = report.actors.iter();
        actors.filter(move |actor| actor.status == status)
    };
    let (verb, status) = if report.executed {
        ("Taken back", UndoStatus::Undone)
    } else {
        ("To take back", UndoStatus::ToUndo)
    };
    let returns: usize = with(status.clone()).map(|actor| actor.returns.len()).sum();
    let leaves: usize = with(status.clone()).map(|actor| actor.leaves.len()).sum();
    let _ = writeln!(
        text,
        "{verb}: {} of run {}, {} back, {leaves} to the trash",
        count(with(status).count(), "actor"),
        report.run_id,
        count(returns, "picture")
    );
    if !report.executed {
        text.push_str("This was a dry run: nothing was changed.\n");
    }
    text
}

fn of_actor(actor: &ActorUndo) -> String {
    let word = match &actor.status {
        UndoStatus::ToUndo => "to be taken back".to_owned(),
        UndoStatus::Undone => "taken back".to_owned(),
        UndoStatus::UndoneAlready => "was taken back before".to_owned(),
        UndoStatus::Unchanged => "was not changed by this run".to_owned(),
        UndoStatus::Refused { error } => format!("REFUSED: {error}"),
        UndoStatus::Failed { error } => format!("FAILED: {error}"),
        UndoStatus::Remaining => "not come to".to_owned(),
    };
    let mut text = format!("{}: {word}\n", actor.actor);
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

/// What `tdbal trash list` prints.
pub(crate) fn trash(runs: &[TrashOfRun], with_files: bool) -> String {
    if runs.is_empty() {
        return "The trash is empty\n".to_owned();
    }
    let mut rows = table(&["Run", "Planned", "Files", "Size", ""], &[2, 3]);
    for run in runs {
        let at = run.at.map_or_else(
            || "?".to_owned(),
            |at| at.strftime("%Y-%m-%d %H:%M").to_string(),
        );
        let note = run.in_use.clone().unwrap_or_default();
        rows.add_row([
            run.run_id.to_string(),
            at,
            run.files.len().to_string(),
            size(run.size()),
            note,
        ]);
    }
    let mut text = lines(&rows);
    if with_files {
        for file in runs.iter().flat_map(|run| &run.files) {
            let store = match &file.store {
                PlaceStore::Data => String::new(),
                bucket @ PlaceStore::Bucket { .. } => format!("{bucket}/"),
            };
            let _ = writeln!(text, "  {store}{}", file.key);
        }
    }
    text
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "KiB", "MiB"] {
        if size < 1024.0 {
            return format!("{size:.0} {unit}");
        }
        size /= 1024.0;
    }
    format!("{size:.1} GiB")
}

/// What `tdbal log` prints of all runs.
pub(crate) fn runs(runs: &[RunLine]) -> String {
    if runs.is_empty() {
        return "No run has changed anything yet\n".to_owned();
    }
    let mut rows = table(
        &[
            "Run",
            "Planned",
            "Actors",
            "Removed",
            "Generated",
            "Cost",
            "",
        ],
        &[2, 3, 4, 5],
    );
    for run in runs {
        rows.add_row([
            run.run_id.to_string(),
            minute(&run.time),
            run.actors.to_string(),
            run.removed.to_string(),
            run.generated.to_string(),
            run.cost_usd.to_string(),
            run.state.to_owned(),
        ]);
    }
    lines(&rows)
}

/// What `tdbal log` prints of a run, an actor or a picture.
pub(crate) fn history(history: &[HistoryLine]) -> String {
    if history.is_empty() {
        return "Nothing is known of that: no run decided or did anything about it\n".to_owned();
    }
    let mut text = String::new();
    let mut last = None;
    for line in history {
        let head = (&line.run_id, &line.actor);
        if last != Some(head) {
            let gap = several(usize::from(last.is_none()), "", "\n");
            let _ = writeln!(text, "{gap}{} in run {}", line.actor, line.run_id);
            last = Some(head);
        }
        let time = line.time.replace('T', " ");
        let time = time.split('.').next().unwrap_or_default();
        let file = line
            .file
            .as_deref()
            .map_or_else(String::new, |file| format!(" {file}"));
        let _ = writeln!(text, "  {time}  {}{file}: {}", line.what, line.detail);
    }
    text
}

fn minute(time: &str) -> String {
    time.replace('T', " ")
        .get(..16)
        .unwrap_or_default()
        .to_owned()
}
