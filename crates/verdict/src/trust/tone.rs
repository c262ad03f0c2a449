//! Checks whether the model calls the pictures black and white that are, on control sheets and by
//! the pixels of the actors' own pictures.

use super::control::{ControlOutcome, ControlResult, control_outcome};
use super::settings::TrustSettings;
use super::suspicion::Suspicion;
use super::votes::{ActorVotes, SheetVote};
use evidence::Tone;
use std::collections::BTreeMap;
use tdbal_types::{Digest, ImageClass};

/// Returns a suspicion if the model failed the control sheets.
pub(super) fn failed_control(
    controls: &[ControlResult],
    settings: &TrustSettings,
) -> Option<Suspicion> {
    (control_outcome(controls, settings) == ControlOutcome::Failed)
        .then(|| Suspicion::Control(controls.iter().copied().sum()))
}

/// Returns a suspicion if the answers about the actors' own pictures contradict their pixels.
///
/// If nothing was called black and white, but the model passed the control sheets, there is no
/// suspicion: the monochrome pictures may all be photographs and not drawings.
pub(super) fn against_pixels(
    actors: &[ActorVotes<'_>],
    controls: &[ControlResult],
    settings: &TrustSettings,
) -> Option<Suspicion> {
    let mut seen: BTreeMap<&Digest, (Tone, ImageClass)> = BTreeMap::new();
    for actor in actors {
        for (digest, opinion) in actor.sheets.iter().flat_map(SheetVote::cells) {
            if let Some(tone) = actor.tones.get(digest) {
                // Answers about the same picture are not independent, so only the first one counts.
                seen.entry(digest).or_insert((*tone, opinion.class));
            }
        }
    }
    let mut result = ControlResult::default();
    for (tone, class) in seen.into_values() {
        result.count(tone, usize::from(class == ImageClass::BwStylized));
    }
    // With few pictures of one tone, a single unusual one decides the rate.
    let is_enough = result.coloured.min(result.monochrome) >= settings.min_of_each_tone;
    let is_never = result.coloured_called_bw + result.monochrome_called_bw == 0;
    let is_excused = is_never && control_outcome(controls, settings) == ControlOutcome::Passed;
    (is_enough
        && !is_excused
        && result.is_above(settings.max_coloured_ratio)
        && result.log_likelihood_ratio() < 0.0)
        .then_some(Suspicion::AgainstPixels(result))
}
