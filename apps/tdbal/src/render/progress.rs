//! What is shown while a run goes on: a bar on a terminal, else a line for each actor.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use results::{ActorReport, ActorStatus, Event, Observer};
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tdbal_types::Usd;

/// Shows events.
#[derive(Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Whether finished actors get a line of their own.
    lines: bool,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Debug, Default)]
struct Counts {
    done: usize,
    total: usize,
    failed: usize,
    spent: Usd,
}

impl Progress {
    /// A bar where standard error is a terminal, plain lines elsewhere, nothing if `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        let bar = ProgressBar::new(0);
        if quiet || !terminal {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        } else {
            let style = ProgressStyle::with_template(
                "{bar:30} {pos}/{len} actors, {msg}, {elapsed} gone, {eta} left",
            );
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(Duration::from_millis(250));
        }
        Self {
            bar,
            lines: !quiet,
            counts: Arc::default(),
        }
    }

    /// Writes a line without disturbing the bar.
    pub(crate) fn note(&self, text: &str) {
        self.bar.suspend(|| super::note(text));
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn finished(&self, report: &ActorReport, spent: Usd) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.done += 1;
        counts.spent = spent;
        let failed = matches!(
            report.status,
            ActorStatus::Failed { .. } | ActorStatus::Unassessed { .. }
        );
        counts.failed += usize::from(failed);
        self.bar
            .set_message(format!("{} failed, {}", counts.failed, counts.spent));
        self.bar.inc(1);
        if self.lines && (failed || self.bar.is_hidden()) {
            let line = format!("[{}/{}] {}", counts.done, counts.total, describe(report));
            self.note(&line);
        }
    }
}

impl Observer for Progress {
    fn on_event(&self, event: &Event) {
        match event {
            Event::RunStarted { actors, resumed } => {
                let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
                (counts.done, counts.total) = (0, actors - resumed);
                self.bar.set_length(counts.total as u64);
                self.bar.set_position(0);
                self.bar.set_message(format!("0 failed, {}", Usd::ZERO));
                if self.lines && *resumed > 0 {
                    self.note(&format!(
                        "{resumed} of {actors} actors were done before and are skipped (--no-resume does them again)"
                    ));
                }
            }
            Event::ChangesStarted { actors } => {
                let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
                (counts.done, counts.total) = (0, *actors);
                self.bar.set_length(*actors as u64);
                self.bar.set_position(0);
                if self.lines && *actors > 0 {
                    self.note(&format!("Changing {}", super::count(*actors, "actor")));
                }
            }
            Event::ActorFinished { report, spent } => self.finished(report, *spent),
            Event::Stopping { reason } => self.note(&format!("Stopping: {reason}")),
            _ => {}
        }
    }
}

/// What became of an actor, in one line.
pub(crate) fn describe(report: &ActorReport) -> String {
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
        // The error itself begins with the word.
        ActorStatus::Unassessed { error } => format!("{actor}: {error}"),
        ActorStatus::Skipped { reason } => format!("{actor}: skipped: {reason}"),
        ActorStatus::NeedsReview => format!(
            "{actor}: needs review{counts}: {}",
            super::count(report.questions.len(), "picture")
        ),
        ActorStatus::Remaining => format!("{actor}: not done"),
    }
}
