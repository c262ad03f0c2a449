//! The report of a run, for people and programs.

use serde::Serialize;
use tdbal_types::{ActorId, ClassCounts, ImageClass, ImageName, RunId, Tokens, Usd};
use verdict::{Rule, Stability};

/// The result of a run for one actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ActorStatus {
    /// The set meets its target as it is.
    Balanced,
    /// The plan changes the set, but this was a dry run.
    ToChange,
    /// The set was changed as planned.
    Changed,
    /// Work on the actor started and failed.
    Failed {
        /// The error and its causes.
        error: String,
    },
    /// The set could not be judged; nothing was changed.
    Unassessed {
        /// The error and its causes; starts with `unassessed:`.
        error: String,
    },
    /// There was nothing to do: the actor has no pictures, or only the part of the plan that was
    /// switched off would help.
    Skipped {
        /// Why the actor was skipped.
        reason: String,
    },
    /// The set cannot be improved before a person labels some of its pictures.
    NeedsReview,
    /// The run ended before the actor was done.
    Remaining,
}

/// The result of a run for one actor, with pictures, numbers and costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActorReport {
    /// The actor that the report is about.
    pub actor: ActorId,
    /// The result for the actor.
    #[serde(flatten)]
    pub status: ActorStatus,
    /// Whether the result comes from an earlier run that this one resumes.
    pub resumed: bool,
    /// The number of judged pictures of each class before the run; `None` if the set was not judged.
    pub before: Option<ClassCounts>,
    /// The number of pictures of each class after the run or, in a dry run, after the planned change;
    /// `None` if there is no plan.
    pub after: Option<ClassCounts>,
    /// Pictures that the plan removes.
    pub to_remove: Vec<ImageName>,
    /// The number of pictures of each class that the plan generates.
    pub to_generate: ClassCounts,
    /// Pictures that were removed.
    pub removed: Vec<ImageName>,
    /// Pictures that were generated and added to the set.
    pub generated: Vec<ImageName>,
    /// Pictures that a person should label to bring the set closer to its target, the most helpful
    /// first.
    pub questions: Vec<ImageName>,
    /// For each of these pictures, why tdbal is unsure about it.
    pub doubts: Vec<String>,
    /// How many pictures got different classes on different sheets; `None` if no picture was on more
    /// than one sheet.
    pub stability: Option<Stability>,
    /// Files that cannot be decoded as pictures.
    pub unreadable: Vec<ImageName>,
    /// Problems that did not stop the run.
    pub warnings: Vec<String>,
    /// The tokens that the vision model used for this actor in this run.
    pub tokens: Tokens,
    /// What the vision model cost for this actor in this run.
    pub evaluation_cost_usd: Usd,
    /// What generating pictures cost for this actor in this run.
    pub generation_cost_usd: Usd,
}

impl ActorReport {
    /// Creates a report that holds only the status.
    pub fn new(actor: ActorId, status: ActorStatus) -> Self {
        Self {
            actor,
            status,
            resumed: false,
            before: None,
            after: None,
            to_remove: Vec::new(),
            to_generate: ClassCounts::default(),
            removed: Vec::new(),
            generated: Vec::new(),
            questions: Vec::new(),
            doubts: Vec::new(),
            stability: None,
            unreadable: Vec::new(),
            warnings: Vec::new(),
            tokens: Tokens::default(),
            evaluation_cost_usd: Usd::ZERO,
            generation_cost_usd: Usd::ZERO,
        }
    }

    /// What the actor cost in this run: vision model and generated pictures.
    pub fn cost(&self) -> Usd {
        self.evaluation_cost_usd + self.generation_cost_usd
    }
}

