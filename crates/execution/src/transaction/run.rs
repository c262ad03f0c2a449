//! One change of a set, from the intent on record to the actor manifest. A run, an undo and a
//! doctor's fix are all this transaction; they differ in what they decide.

use crate::error::ExecutionError;
use crate::transaction::actor_manifest;
use crate::transaction::commit::{Commit, Kind, TrainingCommit};
use crate::transaction::mover::TrashMover;
use crate::transaction::remove::Removal;
use crate::transaction::scope::ActorScope;
use bytes::Bytes;
use journal::run::record::{Change, Step};
use manifest::ManifestError;
use storage::ObjectKey;

/// Edits the bytes of an actor manifest.
pub type EditManifest = Box<dyn Fn(&Bytes) -> Result<Bytes, ManifestError> + Send + Sync>;

/// What a transaction is about: decides on the set as it is, and brings the actor manifest in line.
///
/// A decision is asked for again if someone else wrote the training manifest first, so it reads the set
/// each time and limits the number of its own attempts.
pub trait Decide {
    /// Decides what to commit. `attempt` counts from 0; it is more than 0 after a lost commit.
    ///
    /// # Errors
    /// When nothing can be decided; the transaction ends with that error.
    fn decide(
        &mut self,
        attempt: usize,
    ) -> impl Future<Output = Result<Decision, ExecutionError>> + Send;

    /// The actor manifest to edit after the commit, and how; `None` if it stays as it is.
    ///
    /// # Errors
    /// When what the edit needs cannot be read.
    fn actor_manifest(
        &self,
    ) -> impl Future<Output = Result<Option<(ObjectKey, EditManifest)>, ExecutionError>> + Send;
}

/// What to do with the set as it is.
pub enum Decision {
    /// Make this change.
    Commit(Box<Change>),
    /// Leave the set as it is.
    Nothing,
    /// Decide again: the training manifest was written while the decision was made.
    Again,
    /// Give up for this reason; nothing was committed.
    Abandon(String),
}

/// How a transaction ended.
pub enum Ended {
    /// The change is made and everything that follows from it, or there was nothing to change.
    Done {
        /// Pictures that could not be removed and stay in the set, as an error.
        not_removed: Option<ExecutionError>,
    },
    /// It was given up for this reason; the set is as it was.
    Abandoned(String),
}

/// A change of one actor's set.
#[derive(Clone, Copy)]
pub struct Transaction<'a> {
    scope: &'a ActorScope<'a>,
    mover: TrashMover<'a>,
    kind: Kind,
}

impl<'a> Transaction<'a> {
    /// A transaction of this kind.
    pub const fn new(scope: &'a ActorScope<'a>, mover: TrashMover<'a>, kind: Kind) -> Self {
        Self { scope, mover, kind }
    }

    /// Runs the transaction, from wherever an earlier attempt left it.
    ///
    /// # Errors
    /// Those of the decision; and when it is not known whether a step was done: then the journal
    /// stays open, and running the transaction again finds out.
    pub async fn run(&self, decide: &mut impl Decide) -> Result<Ended, ExecutionError> {
        let commit = TrainingCommit::new(self.scope, self.kind);
        let mut attempt = 0;
        // An earlier attempt may have recorded an intent and died: it is settled before anything
        // else is decided, or one change could be made twice.
        while !commit.recover().await? {
            match decide.decide(attempt).await? {
                Decision::Commit(change) => {
                    // The intent is on record before the effect: whoever resumes after a crash
                    // finds out from it whether the manifest was written.
                    self.scope.journal.write(Step::Commit(change)).await?;
                    // Generating may have taken long: a run that lost its lock must not commit.
                    self.scope.locks.check().await?;
                    if commit.commit().await? == Commit::Done {
                        break;
                    }
                }
                Decision::Nothing => break,
                Decision::Again => {}
                Decision::Abandon(why) => return Ok(Ended::Abandoned(why)),
            }
            attempt += 1;
        }
        // Only after the commit does anything leave: until then the old set is whole.
        let removal = Removal::new(self.scope, &self.mover, self.kind);
        let not_removed = match removal.run().await {
            Ok(()) => None,
            Err(error @ ExecutionError::NotAllRemoved { .. }) => Some(error),
            Err(error) => return Err(error),
        };
        // Last, because it follows from the training manifest and can be repeated.
        if let Some((key, edit)) = decide.actor_manifest().await? {
            actor_manifest::write(self.scope, self.kind, &key, edit).await?;
        }
        Ok(Ended::Done { not_removed })
    }
}
