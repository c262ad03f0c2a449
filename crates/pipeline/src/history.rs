//! The history of runs, from their plans and journals: what happened to which picture, when, why, and
//! which answer of the model it was based on.

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

/// Which part of the history to return. `None` matches everything.
#[derive(Debug, Clone, Default)]
pub struct HistoryQuery {
    /// Return only lines of this run.
    pub run: Option<RunId>,
    /// Return only lines about this actor.
    pub actor: Option<ActorId>,
    /// Return only lines about the picture with this file name.
    pub file: Option<ImageName>,
}

/// One decision or step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryLine {
    /// The time in UTC, as in `2026-11-22T11:06:50.123456`.
    pub time: String,
    /// The id of the run that decided or did it.
    pub run_id: RunId,
    /// The actor that the line is about.
    pub actor: ActorId,
    /// The file, if the line is about one.
    pub file: Option<String>,
    /// What happened, in a word or two.
    pub what: &'static str,
    /// The reason or the details.
    pub detail: String,
}

/// The summary of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunLine {
    /// The id of the run.
    pub run_id: RunId,
    /// When the run was planned, in UTC; empty if its plan is gone.
    pub time: String,
    /// Number of actors that the run was to change.
    pub actors: usize,
    /// Number of pictures that the run removed.
    pub removed: usize,
    /// Number of pictures that the run generated and added to sets.
    pub generated: usize,
    /// Cost of the generated pictures, in dollars.
    pub cost_usd: Usd,
    /// State of the run: `complete`, `unfinished`, `with failures`, `undone`, `partly undone`.
    pub state: &'static str,
}

/// Returns a summary of every run, oldest first.
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
        let changes = || states.iter().map(|state| &state.change);
        let committed = changes().filter(|change| change.committed);
        lines.push(RunLine {
            time: plan.map(|plan| plan.created_at).unwrap_or_default(),
            actors: planned,
            removed: changes().map(|change| change.removed.len()).sum(),
            generated: committed
                .filter_map(|change| change.change.as_ref())
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

/// Returns what happened, sorted by run, then by actor, then by time.
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
            let builder = HistoryBuilder {
                run: run.clone(),
                actor: actor.clone(),
            };
            if let Some(plan) = &plan {
                lines.extend(builder.decisions(plan));
            }
            let records = read_records(data.journals.as_ref(), &run, &actor).await?;
            lines.extend(builder.steps(&records));
        }
    }
    if let Some(file) = &query.file {
        lines.retain(|line| line.file.as_deref() == Some(file.as_str()));
    }
    Ok(lines)
}

struct HistoryBuilder {
    run: RunId,
    actor: ActorId,
}

impl HistoryBuilder {
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

    /// The decision about every picture, with the answer that it is based on.
    fn decisions(&self, plan: &RunPlan) -> Vec<HistoryLine> {
        let own = |planned: &&ActorPlan| planned.actor == self.actor;
        let Some(change) = plan.actors.iter().find(own).and_then(ActorPlan::assessed) else {
            return Vec::new();
        };
        let answer = answer(plan, change);
        let decisions = change.plan.decisions.iter();
        decisions
            .map(|decision| {
                let what = match decision.action {
                    Action::Keep => "decided: keep",
                    Action::Remove => "decided: remove",
                    Action::Review => "decided: review",
                };
                let judged = change.picture(&decision.name).map_or_else(
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
                let again = match attempt {
                    0 | 1 => String::new(),
                    attempt => format!(", attempt {attempt}"),
                };
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
            Step::OrderAbsent { order } => one(
                None,
                "not ordered",
                format!("{order} is not in the service's listing"),
            ),
            Step::OrderGivenUp { order, cost } => one(
                None,
                "order given up",
                format!("{order} (may have cost {cost})"),
            ),
            Step::OrderFailed {
                order,
                problem,
                cost,
                ..
            } => one(None, "order failed", format!("{order} ({cost}): {problem}")),
            Step::Stored { order, .. } => {
                one(file_of(order), "generated", format!("for order {order}"))
            }
            Step::Looked { seen, .. } => seen
                .iter()
                .map(|seen| {
                    let class = seen
                        .class
                        .map_or_else(|| "unclear".to_owned(), |class| class.to_string());
                    let quality = seen
                        .quality
                        .map_or_else(String::new, |quality| format!(", quality {quality}"));
                    self.line(
                        &record.time,
                        file_of(&seen.order),
                        "judged",
                        format!("{class}{quality}"),
                    )
                })
                .collect(),
            Step::Unlooked { problem, .. } => one(None, "not judged", problem.clone()),
            Step::Reject { order, reason } => one(file_of(order), "rejected", reason.clone()),
            Step::Rejected { order, places } => {
                one(file_of(order), "quarantined", trash_of(places))
            }
            Step::Commit(change) => one(
                None,
                if undoing { "undoing" } else { "changing" },
                format!(
                    "{} to add to the set, {} to remove from it",
                    change.added.len(),
                    change.leaving.len()
                ),
            ),
            Step::Committed { .. } => one(
                None,
                if undoing { "undone" } else { "changed" },
                "training manifest written".into(),
            ),
            Step::Withdrawn { problem } => one(None, "not changed", problem.clone()),
            Step::Removed { name, places } => one(Some(name.as_str()), "removed", trash_of(places)),
            Step::Reinstate { names, problem, .. } => names
                .iter()
                .map(|name| self.line(&record.time, Some(name.as_str()), "stays", problem.clone()))
                .collect(),
            Step::Returned { name, .. } => {
                one(Some(name.as_str()), "restored", "from the trash".into())
            }
            Step::Undo { .. } => one(None, "undo", "started".into()),
            Step::UndoAbandoned { problem } => one(None, "undo abandoned", problem.clone()),
            Step::Undone => one(None, "undone", "the set is as it was before the run".into()),
            Step::Purged => one(None, "purged", "trash permanently deleted".into()),
            Step::Done { ending } => match ending {
                Ending::Complete => one(None, "done", "as planned".into()),
                Ending::Failed { error } => one(None, "failed", error.clone()),
                Ending::Refused { error } => one(None, "refused", error.clone()),
            },
            _ => Vec::new(),
        }
    }
}

/// The model's answer that the decisions about an actor are based on.
fn answer(plan: &RunPlan, change: &PlannedChange) -> String {
    let model = &plan.settings.model;
    let request = change
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
        "no copy was found".to_owned()
    } else {
        format!("moved to {}", copies.join(" and "))
    }
}
