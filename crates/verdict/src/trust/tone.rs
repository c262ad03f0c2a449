//! Whether black and white is seen where the pixels say so.

use super::control::{ControlOutcome, ControlResult, control_outcome};
use super::settings::TrustSettings;
use super::suspicion::Suspicion;
use super::votes::{ActorVotes, SheetVote};
use evidence::Tone;
use std::collections::BTreeMap;
use tdbal_types::{Digest, ImageClass};

/// Whether the control sheets were answered without looking.
pub(super) fn failed_control(
    controls: &[ControlResult],
    settings: &TrustSettings,
) -> Option<Suspicion> {
    (control_outcome(controls, settings) == ControlOutcome::Failed)
        .then(|| Suspicion::Control(controls.iter().copied().sum()))
}

/// Whether the actors' own pictures were answered without looking. The first answer about a picture
/// counts, since the answers about one are alike.
///
/// A set may hold black-and-white photographs only, which are rightly never called drawings: where
/// nothing was called black and white, a passed control is believed.
pub(super) fn against_pixels(
    actors: &[ActorVotes<'_>],
    controls: &[ControlResult],
    settings: &TrustSettings,
) -> Option<Suspicion> {
    let mut seen: BTreeMap<&Digest, (Tone, ImageClass)> = BTreeMap::new();
    for actor in actors {
        for (digest, opinion) in actor.sheets.iter().flat_map(SheetVote::cells) {
            if let Some(tone) = actor.tones.get(digest) {
                seen.entry(digest).or_insert((*tone, opinion.class));
            }
        }
    }
    let mut result = ControlResult::default();
    for (tone, class) in seen.into_values() {
        result.count(tone, usize::from(class == ImageClass::BwStylized));
    }
    let is_enough = result.coloured.min(result.monochrome) >= settings.min_of_each_tone;
    let is_never = result.coloured_called_bw + result.monochrome_called_bw == 0;
    let is_excused = is_never && control_outcome(controls, settings) == ControlOutcome::Passed;
    (is_enough
        && !is_excused
        && result.is_above(settings.max_coloured_ratio)
        && result.weight_of_looking() < 0.0)
        .then_some(Suspicion::AgainstPixels(result))
}
