//! What happened, from plans and journals: when, to which picture, why, and by which answer of the
//! model.

use balance_planner::Action;
use dataset::error::DataError;
use execution::data_folder::DataFolder;
use execution::stored_plan::PLAN;
use journal::run::actor_journal::read_records;
use journal::run::record::{Ending, Record, Step};
use journal::run::state::ActorState;
use run_plan::plan::{ActorPlan, PlannedChange, RunPlan};
use serde::Serialize;
use std::collections::BTreeSet;
use tdbal_types::{ActorId, ImageName, RunId, Usd};

/// What is asked for; what is not given does not matter.
#[derive(Debug, Clone, Default)]
pub struct HistoryQuery {
    /// The run.
    pub run: Option<RunId>,
    /// The actor.
    pub actor: Option<ActorId>,
    /// The file.
    pub file: Option<ImageName>,
}

/// Something that was decided or done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryLine {
    /// When: UTC, `2026-11-22T11:06:50.123456`.
    pub time: String,
    /// In which run.
    pub run_id: RunId,
    /// To which actor.
    pub actor: ActorId,
    /// To which file, where it is about one.
    pub file: Option<String>,
    /// What, in a word or two.
    pub what: &'static str,
    /// Why, or with what.
    pub detail: String,
}

/// A run, in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunLine {
    /// The run.
    pub run_id: RunId,
    /// When it was planned: UTC; empty where its plan is gone.
    pub time: String,
    /// Actors that it was to change.
    pub actors: usize,
    /// Pictures that it removed.
    pub removed: usize,
    /// Pictures that it generated and took into sets.
    pub generated: usize,
    /// What generating cost.
    pub cost_usd: Usd,
    /// How it stands: `complete`, `unfinished`, `with failures`, `undone`, `partly undone`.
    pub state: &'static str,
}

/// All runs, oldest first.
///
/// # Errors
/// When the journals cannot be read.
pub async fn runs(data: &DataFolder) -> Result<Vec<RunLine>, DataError> {
    let mut lines = Vec::new();
    for run in data.journals.runs().await? {
        let plan = plan_of(data, &run).await?;
        let mut states = Vec::new();
        for actor in data.journals.actors(&run).await? {
            let records = read_records(data.journals.as_ref(), &run, &actor).await?;
            states.push(ActorState::of(&records));
        }
        let planned = plan
            .as_ref()
            .map_or(states.len(), |plan| plan.to_change().count());
        let sections = || states.iter().map(|state| &state.change);
        let added = sections().filter(|section| section.committed);
        lines.push(RunLine {
            time: plan.map(|plan| plan.created_at).unwrap_or_default(),
            actors: planned,
            removed: sections().map(|section| section.removed.len()).sum(),
            generated: added
                .filter_map(|section| section.change.as_ref())
                .map(|change| change.added.len())
                .sum(),
            cost_usd: states.iter().map(ActorState::generation_cost).sum(),
            state: state(&states, planned),
            run_id: run,
        });
    }
    Ok(lines)
}

fn state(states: &[ActorState], planned: usize) -> &'static str {
    let undone = |state: &&ActorState| state.undo.as_ref().is_some_and(|undo| undo.done);
    let changed = states.iter().filter(|state| state.change.committed);
    let undone = states.iter().filter(undone).count();
    let is_complete = |state: &ActorState| state.ending == Some(Ending::Complete);
    if states.iter().any(ActorState::is_open) || states.len() < planned {
        "unfinished"
    } else if undone > 0 && undone == changed.count() {
        "undone"
    } else if undone > 0 {
        "partly undone"
    } else if states.iter().all(is_complete) {
        "complete"
    } else {
        "with failures"
    }
}

async fn plan_of(data: &DataFolder, run: &RunId) -> Result<Option<RunPlan>, DataError> {
    let document = data.journals.document(run, PLAN).await?;
    Ok(document.and_then(|bytes| RunPlan::parse(&bytes).ok()))
}

