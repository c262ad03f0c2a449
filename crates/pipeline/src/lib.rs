//! Evaluate, plan, apply: many actors at once, with progress, an audit trail and one stream of events.
//!
//! The pure crates decide (`balance-planner`, `manifest`, `vision-eval`'s checks); this one carries
//! bytes between them and the stores, in an order that leaves a whole set wherever it stops. Which
//! stores, model and generator those are is the caller's affair: see [`Engine`].

mod actor;
mod apply;
mod audit;
mod base;
mod clock;
mod data;
mod discovery;
mod engine;
mod error;
mod evaluation;
mod events;
mod generate;
mod layout;
mod look;
mod naming;
mod output;
mod progress;
mod removal;
mod report;
mod run;
mod set;
mod stats;
mod survey;

pub use audit::{AuditAction, AuditLine, Outcome};
pub use clock::{Clock, new_run_id, stamp};
pub use data::{DataFolder, DataReader};
pub use discovery::{ActorFiles, Discovery, discover};
pub use engine::{Engine, EngineSettings};
pub use error::{ActorError, DataError, chain};
pub use evaluation::{
    Classification, EvaluatedPicture, Evaluation, SCHEMA_VERSION, ToDelete, ToGenerate,
};
pub use events::{Event, Observer, Silent};
pub use look::{LookSettings, Origin, Workers};
pub use naming::ObjectDestination;
pub use output::{Mode, OutputError, OutputFolder, OutputLock};
pub use progress::{Basis, Failure, Progress};
pub use report::{ActorReport, ActorStatus, RunReport, Stopped, Totals};
pub use run::{RunRequest, run};
pub use set::{ActorSet, Drift, SetPicture, load as load_set};
pub use stats::{ActorStats, Stats, stats};
pub use survey::{Survey, survey};
