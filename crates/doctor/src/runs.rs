//! Finds what runs left behind: unfinished journals, markers and locks.

use crate::finding::{Finding, Problem};
use crate::fix_plan::OpenMarker;
use actor_lock::{ActorLocks, LockError, LockInfo};
use execution::executor::Executor;
use journal::run::actor_journal::read_records;
use journal::run::record::Record;
use journal::run::state::{ActorState, OrderState};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use tdbal_types::{ActorId, ImageName, chain};

/// What runs left behind.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    pub(crate) findings: Vec<Finding>,
    /// Actors with an unfinished run, with the files that belong to no set until it is finished.
    pub(crate) unfinished: BTreeMap<ActorId, BTreeSet<ImageName>>,
    /// Markers whose run is finished.
    pub(crate) markers: Vec<OpenMarker>,
}

/// Checks the journals and locks that are stored with the data.
pub(crate) async fn examine(executor: &Executor) -> Runs {
    let mut runs = Runs::default();
    let alive = match runs.check_locks(executor.data.locks.as_ref()).await {
        Ok(alive) => alive,
        Err(error) => {
            let problem = chain(&error);
            runs.add(None, Problem::Journal { run: None, problem });
            Vec::new()
        }
    };
    let journals = executor.data.journals.as_ref();
    let open = match journals.open_logs().await {
        Ok(open) => open,
        Err(error) => {
            let problem = chain(&error);
            runs.add(None, Problem::Journal { run: None, problem });
            return runs;
        }
    };
    for (run, actor) in open {
        let is_active = alive.iter().any(|lock| {
            let by_run = lock.holder.as_ref().is_none_or(|holder| holder.run == run);
            lock.actor == actor && by_run
        });
        let records = match read_records(journals, &run, &actor).await {
            Ok(records) => records,
            Err(error) => {
                let problem = chain(&error);
                let run = Some(run);
                runs.unfinished.entry(actor.clone()).or_default();
                runs.add(Some(actor), Problem::Journal { run, problem });
                continue;
            }
        };
        let state = ActorState::of(&records);
        if state.is_open() || is_active {
            let hidden = runs.unfinished.entry(actor.clone()).or_default();
            hidden.extend(state.files_in_flight());
        }
        if is_active {
            continue;
        }
        if state.is_open() {
            let since = since(&records);
            let open = left_to_do(&state);
            runs.add(Some(actor), Problem::Unfinished { run, since, open });
        } else {
            let marker = OpenMarker {
                run: run.clone(),
                actor: actor.clone(),
            };
            runs.markers.push(marker);
            runs.add(Some(actor), Problem::OverMarker { run });
        }
    }
    runs
}

impl Runs {
    fn add(&mut self, actor: Option<ActorId>, problem: Problem) {
        self.findings.push(Finding { actor, problem });
    }

    /// Adds a finding for every lock; returns the locks whose holder may still be working.
    ///
    /// # Errors
    /// If the locks cannot be listed.
    pub(crate) async fn check_locks(
        &mut self,
        locks: &dyn ActorLocks,
    ) -> Result<Vec<LockInfo>, LockError> {
        let listed = locks.list().await?;
        let (stale, alive): (Vec<_>, Vec<_>) = listed.into_iter().partition(|lock| lock.stale);
        for lock in stale {
            let holder = lock.holder.map(|holder| holder.to_string());
            let place = lock.place;
            self.add(Some(lock.actor), Problem::StaleLock { place, holder });
        }
        for lock in &alive {
            let holder = lock.holder.as_ref();
            let holder = holder.map_or_else(|| "another run".to_owned(), ToString::to_string);
            self.add(Some(lock.actor.clone()), Problem::AtWork { holder });
        }
        Ok(alive)
    }
}

/// The time of the first record of a journal, in UTC; empty if there is none.
fn since(records: &[Record]) -> String {
    let first = records.first();
    first.map_or_else(String::new, |record| record.time.clone())
}

/// Describes what an unfinished run still has to do for an actor.
fn left_to_do(state: &ActorState) -> String {
    if state.undo.is_some() {
        return "its undo is not finished".to_owned();
    }
    let section = &state.change;
    if section.committed {
        let leaving = section.change.iter().flat_map(|change| &change.leaving);
        let left = leaving
            .filter(|picture| !section.removed.contains_key(&picture.name))
            .count();
        return if left == 0 {
            "the set is changed, but the actor manifest is not updated yet".to_owned()
        } else {
            let pictures = count_of(left, "picture");
            format!("the set is changed, with {pictures} still to be moved to the trash")
        };
    }
    let count = |wanted: fn(&OrderState) -> bool| {
        let orders = state.orders.values();
        orders.filter(|order| wanted(&order.state)).count()
    };
    let paid = count(|state| matches!(state, OrderState::Paid(_)));
    let unknown = count(|state| matches!(state, OrderState::Unknown));
    let mut text = "the set is unchanged".to_owned();
    if paid > 0 {
        let _ = write!(text, ", {} paid for", count_of(paid, "picture"));
    }
    if unknown > 0 {
        let _ = write!(text, ", {} without an answer", count_of(unknown, "order"));
    }
    text
}

/// A number with its noun: `1 picture`, `2 pictures`.
fn count_of(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
