//! What `tdbal log` prints.

use crate::style::Style;
use crate::table::{lines, table};
use pipeline::{HistoryLine, RunLine};
use std::fmt::Write as _;

/// A line for each run that changed or was to change anything: `-` counts removed pictures, `+`
/// generated ones.
pub fn runs(runs: &[RunLine], style: &Style) -> String {
    if runs.is_empty() {
        return "No run has changed anything yet\n".to_owned();
    }
    let head = ["Run", "Planned", "Actors", "Changes", "Cost", ""];
    let mut rows = table(&head, &[2, 3, 4], style);
    for run in runs {
        rows.add_row([
            run.run_id.to_string(),
            style.minute(&run.time),
            run.actors.to_string(),
            format!("-{} +{}", run.removed, run.generated),
            run.cost_usd.to_string(),
            run.state.to_owned(),
        ]);
    }
    lines(&rows)
}

/// What was decided about and done to a run, an actor or a picture, grouped by run and actor.
pub fn history(history: &[HistoryLine], style: &Style) -> String {
    if history.is_empty() {
        return "No run decided or did anything about it\n".to_owned();
    }
    let mut text = String::new();
    let groups = history.chunk_by(|a, b| (&a.run_id, &a.actor) == (&b.run_id, &b.actor));
    for (place, group) in groups.enumerate() {
        let gap = if place == 0 { "" } else { "\n" };
        if let Some(first) = group.first() {
            let _ = writeln!(text, "{gap}{} in run {}", first.actor, first.run_id);
        }
        for line in group {
            let file = line
                .file
                .as_deref()
                .map_or_else(String::new, |file| format!(" {file}"));
            let time = style.time(&line.time);
            let line = format!("  {time}  {}{file}: {}", line.what, line.detail);
            text.push_str(&style.wrap(&line, 6));
        }
    }
    text
}
