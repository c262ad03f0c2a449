//! Detects models whose answers do not depend on the pictures.
//!
//! Each check compares the answers with what chance would give, and with what a model that does
//! look but is wrong about up to a fifth of the pictures would give. Sets whose pictures really are
//! alike raise no suspicion.

mod control;
mod position;
mod sequence;
mod settings;
mod stability;
mod suspicion;
mod tone;
mod votes;

pub use control::{ControlOutcome, ControlResult, control_outcome};
pub use settings::TrustSettings;
pub use stability::{Stability, stability};
pub use suspicion::Suspicion;
pub use votes::{ActorVotes, SheetVote, Subject};

/// Returns every reason not to trust a model, from its answers about `actors` and about control
/// sheets. An empty list means that no check failed.
///
/// Do not pass answers recorded in the format of the original system: they exist in one order only,
/// and the checks compare different orders.
pub fn suspicions(
    actors: &[ActorVotes<'_>],
    controls: &[ControlResult],
    settings: &TrustSettings,
) -> Vec<Suspicion> {
    let mut found = Vec::new();
    for subject in Subject::ALL {
        found.extend(sequence::same_answers(actors, subject, settings));
        found.extend(position::follows_position(actors, subject, settings));
    }
    found.extend(stability::unstable(actors, settings));
    found.extend(tone::failed_control(controls, settings));
    found.extend(tone::against_pixels(actors, controls, settings));
    found
}

#[cfg(test)]
mod tests;
