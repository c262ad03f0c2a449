//! The summary that a run prints at its end.

use crate::style::Style;
use crate::table::{lines, table};
use crate::words::count;
use results::report::Stopped;
use results::{ActorReport, ActorStatus, RunReport};
use std::fmt::Write as _;
use tdbal_types::{ClassCounts, ImageName, Usd};

/// Number of actors up to which balanced actors are listed too.
const MOST_LISTED: usize = 40;
/// Number of actors listed under "Largest changes".
const WORST: usize = 10;

/// What a run did or, after a dry run, would do: a line for each actor, totals, problems, hints.
pub fn summary(report: &RunReport, style: &Style) -> String {
    let mut text = String::new();
    text.push_str(&actors(report, style));
    text.push('\n');
    text.push_str(&totals(report));
    for suspicion in &report.suspicions {
        let line =
            format!("The model's answers are not trusted and nothing is changed: {suspicion}");
        text.push('\n');
        text.push_str(&style.wrap(&line, 2));
    }
    if let Some(why) = why_stopped(report) {
        text.push('\n');
        text.push_str(&style.wrap(&format!("Stopped early: {why}"), 2));
    }
    text.push_str(&needs_attention(report, style));
    text.push_str(&largest_changes(report, style));
    text.push_str(&warnings(report, style));
    let folder = format!(
        "Sheets, evaluations, progress and audit.jsonl are in {}",
        report.output_dir
    );
    text.push('\n');
    text.push_str(&style.wrap(&folder, 2));
    if !report.executed && report.totals.to_change > 0 {
        text.push_str(
            "This was a dry run: nothing was changed. Use --execute to make the changes.\n",
        );
    }
    text
}

/// Why a run ended before its last actor; `None` if it did not.
pub fn why_stopped(report: &RunReport) -> Option<&str> {
    report.stopped.as_ref().map(|stopped| match stopped {
        Stopped::Interrupted => "interrupted; progress is saved, run the same command to continue",
        Stopped::Error(message) | Stopped::Limit(message) => message,
    })
}

/// A line for each actor; for a large run only those that are not balanced.
fn actors(report: &RunReport, style: &Style) -> String {
    let large = report.actors.len() > MOST_LISTED;
    let head = ["Actor", "Status", "Before", "After", "Remove", "Generate"];
    let mut rows = table(&head, &[2, 3, 4, 5], style);
    let listed = |actor: &&ActorReport| !large || actor.status != ActorStatus::Balanced;
    let mut has_counts = false;
    for actor in report.actors.iter().filter(listed) {
        let counts = |counts: Option<ClassCounts>| {
            counts.map_or_else(|| "-".to_owned(), |counts| counts.to_string())
        };
        has_counts |= actor.before.is_some();
        let (removed, generated) = if report.executed {
            (actor.removed.len(), actor.generated.len())
        } else {
            (actor.to_remove.len(), actor.to_generate.total())
        };
        rows.add_row([
            actor.actor.to_string(),
            status(actor).to_owned(),
            counts(actor.before),
            counts(actor.after),
            removed.to_string(),
            generated.to_string(),
        ]);
    }
    let mut text = lines(&rows);
    if has_counts {
        text.push_str(" (counts: photorealistic/black-and-white/colour)\n");
    }
    text
}

fn status(actor: &ActorReport) -> &'static str {
    match (&actor.status, actor.resumed) {
        (ActorStatus::Balanced, _) => "balanced",
        (ActorStatus::ToChange, _) => "to change",
        (ActorStatus::Changed, false) => "changed",
        (ActorStatus::Changed, true) => "done before",
        (ActorStatus::Failed { .. }, _) => "FAILED",
        (ActorStatus::Unassessed { .. }, _) => "UNASSESSED",
        (ActorStatus::Skipped { .. }, _) => "skipped",
        (ActorStatus::NeedsReview, _) => "NEEDS REVIEW",
        (ActorStatus::Remaining, _) => "not done",
    }
}

