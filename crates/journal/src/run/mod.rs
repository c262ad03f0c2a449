//! The journal of an actor's part of a run: its records, the state that follows from them, and the
//! documents that belong to the whole data set.

pub mod actor_journal;
pub mod document;
pub mod open_runs;
pub mod record;
pub mod state;

pub use actor_journal::{ActorJournal, RecordError, read_records, unfinished, unfinished_of};
pub use document::{Document, DocumentError};
