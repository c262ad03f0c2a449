//! Checks whether answers follow the position on the sheet instead of the picture.

use super::settings::TrustSettings;
use super::suspicion::Suspicion;
use super::votes::{ActorVotes, SheetVote, Subject};
use std::collections::BTreeMap;
use tdbal_types::Digest;

/// The number of standard deviations above an even split from which the excess is significant.
/// Higher than usual, because three sheets give three pairs that are not independent.
const MIN_DEVIATIONS: f64 = 4.5;

/// How many informative cells follow the position, and how many the picture.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    position: usize,
    picture: usize,
}

/// Returns a suspicion if significantly more answers follow the position than the picture.
///
/// Compares pairs of sheets that show the same pictures in different orders. A cell is informative
/// if the other sheet has different answers for the same picture and for the same position. Even if
/// the pictures are alike, random errors follow either one equally often.
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
    let informative = (tally.position + tally.picture) as f64;
    let excess = tally.position as f64 - tally.picture as f64;
    // Both: a share alone is often exceeded by chance in small sets, and in large ones even a
    // slight preference for the position is significant.
    let is_significant = excess >= MIN_DEVIATIONS * informative.sqrt();
    let is_much = tally.position as f64 > settings.max_position * informative;
    (is_significant && is_much).then_some(Suspicion::FollowsPosition {
        subject,
        position: tally.position,
        picture: tally.picture,
    })
}

/// Whether two sheets of different votes show the same pictures.
fn is_comparable(sheet: &SheetVote, other: &SheetVote) -> bool {
    let sorted = |sheet: &SheetVote| {
        let mut order = sheet.order.clone();
        order.sort_unstable();
        order
    };
    // Vote 0 stands for pictures that were shown alone, which have no position.
    sheet.vote != other.vote
        && sheet.vote > 0
        && other.vote > 0
        && sheet.order.len() == other.order.len()
        && sorted(sheet) == sorted(other)
}

/// Adds the informative cells of `sheet` to the tally.
fn compare(sheet: &SheetVote, other: &SheetVote, subject: Subject, tally: &mut Tally) {
    let by_digest: BTreeMap<&Digest, u8> = other
        .cells()
        .map(|(digest, opinion)| (digest, subject.of(opinion)))
        .collect();
    for ((digest, opinion), (other_digest, same_position)) in sheet.cells().zip(other.cells()) {
        let answer = subject.of(opinion);
        let by_position = subject.of(same_position);
        let Some(by_picture) = by_digest.get(digest).copied() else {
            continue;
        };
        // Here position and picture predict the same answer.
        if digest == other_digest || by_picture == by_position {
            continue;
        }
        tally.position += usize::from(answer == by_position);
        tally.picture += usize::from(answer == by_picture);
    }
}