/// What happened, by run and actor, in the order in which it did.
///
/// # Errors
/// When the journals cannot be read.
pub async fn history(
    data: &DataFolder,
    query: &HistoryQuery,
) -> Result<Vec<HistoryLine>, DataError> {
    let mut lines = Vec::new();
    let runs = data.journals.runs().await?;
    for run in runs
        .into_iter()
        .filter(|run| query.run.as_ref().is_none_or(|wanted| wanted == run))
    {
        let plan = plan_of(data, &run).await?;
        let mut actors: BTreeSet<ActorId> = data.journals.actors(&run).await?.into_iter().collect();
        let planned = plan.iter().flat_map(|plan| &plan.actors);
        actors.extend(planned.map(|planned| planned.actor.clone()));
        for actor in actors {
            if query.actor.as_ref().is_some_and(|wanted| *wanted != actor) {
                continue;
            }
            let teller = Teller {
                run: run.clone(),
                actor: actor.clone(),
            };
            if let Some(plan) = &plan {
                lines.extend(teller.decisions(plan));
            }
            let records = read_records(data.journals.as_ref(), &run, &actor).await?;
            lines.extend(teller.steps(&records));
        }
    }
    if let Some(file) = &query.file {
        lines.retain(|line| line.file.as_deref() == Some(file.as_str()));
    }
    Ok(lines)
}

struct Teller {
    run: RunId,
    actor: ActorId,
}

impl Teller {
    fn line(
        &self,
        time: &str,
        file: Option<&str>,
        what: &'static str,
        detail: impl Into<String>,
    ) -> HistoryLine {
        HistoryLine {
            time: time.to_owned(),
            run_id: self.run.clone(),
            actor: self.actor.clone(),
            file: file.map(str::to_owned),
            what,
            detail: detail.into(),
        }
    }

    /// What was decided about every picture, and by which answer.
    fn decisions(&self, plan: &RunPlan) -> Vec<HistoryLine> {
        let own = |planned: &&ActorPlan| planned.actor == self.actor;
        let Some(assessed) = plan.actors.iter().find(own).and_then(ActorPlan::assessed) else {
            return Vec::new();
        };
        let answer = answer(plan, assessed);
        let decisions = assessed.plan.decisions.iter();
        decisions
            .map(|decision| {
                let what = match decision.action {
                    Action::Keep => "decided: keep",
                    Action::Remove => "decided: remove",
                    Action::Review => "decided: review",
                };
                let judged = assessed.picture(&decision.name).map_or_else(
                    String::new,
                    |seen| match (seen.class, seen.quality) {
                        (Some(class), Some(quality)) => {
                            format!(
                                "number {} on the sheet is {class}, quality {quality} ({answer}); ",
                                seen.number
                            )
                        }
                        _ => String::new(),
                    },
                );
                let detail = format!("{judged}{}", decision.reason);
                self.line(&plan.created_at, Some(decision.name.as_str()), what, detail)
            })
            .collect()
    }

    fn steps(&self, records: &[Record]) -> Vec<HistoryLine> {
        let mut names = std::collections::BTreeMap::new();
        let mut undoing = false;
        let mut lines = Vec::new();
        for record in records {
            if let Step::Store { order, name, .. } = &record.step {
                names.insert(*order, name.to_string());
            }
            undoing |= matches!(record.step, Step::Undo { .. });
            lines.extend(self.step(record, &names, undoing));
        }
        lines
    }

