//! Names of the files that an evaluation writes to the output folder.

use tdbal_types::ActorId;

/// The evaluation of an actor.
pub(crate) fn evaluation_name(actor: &ActorId) -> String {
    format!("{actor}_evaluation.json")
}

/// An evaluation whose answers are not trusted.
pub(crate) fn disbelieved_name(actor: &ActorId) -> String {
    format!("{actor}_disbelieved.json")
}

/// The sheet of all pictures of an actor.
pub(crate) fn composite_name(actor: &ActorId) -> String {
    format!("{actor}_composite.jpg")
}

/// A further sheet of an actor, with pictures in another order or only some of them. `vote` is the
/// number of the sheet, from 1.
pub(crate) fn vote_name(actor: &ActorId, vote: u32) -> String {
    format!("{actor}_composite_{vote}.jpg")
}
