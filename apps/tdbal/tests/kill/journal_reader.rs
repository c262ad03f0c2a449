//! Reads journals and plans of a data set.

use journal::Journals;
use journal::run::record::{Ending, Record, Step};
use journal::run::state::ActorState;
use run_plan::plan::RunPlan;
use std::collections::BTreeMap;
use tdbal_types::{ActorId, RunId};
use tokio::runtime::Runtime;

/// The journals of a data set.
pub(crate) struct JournalReader {
    journals: Box<dyn Journals>,
    runtime: Runtime,
}

/// The journal of an actor in a run.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) run: RunId,
    pub(crate) actor: ActorId,
    pub(crate) records: Vec<Record>,
    pub(crate) state: ActorState,
}

impl JournalReader {
    pub(crate) fn new(journals: Box<dyn Journals>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self { journals, runtime }
    }

    /// All journals by run, then actor.
    pub(crate) fn logs(&self) -> Vec<Log> {
        let journals = self.journals.as_ref();
        self.runtime.block_on(async {
            let mut logs = Vec::new();
            for run in journals.runs().await.unwrap() {
                for actor in journals.actors(&run).await.unwrap() {
                    let records = journal::run::read_records(journals, &run, &actor).await;
                    let records = records.unwrap();
                    logs.push(Log {
                        run: run.clone(),
                        actor,
                        state: ActorState::of(&records),
                        records,
                    });
                }
            }
            logs
        })
    }

    /// The plans of all runs that have one.
    pub(crate) fn plans(&self) -> BTreeMap<RunId, RunPlan> {
        let journals = self.journals.as_ref();
        self.runtime.block_on(async {
            let mut plans = BTreeMap::new();
            for run in journals.runs().await.unwrap() {
                let document = journals.document(&run, "plan.json").await.unwrap();
                if let Some(document) = document {
                    plans.insert(run, RunPlan::parse(&document).unwrap());
                }
            }
            plans
        })
    }

    /// Markers of open journals.
    pub(crate) fn markers(&self) -> Vec<(RunId, ActorId)> {
        self.runtime.block_on(self.journals.open_logs()).unwrap()
    }

    /// Number of actors that runs began.
    pub(crate) fn begun(&self) -> usize {
        self.logs().iter().filter(|log| log.state.begun).count()
    }

    /// Whether the last run has done everything in its plan.
    pub(crate) fn is_complete(&self) -> bool {
        let logs = self.logs();
        let plans = self.plans();
        plans.last_key_value().is_some_and(|(run, plan)| {
            plan.to_change().all(|(planned, _)| {
                let mut own = logs.iter().filter(|log| log.run == *run);
                own.any(|log| {
                    log.actor == planned.actor && log.state.ending == Some(Ending::Complete)
                })
            })
        })
    }

    /// Whether a run has recorded an intent and has actors left to do.
    pub(crate) fn is_midway(&self) -> bool {
        let logs = self.logs();
        let is_intent =
            |record: &Record| matches!(record.step, Step::Order { .. } | Step::Commit(_));
        self.plans().iter().any(|(run, plan)| {
            let own = || logs.iter().filter(|log| log.run == *run);
            let was_begun = own().any(|log| log.records.iter().any(is_intent));
            let is_left = plan.to_change().any(|(planned, _)| {
                !own().any(|log| log.actor == planned.actor && log.state.ending.is_some())
            });
            was_begun && is_left
        })
    }
}