    fn step(
        &self,
        record: &Record,
        names: &std::collections::BTreeMap<journal::run::record::OrderKey, String>,
        undoing: bool,
    ) -> Vec<HistoryLine> {
        let one = |file: Option<&str>, what, detail: String| {
            vec![self.line(&record.time, file, what, detail)]
        };
        let file_of = |order: &journal::run::record::OrderKey| names.get(order).map(String::as_str);
        match &record.step {
            Step::Order {
                order,
                prompt,
                price,
                attempt,
                ..
            } => {
                let again = if *attempt > 1 { ", bought again" } else { "" };
                one(
                    None,
                    "ordering",
                    format!("{order} for {price}{again}: {}", prompt.preview()),
                )
            }
            Step::Ordered {
                order,
                prediction,
                model,
            } => one(
                None,
                "ordered",
                format!("{order} is prediction {prediction} of {model}"),
            ),
            Step::OrderLost { order, problem } => {
                one(None, "order lost", format!("{order}: {problem}"))
            }
            Step::OrderRefused { order, problem } => {
                one(None, "order refused", format!("{order}: {problem}"))
            }
            Step::OrderAbsent { order } => {
                one(None, "not ordered", format!("{order} is in no listing"))
            }
            Step::OrderGivenUp { order, cost } => one(
                None,
                "order given up",
                format!("{order}; it may have cost {cost}"),
            ),
            Step::OrderFailed {
                order,
                problem,
                cost,
                ..
            } => one(None, "order failed", format!("{order} ({cost}): {problem}")),
            Step::Stored { order, .. } => one(file_of(order), "generated", format!("as {order}")),
            Step::Looked { seen, .. } => seen
                .iter()
                .map(|seen| {
                    let class = seen
                        .class
                        .map_or_else(|| "nothing".to_owned(), |class| class.to_string());
                    let quality = seen
                        .quality
                        .map_or_else(String::new, |quality| format!(", quality {quality}"));
                    self.line(
                        &record.time,
                        file_of(&seen.order),
                        "looked at",
                        format!("seen as {class}{quality}"),
                    )
                })
                .collect(),
            Step::Unlooked { problem, .. } => one(None, "not looked at", problem.clone()),
            Step::Reject { order, reason } => one(file_of(order), "rejected", reason.clone()),
            Step::Rejected { order, places } => one(file_of(order), "put aside", trash_of(places)),
            Step::Commit(change) => one(
                None,
                if undoing { "taking back" } else { "changing" },
                format!(
                    "{} come into the set, {} leave it",
                    change.added.len(),
                    change.leaving.len()
                ),
            ),
            Step::Committed { .. } => one(
                None,
                if undoing { "taken back" } else { "changed" },
                "the training manifest is written".into(),
            ),
            Step::Withdrawn { problem } => one(None, "not changed", problem.clone()),
            Step::Removed { name, places } => one(Some(name.as_str()), "removed", trash_of(places)),
            Step::Reinstate { names, problem, .. } => names
                .iter()
                .map(|name| self.line(&record.time, Some(name.as_str()), "stays", problem.clone()))
                .collect(),
            Step::Returned { name, .. } => {
                one(Some(name.as_str()), "brought back", "from the trash".into())
            }
            Step::Undo { .. } => one(None, "undo", "the run is taken back".into()),
            Step::UndoAbandoned { problem } => one(None, "undo abandoned", problem.clone()),
            Step::Undone => one(None, "undone", "all is as before the run".into()),
            Step::Purged => one(None, "purged", "its trash was deleted for good".into()),
            Step::Done { ending } => match ending {
                Ending::Complete => one(None, "done", "exactly as planned".into()),
                Ending::Failed { error } => one(None, "failed", error.clone()),
                Ending::Refused { error } => one(None, "refused", error.clone()),
            },
            _ => Vec::new(),
        }
    }
}

/// Which answer of which model a decision rests on.
fn answer(plan: &RunPlan, assessed: &PlannedChange) -> String {
    let model = &plan.settings.model;
    let request = assessed
        .answers
        .iter()
        .rev()
        .find_map(|reply| reply.request_id.as_deref());
    match request {
        Some(request) => format!(
            "{}, prompt {}, answer {request}",
            model.model, model.prompt_version
        ),
        None => format!("{}, prompt {}", model.model, model.prompt_version),
    }
}

fn trash_of(places: &[storage::place::Trashed]) -> String {
    let copies: Vec<String> = places
        .iter()
        .map(|place| format!("{}/{}", place.place.store, place.trash))
        .collect();
    if copies.is_empty() {
        "nothing of it was there any more".to_owned()
    } else {
        format!("it is in {}", copies.join(" and "))
    }
}
