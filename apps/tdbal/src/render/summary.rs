//! The summary at the end of a run.

use super::count;
use super::table::{lines, table};
use results::report::Stopped;
use results::{ActorReport, ActorStatus, RunReport};
use std::fmt::Write as _;
use tdbal_types::{ImageName, Usd};

/// Up to so many actors are listed whatever became of them.
const MOST_LISTED: usize = 40;
/// How many of the worst actors are listed.
const WORST: usize = 10;

/// What a run did, for people.
pub(crate) fn summary(report: &RunReport) -> String {
    let mut text = String::new();
    text.push_str(&actors(report));
    text.push('\n');
    text.push_str(&totals(report));
    for suspicion in &report.suspicions {
        let _ = writeln!(
            text,
            "\nThe model is not believed, and nothing is done on its word: {suspicion}"
        );
    }
    if let Some(why) = why_stopped(report) {
        let _ = writeln!(text, "\nStopped early: {why}");
    }
    text.push_str(&worst(report));
    text.push_str(&warnings(report));
    let _ = writeln!(
        text,
        "\nSheets, evaluations, progress and audit.jsonl are in {}",
        report.output_dir
    );
    if !report.executed && report.totals.to_change > 0 {
        text.push_str("This was a dry run: nothing was changed. --execute makes the changes.\n");
    }
    text
}

/// Why a run ended before its last actor, in words.
pub(crate) fn why_stopped(report: &RunReport) -> Option<&str> {
    report.stopped.as_ref().map(|stopped| match stopped {
        Stopped::Interrupted => "interrupted; progress is saved, run again to go on",
        Stopped::Error(message) | Stopped::Limit(message) => message,
    })
}

/// One line for each actor; of a large run only for those that are not balanced.
fn actors(report: &RunReport) -> String {
    let large = report.actors.len() > MOST_LISTED;
    let mut rows = table(
        &[
            "Actor",
            "Status",
            "Photo/B&W/Colour",
            "After",
            "Remove",
            "Generate",
        ],
        &[2, 3, 4, 5],
    );
    let listed = |actor: &&ActorReport| !large || actor.status != ActorStatus::Balanced;
    for actor in report.actors.iter().filter(listed) {
        let counts = |counts: Option<tdbal_types::ClassCounts>| {
            counts.map_or_else(|| "-".to_owned(), |counts| counts.to_string())
        };
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
    lines(&rows)
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
        let _ = writeln!(text, " {name:<12}{number:>9}");
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
        ("Need review", totals.needs_review),
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
        row("at about", report.expected_generation_usd.to_string());
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

/// The actors that are furthest from their target, and all that need a person.
fn worst(report: &RunReport) -> String {
    let mut text = String::new();
    for actor in &report.actors {
        match &actor.status {
            ActorStatus::Failed { error } | ActorStatus::Unassessed { error } => {
                let _ = writeln!(text, "  {}: {error}", actor.actor);
            }
            _ if !actor.doubts.is_empty() => {
                let _ = writeln!(
                    text,
                    "  {}: tdbal review --actor-id {} asks about {}",
                    actor.actor,
                    actor.actor,
                    count(actor.doubts.len(), "picture")
                );
                for doubt in &actor.doubts {
                    let _ = writeln!(text, "    {doubt}");
                }
            }
            _ => {}
        }
    }
    if !text.is_empty() {
        text.insert_str(0, "\nNeed a person:\n");
    }
    let mut changes: Vec<(usize, &ActorReport)> = report
        .actors
        .iter()
        .map(|actor| (actor.to_remove.len() + actor.to_generate.total(), actor))
        .filter(|(changes, actor)| *changes > 0 && actor.status == ActorStatus::ToChange)
        .collect();
    changes.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.actor.cmp(&y.actor)));
    if !changes.is_empty() {
        text.push_str("\nFurthest from their target:\n");
    }
    for (_, actor) in changes.into_iter().take(WORST) {
        let _ = writeln!(text, "  {}: {}", actor.actor, plan(actor));
    }
    text
}

/// What a plan does, in words.
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

fn warnings(report: &RunReport) -> String {
    let mut text = String::new();
    for actor in &report.actors {
        for name in &actor.unreadable {
            let _ = writeln!(text, "  {}: {name} cannot be read", actor.actor);
        }
        for warning in &actor.warnings {
            let _ = writeln!(text, "  {}: {warning}", actor.actor);
        }
    }
    if !text.is_empty() {
        text.insert_str(0, "\nNoticed:\n");
    }
    text
}
