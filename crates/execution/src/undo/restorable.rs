//! The pictures that an undo can restore.

use journal::run::record::Returning;
use journal::run::state::ActorState;

/// Everything that the run moved to the trash.
pub fn returning(state: &ActorState) -> Vec<Returning> {
    let section = &state.change;
    let leaving = section.change.iter().flat_map(|change| &change.leaving);
    leaving
        .filter_map(|picture| {
            Some(Returning {
                name: picture.name.clone(),
                sha256: picture.sha256,
                places: section.removed.get(&picture.name)?.clone(),
            })
        })
        .collect()
}