/// Why a run ended before its last actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "message", rename_all = "snake_case")]
pub enum Stopped {
    /// The operator interrupted the run.
    Interrupted,
    /// An error that every other actor would meet too, such as an invalid key or missing credit.
    Error(String),
    /// A limit of the run was reached.
    Limit(String),
}

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunReport {
    /// The ID of the run.
    pub run_id: RunId,
    /// Whether the run was an execution rather than a dry run.
    pub executed: bool,
    /// The result for every selected actor, sorted by name.
    pub actors: Vec<ActorReport>,
    /// Why the run ended early; `None` if it did not.
    pub stopped: Option<Stopped>,
    /// The path of the output folder with sheets, evaluations, progress and audit trail.
    pub output_dir: String,
    /// Why the vision model's answers were not trusted; empty if they were.
    pub suspicions: Vec<String>,
    /// Sums over all actors.
    pub totals: Totals,
    /// Whether the plan changes at least one set that is not changed yet.
    pub changes: bool,
    /// The expected cost of the pictures that the plan generates.
    pub expected_generation_usd: Usd,
    /// How long the run took, in seconds.
    pub seconds: f64,
}

/// Sums over the actors of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Number of actors that were judged, by this run or the run that it resumes.
    pub evaluated: usize,
    /// Number of judged actors whose set meets its target as it is.
    pub balanced: usize,
    /// Number of judged actors whose set the plan changes, in a dry run.
    pub to_change: usize,
    /// Number of judged actors whose set was changed.
    pub changed: usize,
    /// Number of actors that failed.
    pub failed: usize,
    /// Number of actors that could not be judged.
    pub unassessed: usize,
    /// Number of actors that were skipped.
    pub skipped: usize,
    /// Number of actors with pictures that a person should label.
    pub needs_review: usize,
    /// Number of pictures that a person should label.
    pub questions: usize,
    /// How many pictures got different classes on different sheets; `None` if no picture was on more
    /// than one sheet.
    pub stability: Option<Stability>,
    /// Number of actors that the run did not finish.
    pub remaining: usize,
    /// Number of actors whose result comes from an earlier run.
    pub resumed: usize,
    /// Number of pictures that the plan removes.
    pub to_remove: usize,
    /// Number of pictures that the plan generates.
    pub to_generate: usize,
    /// Number of pictures that were removed.
    pub removed: usize,
    /// Number of pictures that were generated and added to a set.
    pub generated: usize,
    /// The tokens that the vision model used in this run.
    pub tokens: Tokens,
    /// What this run cost: vision model and generated pictures.
    pub cost_usd: Usd,
}

impl Totals {
    /// Adds up the reports of all actors.
    pub fn of(actors: &[ActorReport]) -> Self {
        let mut totals = Self::default();
        for report in actors {
            match report.status {
                ActorStatus::Balanced => totals.balanced += 1,
                ActorStatus::ToChange => totals.to_change += 1,
                ActorStatus::Changed => totals.changed += 1,
                ActorStatus::Failed { .. } => totals.failed += 1,
                ActorStatus::Unassessed { .. } => totals.unassessed += 1,
                ActorStatus::Skipped { .. } => totals.skipped += 1,
                ActorStatus::NeedsReview => {}
                ActorStatus::Remaining => totals.remaining += 1,
            }
            totals.needs_review += usize::from(!report.questions.is_empty());
            totals.questions += report.questions.len();
            totals.stability = match (totals.stability, report.stability) {
                (Some(sum), Some(one)) => Some(sum + one),
                (sum, one) => sum.or(one),
            };
            totals.evaluated += usize::from(report.before.is_some());
            totals.resumed += usize::from(report.resumed);
            totals.to_remove += report.to_remove.len();
            totals.to_generate += report.to_generate.total();
            totals.removed += report.removed.len();
            totals.generated += report.generated.len();
            totals.tokens += report.tokens;
            totals.cost_usd += report.cost();
        }
        totals
    }
}

/// Describes a picture that tdbal is unsure about: its name, its likely class, and the rules that
/// raised the doubt.
pub fn doubt(name: &ImageName, class: Option<ImageClass>, rules: &[Rule]) -> String {
    let class = class.map_or_else(String::new, |class| format!(" ({}?)", class.title()));
    let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
    format!("{name}{class}: {}", rules.join("; "))
}
