//! Whether answers follow the place on the sheet.

use super::settings::TrustSettings;
use super::suspicion::Suspicion;
use super::votes::{ActorVotes, SheetVote, Subject};
use std::collections::BTreeMap;
use tdbal_types::Digest;

/// How many standard deviations above even the answers that follow the place have to be. Three sheets
/// give three pairs that are not independent, hence more than usual.
const DEVIATIONS: f64 = 4.5;

/// What cells follow, where it can be told.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    position: usize,
    picture: usize,
}

/// Whether the answers about the actors follow the place.
///
/// Two sheets of the same pictures in different order: a cell is telling where the picture's answer
/// on the other sheet and that of the cell in the same place there are not the same. Of pictures that
/// are alike, those that follow one and the other are equally many by mere error.
pub(super) fn follows_position(
    actors: &[ActorVotes<'_>],
    subject: Subject,
    settings: &TrustSettings,
) -> Option<Suspicion> {
    let mut tally = Tally::default();
    for actor in actors {
        for (at, sheet) in actor.sheets.iter().enumerate() {
            for other in actor.sheets.iter().take(at) {
                if is_comparable(sheet, other) {
                    compare(sheet, other, subject, &mut tally);
                }
            }
        }
    }
    let telling = (tally.position + tally.picture) as f64;
    let excess = tally.position as f64 - tally.picture as f64;
    let is_certain = excess >= DEVIATIONS * telling.sqrt();
    let is_much = tally.position as f64 > settings.max_position * telling;
    (is_certain && is_much).then_some(Suspicion::FollowsPosition {
        subject,
        position: tally.position,
        picture: tally.picture,
    })
}

/// Whether both show the same pictures in numbered cells.
fn is_comparable(sheet: &SheetVote, other: &SheetVote) -> bool {
    let sorted = |sheet: &SheetVote| {
        let mut order = sheet.order.clone();
        order.sort_unstable();
        order
    };
    sheet.vote != other.vote
        && sheet.vote > 0
        && other.vote > 0
        && sheet.order.len() == other.order.len()
        && sorted(sheet) == sorted(other)
}

fn compare(sheet: &SheetVote, other: &SheetVote, subject: Subject, tally: &mut Tally) {
    let elsewhere: BTreeMap<&Digest, u8> = other
        .cells()
        .map(|(digest, opinion)| (digest, subject.of(opinion)))
        .collect();
    for ((digest, opinion), (there, in_place)) in sheet.cells().zip(other.cells()) {
        let said = subject.of(opinion);
        let by_position = subject.of(in_place);
        let Some(by_picture) = elsewhere.get(digest).copied() else {
            continue;
        };
        if digest == there || by_picture == by_position {
            continue;
        }
        tally.position += usize::from(said == by_position);
        tally.picture += usize::from(said == by_picture);
    }
}
