//! What is shown while a run works: a bar on a terminal, otherwise a line for each actor.

use super::terminal::write_note;
use ::render::{actor_line, count};
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use results::{ActorReport, ActorStatus, Event, Observer};
use std::fmt;
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tdbal_types::{ActorId, Usd};

/// The two lines of the bar. The second is cut at the width of the terminal.
const TEMPLATE: &str =
    "{bar:16} {pos}/{len} actors, {prefix}, {took} elapsed, ETA {remaining}\n  {wide_msg}";

/// The bar that is on the terminal. There is one per process because there is one standard error, and
/// everything that writes to it has to go round the bar.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Writes something to standard error: the bar is taken away before and drawn again after it.
pub(super) fn above_the_bar<T>(write: impl FnOnce() -> T) -> T {
    // The bar is cloned out of the lock, or a write from within a write would wait for itself.
    let bar = BAR.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match bar {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Shows the events of a run.
#[derive(Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Whether finished actors get a line of their own.
    has_lines: bool,
    state: Arc<Mutex<State>>,
}

/// What the bar shows.
#[derive(Debug, Default)]
struct State {
    done: usize,
    total: usize,
    failed: usize,
    spent: Usd,
    /// Actors being worked on with what happens to them, the latest last.
    active: Vec<(ActorId, String)>,
    generated: usize,
    removed: usize,
}

impl State {
    /// Actors that failed and the cost so far.
    fn counts(&self) -> String {
        format!("{} failed, {}", self.failed, self.spent)
    }

    /// The latest step of an actor, and how many other actors are being worked on.
    fn steps(&self) -> String {
        let Some((actor, step)) = self.active.last() else {
            return String::new();
        };
        let others = match self.active.len() - 1 {
            0 => String::new(),
            others => format!(" (and {})", count(others, "other actor")),
        };
        format!("{actor}: {step}{others}")
    }

    fn step(&mut self, actor: &ActorId, step: String) {
        self.active.retain(|(active, _)| active != actor);
        self.active.push((actor.clone(), step));
    }

    fn finish(&mut self, report: &ActorReport, spent: Usd) {
        self.active.retain(|(active, _)| *active != report.actor);
        self.done += 1;
        self.spent = spent;
        self.failed += usize::from(is_failure(report));
    }
}

const fn is_failure(report: &ActorReport) -> bool {
    matches!(
        report.status,
        ActorStatus::Failed { .. } | ActorStatus::Unassessed { .. }
    )
}

impl Progress {
    /// A bar if standard error is a terminal, plain lines otherwise, nothing if `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = ProgressBar::new(0);
        if quiet || !io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        } else {
            if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
                let style = style.with_key("took", write_elapsed);
                bar.set_style(style.with_key("remaining", write_remaining));
            }
            bar.enable_steady_tick(Duration::from_millis(250));
            *BAR.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
        }
        Self {
            bar,
            has_lines: !quiet,
            state: Arc::default(),
        }
    }

    /// Writes a line without tearing the bar.
    pub(crate) fn note(&self, text: &str) {
        self.bar.suspend(|| write_note(text));
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        *BAR.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.bar.finish_and_clear();
    }

    /// Changes what the bar shows, and returns what the line of a finished actor starts with.
    fn update(&self, change: impl FnOnce(&mut State)) -> String {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        self.bar.set_length(state.total as u64);
        self.bar.set_position(state.done as u64);
        self.bar.set_prefix(state.counts());
        self.bar.set_message(state.steps());
        format!("[{}/{}]", state.done, state.total)
    }

    fn step(&self, actor: &ActorId, step: String) {
        self.update(|state| state.step(actor, step));
    }
}

impl Observer for Progress {
    fn on_event(&self, event: &Event) {
        match event {
            Event::RunStarted { actors, resumed } => {
                self.update(|state| (state.done, state.total) = (0, actors - resumed));
                if self.has_lines && *resumed > 0 {
                    self.note(&format!(
                        "Skipping {resumed} of {}, already done (--no-resume starts over)",
                        count(*actors, "actor")
                    ));
                }
            }
            Event::ChangesStarted { actors } => {
                self.update(|state| (state.done, state.total) = (0, *actors));
                self.bar.reset_eta();
                if self.has_lines && *actors > 0 {
                    self.note(&format!("Changing {}", count(*actors, "actor")));
                }
            }
            Event::ActorStarted { actor } => self.step(actor, "reading pictures".to_owned()),
            Event::Asking { actor, pictures } => {
                self.step(
                    actor,
                    format!("asking about {}", count(*pictures, "picture")),
                );
            }
            Event::LookingClosely { actor, pictures } => {
                self.step(actor, format!("asked 0 of {pictures}"));
            }
            Event::LookedClosely {
                actor,
                done,
                pictures,
            } => self.step(actor, format!("asked {done} of {pictures}")),
            Event::Generated { actor, .. } => {
                self.update(|state| {
                    state.generated += 1;
                    let generated = count(state.generated, "picture");
                    state.step(actor, format!("generating; {generated} in this run"));
                });
            }
            Event::Removed { actor, .. } => {
                self.update(|state| {
                    state.removed += 1;
                    let removed = count(state.removed, "picture");
                    state.step(actor, format!("removing; {removed} in this run"));
                });
            }
            Event::ActorFinished { report, spent } => {
                let number = self.update(|state| state.finish(report, *spent));
                if self.has_lines && (is_failure(report) || self.bar.is_hidden()) {
                    self.note(&format!("{number} {}", actor_line(report)));
                }
            }
            Event::Stopping { reason } => self.note(&format!("Stopping: {reason}")),
            _ => {}
        }
    }
}

fn write_elapsed(state: &ProgressState, writer: &mut dyn fmt::Write) {
    let _ = write!(writer, "{:#}", HumanDuration(state.elapsed()));
}

/// The time left; a dash until the first actor is done, because nothing is known before.
fn write_remaining(state: &ProgressState, writer: &mut dyn fmt::Write) {
    let eta = state.eta();
    let _ = if state.pos() == 0 || eta.is_zero() {
        write!(writer, "–")
    } else {
        write!(writer, "{:#}", HumanDuration(eta))
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(name: &str) -> ActorId {
        ActorId::new(name).unwrap()
    }

    #[test]
    fn latest_step_of_any_actor_is_shown() {
        let mut state = State::default();
        assert_eq!(state.steps(), "");
        state.step(&actor("0001_a"), "asked 0 of 5".into());
        assert_eq!(state.steps(), "0001_a: asked 0 of 5");
        state.step(&actor("0002_b"), "reading pictures".into());
        state.step(&actor("0001_a"), "asked 1 of 5".into());
        assert_eq!(state.steps(), "0001_a: asked 1 of 5 (and 1 other actor)");
        let report = ActorReport::new(actor("0001_a"), ActorStatus::Balanced);
        state.finish(&report, Usd::from_dollars(0.001));
        assert_eq!(state.steps(), "0002_b: reading pictures");
        assert_eq!(state.counts(), "0 failed, $0.0010");
    }
}
