//! What runs write to their journals: the records of each actor's part of a run, the state that
//! follows from the records, and documents that belong to the data set as a whole.
//!
//! An *actor* is a character that a LoRA is trained on. Its part of a run is the work on its own
//! set of pictures; parts of different actors proceed independently of each other.

pub mod actor_journal;
pub mod document;
pub mod open_runs;
pub mod record;
pub mod state;

pub use actor_journal::{ActorJournal, RecordError, read_records, unfinished, unfinished_of};
pub use document::{Document, DocumentError};
