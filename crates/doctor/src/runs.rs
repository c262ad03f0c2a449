//! What runs left behind: journals that were not ended, marks, locks.

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

/// What runs left.
#[derive(Debug, Default)]
pub struct Runs {
    pub findings: Vec<Finding>,
    /// Actors for which a run has something left to do, with the files that belong to no set
    /// meanwhile.
    pub unfinished: BTreeMap<ActorId, BTreeSet<ImageName>>,
    /// Marks of runs that have nothing left to do.
    pub marks: Vec<OpenMarker>,
}

/// Looks at the journals and locks that are with the data.
pub async fn examine(executor: &Executor) -> Runs {
    let mut runs = Runs::default();
    let alive = match runs.look_at_locks(executor.data.locks.as_ref()).await {
        Ok(alive) => alive,
        Err(error) => {
            let problem = chain(&error);
            runs.tell(None, Problem::Journal { run: None, problem });
            Vec::new()
        }
    };
    let journals = executor.data.journals.as_ref();
    let open = match journals.open_logs().await {
        Ok(open) => open,
        Err(error) => {
            let problem = chain(&error);
            runs.tell(None, Problem::Journal { run: None, problem });
            return runs;
        }
    };
    for (run, actor) in open {
        let is_at_work = alive.iter().any(|lock| {
            let by_run = lock.holder.as_ref().is_none_or(|holder| holder.run == run);
            lock.actor == actor && by_run
        });
        let records = match read_records(journals, &run, &actor).await {
            Ok(records) => records,
            Err(error) => {
                let problem = chain(&error);
                let run = Some(run);
                runs.unfinished.entry(actor.clone()).or_default();
                runs.tell(Some(actor), Problem::Journal { run, problem });
                continue;
            }
        };
        let state = ActorState::of(&records);
        if state.is_open() || is_at_work {
            let hidden = runs.unfinished.entry(actor.clone()).or_default();
            hidden.extend(state.files_in_flight());
        }
        if is_at_work {
            continue;
        }
        if state.is_open() {
            let since = since(&records);
            let open = left_to_do(&state);
            runs.tell(Some(actor), Problem::Unfinished { run, since, open });
        } else {
            let mark = OpenMarker {
                run: run.clone(),
                actor: actor.clone(),
            };
            runs.marks.push(mark);
            runs.tell(Some(actor), Problem::OverMarker { run });
        }
    }
    runs
}

impl Runs {
    fn tell(&mut self, actor: Option<ActorId>, problem: Problem) {
        self.findings.push(Finding { actor, problem });
    }

    /// Tells of locks; returns those whose holder may be at work.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn look_at_locks(
        &mut self,
        locks: &dyn ActorLocks,
    ) -> Result<Vec<LockInfo>, LockError> {
        let listed = locks.list().await?;
        let (stale, alive): (Vec<_>, Vec<_>) = listed.into_iter().partition(|lock| lock.stale);
        for lock in stale {
            let holder = lock.holder.map(|holder| holder.to_string());
            let place = lock.place;
            self.tell(Some(lock.actor), Problem::StaleLock { place, holder });
        }
        for lock in &alive {
            let holder = lock.holder.as_ref();
            let holder = holder.map_or_else(|| "another run".to_owned(), ToString::to_string);
            self.tell(Some(lock.actor.clone()), Problem::AtWork { holder });
        }
        Ok(alive)
    }
}

/// When a journal began.
fn since(records: &[Record]) -> String {
    let first = records.first();
    first.map_or_else(String::new, |record| record.time.clone())
}

/// What an unfinished part of a run has still to do, in words.
fn left_to_do(state: &ActorState) -> String {
    if state.undo.is_some() {
        return "it was being taken back".to_owned();
    }
    let section = &state.change;
    if section.committed {
        let leaving = section.change.iter().flat_map(|change| &change.leaving);
        let left = leaving
            .filter(|picture| !section.removed.contains_key(&picture.name))
            .count();
        return if left == 0 {
            "the set is changed, the actor manifest does not say so yet".to_owned()
        } else {
            format!("the set is changed, {left} pictures have still to go to the trash")
        };
    }
    let count = |wanted: fn(&OrderState) -> bool| {
        let orders = state.orders.values();
        orders.filter(|order| wanted(&order.state)).count()
    };
    let paid = count(|state| matches!(state, OrderState::Paid(_)));
    let unknown = count(|state| matches!(state, OrderState::Unknown));
    let mut text = "the set is as it was".to_owned();
    if paid > 0 {
        let _ = write!(text, ", {paid} pictures are paid for");
    }
    if unknown > 0 {
        let _ = write!(text, ", of {unknown} orders no answer came");
    }
    text
}
