//! Whether a model's answers depend on the pictures.
//!
//! Every test compares what was seen with what chance, or a model that does look but errs on up to a
//! fifth of the pictures, would give; sets whose pictures really are alike raise no alarm.

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

/// Why the model should not be believed; empty if there is no reason.
///
/// Recorded answers of the old form have no place here: they are in one order only.
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
