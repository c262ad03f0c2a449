//! What a run did, as it is told to people and machines.

use serde::Serialize;
use tdbal_types::{ActorId, ClassCounts, ImageClass, ImageName, RunId, Tokens, Usd};
use verdict::{Rule, Stability};

/// What became of an actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ActorStatus {
    /// Its set is good as it is.
    Balanced,
    /// Its set is to be changed; this was a dry run.
    ToChange,
    /// Its set was changed.
    Changed,
    /// It was begun and failed.
    Failed {
        /// Why.
        error: String,
    },
    /// Nothing can be said about its set; nothing was touched.
    Unassessed {
        /// Why; begins with `unassessed:`.
        error: String,
    },
    /// There was nothing to do: it has no pictures, or only the other half of a plan would help.
    Skipped {
        /// Why.
        reason: String,
    },
    /// Nothing can be done about its set before a person says what some of its pictures are.
    NeedsReview,
    /// The run ended before it was done.
    Remaining,
}

/// What became of an actor, with numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActorReport {
    /// The actor.
    pub actor: ActorId,
    /// What became of it.
    #[serde(flatten)]
    pub status: ActorStatus,
    /// Whether that was found by an earlier run that this one goes on with.
    pub resumed: bool,
    /// How many pictures of each class were judged.
    pub before: Option<ClassCounts>,
    /// How many there will be, or are, after the plan.
    pub after: Option<ClassCounts>,
    /// Pictures that the plan removes.
    pub to_remove: Vec<ImageName>,
    /// How many pictures the plan generates.
    pub to_generate: ClassCounts,
    /// Pictures that were removed.
    pub removed: Vec<ImageName>,
    /// Pictures that were generated and taken into the set.
    pub generated: Vec<ImageName>,
    /// Pictures of which a person's word would bring the set nearer to its target, the most helpful
    /// first.
    pub questions: Vec<ImageName>,
    /// Why each of them is a question, in words.
    pub doubts: Vec<String>,
    /// How many pictures changed their class with the order; none where each was on one sheet only.
    pub stability: Option<Stability>,
    /// Files that cannot be read.
    pub unreadable: Vec<ImageName>,
    /// What a person should know and that stopped nothing.
    pub warnings: Vec<String>,
    /// Tokens of the vision model.
    pub tokens: Tokens,
    /// What the vision model cost.
    pub evaluation_cost_usd: Usd,
    /// What the generated pictures cost.
    pub generation_cost_usd: Usd,
}

impl ActorReport {
    /// A report of which only the status is known.
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

    /// What the actor cost in this run.
    pub fn cost(&self) -> Usd {
        self.evaluation_cost_usd + self.generation_cost_usd
    }
}

/// Why a run ended before its last actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "message", rename_all = "snake_case")]
pub enum Stopped {
    /// The operator asked for it.
    Interrupted,
    /// Something that would fail every actor: a bad key, no credit.
    Error(String),
    /// A limit of the run.
    Limit(String),
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunReport {
    /// The run.
    pub run_id: RunId,
    /// Whether it made changes.
    pub executed: bool,
    /// Every actor that was asked for, by name.
    pub actors: Vec<ActorReport>,
    /// Why it ended early, if it did.
    pub stopped: Option<Stopped>,
    /// Where sheets, evaluations, progress and audit trail are.
    pub output_dir: String,
    /// Why the model's answers were not believed; empty where they were.
    pub suspicions: Vec<String>,
    /// The sums of the above.
    pub totals: Totals,
    /// Whether the plans change anything that is not changed yet.
    pub changes: bool,
    /// What the pictures that the plans generate are expected to cost.
    pub expected_generation_usd: Usd,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// Sums over the actors of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Actors that were judged, in this run or the one that it goes on with.
    pub evaluated: usize,
    /// Of those, the ones whose set is good as it is.
    pub balanced: usize,
    /// Of those, the ones whose set is to be changed.
    pub to_change: usize,
    /// Of those, the ones whose set was changed.
    pub changed: usize,
    /// Actors that failed.
    pub failed: usize,
    /// Actors of which nothing can be said.
    pub unassessed: usize,
    /// Actors without pictures.
    pub skipped: usize,
    /// Actors of which some pictures need a person's word.
    pub needs_review: usize,
    /// Pictures of which a person's word would help.
    pub questions: usize,
    /// How many pictures changed their class with the order of the sheet; none where none was on two.
    pub stability: Option<Stability>,
    /// Actors that the run did not come to.
    pub remaining: usize,
    /// Actors that were done already.
    pub resumed: usize,
    /// Pictures that the plans remove.
    pub to_remove: usize,
    /// Pictures that the plans generate.
    pub to_generate: usize,
    /// Pictures that were removed.
    pub removed: usize,
    /// Pictures that were generated and taken into their set.
    pub generated: usize,
    /// Tokens of the vision model.
    pub tokens: Tokens,
    /// What this run cost.
    pub cost_usd: Usd,
}

impl Totals {
    /// Adds up what became of each actor.
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

/// A picture that it is not certain of, and why, in words.
pub fn doubt(name: &ImageName, class: Option<ImageClass>, rules: &[Rule]) -> String {
    let class = class.map_or_else(String::new, |class| format!(" ({}?)", class.title()));
    let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
    format!("{name}{class}: {}", rules.join("; "))
}
