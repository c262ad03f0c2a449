//! Whether different actors are given the same answers in the same sequence.

use super::settings::TrustSettings;
use super::suspicion::Suspicion;
use super::votes::{ActorVotes, SheetVote, Subject};
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ActorId, Digest};

/// How many answers make an opening: the recorded ones had six scores in common.
const OPENING: usize = 6;
/// A sequence is telling if it is less likely than this in the other's answers in random order: so a
/// set of like pictures tells nothing.
const TELLING: f64 = 1e-3;
/// How improbable the number of coincidences has to be. They are not quite independent, hence far
/// less than usual.
const IMPROBABLE: f64 = 1e-9;
/// The fewest actors that make a group: two may be copies of each other.
const MIN_GROUP: usize = 3;
/// The most actors that are compared with each other; that many show any habit there is.
const MAX_ACTORS: usize = 1_000;

/// The answers about one actor's sheet.
struct Sequence<'a> {
    actor: &'a ActorId,
    pictures: BTreeSet<&'a [u8; 32]>,
    values: Vec<u8>,
}

/// Whether many actors have the same opening, or the same answers throughout.
pub(super) fn same_answers(
    actors: &[ActorVotes<'_>],
    subject: Subject,
    settings: &TrustSettings,
) -> Option<Suspicion> {
    let sequences: Vec<Sequence<'_>> = actors
        .iter()
        .filter_map(|actor| sequence(actor, subject))
        .take(MAX_ACTORS)
        .collect();
    let least = (settings.max_same * sequences.len() as f64).max(MIN_GROUP as f64);
    [true, false]
        .into_iter()
        .filter_map(|is_opening| coincidences(&sequences, is_opening))
        .filter(|group| group.len() as f64 >= least)
        .max_by_key(BTreeSet::len)
        .map(|group| Suspicion::SameAnswers {
            subject,
            actors: group.into_iter().cloned().collect(),
            of: sequences.len(),
        })
}

/// The answers about the longest shuffled sheet. Classes in the order of the set may be the same by
/// right, since sets are made in the same order; qualities are not, so that for them the first sheet
/// does where there is no other.
fn sequence<'a>(actor: &ActorVotes<'a>, subject: Subject) -> Option<Sequence<'a>> {
    let longest = |is_wanted: &dyn Fn(&SheetVote) -> bool| {
        actor
            .sheets
            .iter()
            .filter(|sheet| sheet.opinions.len() >= OPENING && is_wanted(sheet))
            .max_by_key(|sheet| (sheet.opinions.len(), sheet.vote))
    };
    let sheet = longest(&|sheet| sheet.vote > 1).or_else(|| match subject {
        Subject::Classes => None,
        Subject::Qualities => longest(&|sheet| sheet.vote == 1),
    })?;
    Some(Sequence {
        actor: actor.actor,
        pictures: sheet.order.iter().map(Digest::as_bytes).collect(),
        values: sheet
            .opinions
            .iter()
            .map(|opinion| subject.of(opinion))
            .collect(),
    })
}

/// The largest group of actors whose answers coincide, if there are more coincidences than chance
/// explains.
fn coincidences<'a>(sequences: &[Sequence<'a>], is_opening: bool) -> Option<BTreeSet<&'a ActorId>> {
    let (mut found, mut expected) = (0_usize, 0.0_f64);
    let mut groups: BTreeMap<&ActorId, BTreeSet<&'a ActorId>> = BTreeMap::new();
    for (at, one) in sequences.iter().enumerate() {
        for other in sequences.iter().take(at) {
            let length = if is_opening {
                OPENING
            } else {
                one.values.len().min(other.values.len())
            };
            let (Some(head), Some(other_head)) =
                (one.values.get(..length), other.values.get(..length))
            else {
                continue;
            };
            let chance = f64::midpoint(
                chance_of(head, &other.values),
                chance_of(other_head, &one.values),
            );
            if chance > TELLING {
                continue;
            }
            // Folders that hold copies of each other's pictures are the same by right.
            if head == other_head && one.pictures.is_disjoint(&other.pictures) {
                found += 1;
                for (here, there) in [(one.actor, other.actor), (other.actor, one.actor)] {
                    groups.entry(here).or_default().extend([here, there]);
                }
            }
            expected += chance;
        }
    }
    if !is_improbable(found, expected) {
        return None;
    }
    groups.into_values().max_by_key(BTreeSet::len)
}

/// The probability that `values` in random order begin with `head`.
fn chance_of(head: &[u8], values: &[u8]) -> f64 {
    let mut left = [0_u32; 256];
    for value in values {
        left[usize::from(*value)] += 1;
    }
    let mut chance = 1.0;
    for (at, value) in head.iter().enumerate() {
        let count = &mut left[usize::from(*value)];
        chance *= f64::from(*count) / (values.len() - at) as f64;
        *count = count.saturating_sub(1);
    }
    chance
}

/// Whether at least so many events are less than [`IMPROBABLE`] where so many are expected, by
/// Chernoff's bound on the tail of a Poisson distribution.
fn is_improbable(found: usize, expected: f64) -> bool {
    if found == 0 {
        return false;
    }
    let found = found as f64;
    let expected = expected.max(f64::MIN_POSITIVE);
    found > expected && found - expected - found * (found / expected).ln() < IMPROBABLE.ln()
}
