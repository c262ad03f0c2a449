//! What `--show-progress` prints.

use crate::style::Style;
use results::progress::Progress;
use std::fmt::Write as _;

/// How far the last run came, and which actors failed.
pub fn progress(progress: &Progress, style: &Style) -> String {
    let (total, completed) = (progress.total(), progress.completed.len());
    let percent = if total == 0 {
        0.0
    } else {
        completed as f64 * 100.0 / total as f64
    };
    let mut text = String::new();
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<12} {value}");
    };
    row("Started:", style.time(&progress.started_at));
    row("Last update:", style.time(&progress.last_updated));
    row("Total:", total.to_string());
    row("Completed:", format!("{completed} ({percent:.1}%)"));
    row("Failed:", progress.failed.len().to_string());
    row("Skipped:", progress.skipped.len().to_string());
    row("Remaining:", progress.remaining().to_string());
    if !progress.current.is_empty() {
        let current: Vec<&str> = progress.current.iter().map(String::as_str).collect();
        row("Processing:", current.join(", "));
    }
    if !progress.failed.is_empty() {
        text.push_str("\nFailed actors:\n");
        for (actor, failure) in &progress.failed {
            text.push_str(&style.wrap(&format!("  {actor}: {}", failure.error), 4));
        }
    }
    text
}