fn totals(report: &RunReport) -> String {
    let totals = &report.totals;
    let mut text = String::new();
    let mut row = |name: &str, number: String| {
        let _ = writeln!(text, " {name:<15}{number:>9}");
    };
    row("Evaluated", totals.evaluated.to_string());
    row("Balanced", totals.balanced.to_string());
    if report.executed {
        row("Changed", totals.changed.to_string());
    } else {
        row("To change", totals.to_change.to_string());
    }
    row("Failed", totals.failed.to_string());
    row("Unassessed", totals.unassessed.to_string());
    for (name, number) in [
        ("Needs review", totals.needs_review),
        ("Skipped", totals.skipped),
        ("Not done", totals.remaining),
        ("Done before", totals.resumed),
    ] {
        if number > 0 {
            row(name, number.to_string());
        }
    }
    if report.executed {
        row("Removed", totals.removed.to_string());
        row("Generated", totals.generated.to_string());
    } else {
        row("To remove", totals.to_remove.to_string());
        row("To generate", totals.to_generate.to_string());
    }
    if report.expected_generation_usd > Usd::ZERO && !report.executed {
        row(
            "Generation cost",
            report.expected_generation_usd.to_string(),
        );
    }
    if let Some(stability) = totals.stability {
        row("Unstable", format!("{:.1} %", 100.0 * stability.rate()));
    }
    row(
        "Tokens",
        (totals.tokens.input + totals.tokens.output).to_string(),
    );
    row("Cost", totals.cost_usd.to_string());
    row("Time", format!("{:.1} s", report.seconds));
    text
}

/// Actors that failed, and pictures that a person needs to review. Pictures that are uncertain for the
/// same reason share one line.
fn needs_attention(report: &RunReport, style: &Style) -> String {
    let mut text = String::new();
    for actor in &report.actors {
        let name = &actor.actor;
        match &actor.status {
            ActorStatus::Failed { error } | ActorStatus::Unassessed { error } => {
                text.push_str(&style.wrap(&format!("  {name}: {error}"), 4));
            }
            _ if !actor.doubts.is_empty() => {
                let line = format!(
                    "  {name}: {} to review: `tdbal review --actor-id {name}`",
                    count(actor.doubts.len(), "picture")
                );
                text.push_str(&style.wrap(&line, 4));
                for line in by_reason(&actor.doubts) {
                    text.push_str(&style.wrap(&format!("    {line}"), 6));
                }
            }
            _ => {}
        }
    }
    if !text.is_empty() {
        text.insert_str(0, "\nNeeds attention:\n");
    }
    text
}

/// Joins the pictures of doubts, each `PICTURE: REASON`, that have the same reason.
fn by_reason(doubts: &[String]) -> Vec<String> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for doubt in doubts {
        let (picture, reason) = doubt.split_once(": ").unwrap_or((doubt, ""));
        match groups.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, pictures)) => pictures.push(picture),
            None => groups.push((reason, vec![picture])),
        }
    }
    let lines = groups.into_iter().map(|(reason, pictures)| {
        let colon = if reason.is_empty() { "" } else { ": " };
        format!("{}{colon}{reason}", pictures.join(", "))
    });
    lines.collect()
}

/// The actors whose sets are to change most.
fn largest_changes(report: &RunReport, style: &Style) -> String {
    let mut changes: Vec<(usize, &ActorReport)> = report
        .actors
        .iter()
        .map(|actor| (actor.to_remove.len() + actor.to_generate.total(), actor))
        .filter(|(changes, actor)| *changes > 0 && actor.status == ActorStatus::ToChange)
        .collect();
    changes.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.actor.cmp(&y.actor)));
    let mut text = String::new();
    if !changes.is_empty() {
        text.push_str("\nLargest changes:\n");
    }
    for (_, actor) in changes.into_iter().take(WORST) {
        let line = format!("  {}: {}", actor.actor, plan(actor));
        text.push_str(&style.wrap(&line, 4));
    }
    text
}

/// What a plan does to an actor.
fn plan(actor: &ActorReport) -> String {
    let mut parts = Vec::new();
    if !actor.to_remove.is_empty() {
        let names: Vec<&str> = actor.to_remove.iter().map(ImageName::as_str).collect();
        parts.push(format!("remove {}", names.join(", ")));
    }
    let generate: Vec<String> = actor
        .to_generate
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(class, count)| format!("{count} {class}"))
        .collect();
    if !generate.is_empty() {
        parts.push(format!("generate {}", generate.join(", ")));
    }
    parts.join("; ")
}

fn warnings(report: &RunReport, style: &Style) -> String {
    let mut text = String::new();
    for actor in &report.actors {
        for name in &actor.unreadable {
            let line = format!("  {}: {name} cannot be decoded", actor.actor);
            text.push_str(&style.wrap(&line, 4));
        }
        for warning in &actor.warnings {
            text.push_str(&style.wrap(&format!("  {}: {warning}", actor.actor), 4));
        }
    }
    if !text.is_empty() {
        text.insert_str(0, "\nWarnings:\n");
    }
    text
}

#[cfg(test)]
mod tests;
