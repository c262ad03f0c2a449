//! Checks whether different actors get the same answers in the same sequence.

use super::settings::TrustSettings;
use super::suspicion::Suspicion;
use super::votes::{ActorVotes, SheetVote, Subject};
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ActorId, Digest};

/// Number of answers at the start of a sheet that are compared. In the recorded runs of the
/// original system the first six scores were often the same.
const PREFIX: usize = 6;
/// A sequence counts only if a random order of the other actor's answers starts with it with at
/// most this probability. Pictures that are alike have like answers, which prove nothing.
const MAX_CHANCE: f64 = 1e-3;
/// The probability of as many coincidences by chance below which they are suspicious. Much lower
/// than usual, because coincidences between several actors are not independent.
const MAX_TAIL_PROBABILITY: f64 = 1e-9;
/// Minimum number of actors in a group. Two may be copies of each other.
const MIN_GROUP: usize = 3;
/// Maximum number of actors that are compared with each other: the number of pairs grows with its
/// square, and a pattern shows in fewer actors than this.
const MAX_ACTORS: usize = 1_000;

/// The answers about one sheet of an actor, as numbers.
struct Sequence<'a> {
    actor: &'a ActorId,
    pictures: BTreeSet<&'a [u8; 32]>,
    values: Vec<u8>,
}

/// Returns a suspicion if too many actors have the same first answers, or all answers the same.
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
    let min_group = (settings.max_same * sequences.len() as f64).max(MIN_GROUP as f64);
    // A fixed list of answers shows in whole sheets; a fixed beginning only in the first answers.
    [true, false]
        .into_iter()
        .filter_map(|is_prefix| coincidences(&sequences, is_prefix))
        .filter(|group| group.len() as f64 >= min_group)
        .max_by_key(BTreeSet::len)
        .map(|group| Suspicion::SameAnswers {
            subject,
            actors: group.into_iter().cloned().collect(),
            of: sequences.len(),
        })
}

/// The answers about the longest shuffled sheet of an actor.
///
/// If there is none, the first sheet serves for qualities, but not for classes: many sets list
/// their classes in the same order, so the same answers can be right.
fn sequence<'a>(actor: &ActorVotes<'a>, subject: Subject) -> Option<Sequence<'a>> {
    let longest = |is_wanted: &dyn Fn(&SheetVote) -> bool| {
        actor
            .sheets
            .iter()
            .filter(|sheet| sheet.opinions.len() >= PREFIX && is_wanted(sheet))
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

/// The largest group of actors whose answers coincide; `None` unless there are more coincidences
/// than chance explains. Compares the first [`PREFIX`] answers, or as many as both actors have.
fn coincidences<'a>(sequences: &[Sequence<'a>], is_prefix: bool) -> Option<BTreeSet<&'a ActorId>> {
    let (mut found, mut expected) = (0_usize, 0.0_f64);
    let mut groups: BTreeMap<&ActorId, BTreeSet<&'a ActorId>> = BTreeMap::new();
    for (at, one) in sequences.iter().enumerate() {
        for other in sequences.iter().take(at) {
            let length = if is_prefix {
                PREFIX
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
            if chance > MAX_CHANCE {
                continue;
            }
            // Actors that share pictures may be copies, which rightly get the same answers.
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

/// The probability that a random order of `values` starts with `head`.
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

/// Whether at least `found` events have a probability below [`MAX_TAIL_PROBABILITY`] when
/// `expected` are expected, by Chernoff's bound on the tail of a Poisson distribution.
fn is_improbable(found: usize, expected: f64) -> bool {
    if found == 0 {
        return false;
    }
    let found = found as f64;
    let expected = expected.max(f64::MIN_POSITIVE);
    found > expected
        && found - expected - found * (found / expected).ln() < MAX_TAIL_PROBABILITY.ln()
}
