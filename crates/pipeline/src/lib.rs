//! Evaluate, plan, apply: many actors at once, with progress, an audit trail and one stream of events.
//!
//! The pure crates decide (`balance-planner`, `manifest`, `vision-eval`'s checks); this one carries
//! bytes between them and the stores, in an order that leaves a whole set wherever it stops. Which
//! stores, model and generator those are is the caller's affair: see [`Engine`].

mod actor_journal;
mod answers;
mod apply;
mod asking;
mod assess;
mod audit;
mod base;
mod budget;
mod carry_out;
mod census;
mod change;
mod clock;
mod contradiction;
mod controls;
mod data;
mod discovery;
pub mod doctor;
mod engine;
mod error;
mod evaluation;
mod events;
mod guards;
mod history;
mod labels;
mod layout;
pub mod limits;
mod locking;
mod look;
mod marks;
mod naming;
mod orders;
mod output;
mod place;
mod plan_file;
mod planning;
mod pool;
mod progress;
mod record;
mod reliance;
mod removal;
mod report;
mod run;
mod set;
mod standing;
mod stats;
mod survey;
mod trash;
mod undo;
mod unfinished;
mod verify;

pub use actor_journal::{RecordError, read_records, unfinished};
pub use answers::{PaidAnswers, paid_answers};
pub use apply::stored_plan;
pub use audit::{AuditAction, AuditLine, Outcome};
pub use census::Census;
pub use clock::{Clock, new_run_id, stamp};
pub use data::{BucketLocks, DataFolder, DataReader};
pub use discovery::{ActorFiles, Discovery, discover};
pub use engine::{Engine, EngineSettings, Process};
pub use error::{ActorError, DataError, chain};
pub use evaluation::{
    Classification, EvaluatedPicture, Evaluation, JudgedPicture, SCHEMA_VERSION, ToDelete,
    ToGenerate,
};
pub use events::{Event, Observer, Silent};
pub use history::{HistoryLine, HistoryQuery, RunLine, history, runs};
pub use labels::{Labels, Statement, Wish, edit_labels, picture_digest, read_labels};
pub use layout::STATE;
pub use limits::{Breach, Breaches, Limits};
pub use look::{LookSettings, Origin, Workers};
pub use marks::{Mark, Marks, edit_marks, read_marks};
pub use naming::ObjectDestination;
pub use orders::LostOrders;
pub use output::{Mode, OutputError, OutputFolder, OutputLock};
pub use place::{Place, PlaceStore, Trashed};
pub use plan_file::{
    ActorPlan, Assessed, Finding, PLAN_SCHEMA_VERSION, PlanFile, PlanFileError, PlanSettings,
    PlanTotals, Seen, SeenPicture,
};
pub use progress::{Basis, Failure, Progress};
pub use record::{
    Added, Change, Ending, Leaving, LookedAt, NewPlace, OrderKey, Record, Returning, Step,
};
pub use report::{ActorReport, ActorStatus, RunReport, Stopped, Totals};
pub use run::{
    Resume, RunError, RunRequest, apply, check_budget, execute, plan, resume, unfinished_runs,
};
pub use set::{ActorSet, Drift, SetPicture, load as load_set};
pub use standing::{
    ActorManifestWrite, Look, NewFile, Order, OrderState, Paid, Reinstatement, Section, Standing,
    Undo,
};
pub use stats::{ActorStats, Stats, stats};
pub use survey::{Survey, survey};
pub use trash::{TrashFile, TrashOfRun, purge, trash};
pub use undo::{ActorUndo, UndoReport, UndoStatus, undo};
