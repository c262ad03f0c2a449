//! Counts how many answers change with the order of the sheet.

use super::settings::TrustSettings;
use super::suspicion::Suspicion;
use super::votes::{ActorVotes, SheetVote};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::iter::Sum;
use std::ops::Add;
use tdbal_types::{Digest, ImageClass};

/// How many pictures got different classes on different sheets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stability {
    /// Number of pictures that appear on several sheets.
    pub pictures: usize,
    /// Number of those pictures whose class is not the same on every sheet.
    pub changed: usize,
}

impl Stability {
    /// The share of pictures that changed, 0 to 1; 0 if no picture appears on several sheets.
    pub fn rate(&self) -> f64 {
        self.changed as f64 / self.pictures.max(1) as f64
    }
}

impl Add for Stability {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            pictures: self.pictures + other.pictures,
            changed: self.changed + other.changed,
        }
    }
}

impl Sum for Stability {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), Add::add)
    }
}

/// Counts the pictures whose class differs between sheets; `None` if none is on several sheets.
pub fn stability(sheets: &[SheetVote]) -> Option<Stability> {
    let mut found = Stability::default();
    for classes in by_picture(sheets).into_values() {
        found.pictures += 1;
        found.changed += usize::from(share_of_differing_pairs(&classes) > 0.0);
    }
    (found.pictures > 0).then_some(found)
}

/// The classes of each picture with several votes, one per vote. If a sheet shows a picture twice,
/// the first cell counts; if several parts of a vote show it, the last part counts.
fn by_picture(sheets: &[SheetVote]) -> BTreeMap<Digest, Vec<ImageClass>> {
    let mut classes: BTreeMap<Digest, BTreeMap<u32, ImageClass>> = BTreeMap::new();
    for sheet in sheets.iter().filter(|sheet| sheet.vote > 0) {
        let cells: Vec<_> = sheet.cells().collect();
        for (digest, opinion) in cells.into_iter().rev() {
            let votes = classes.entry(*digest).or_default();
            votes.insert(sheet.vote, opinion.class);
        }
    }
    classes
        .into_iter()
        .filter(|(_, votes)| votes.len() > 1)
        .map(|(digest, votes)| (digest, votes.into_values().collect()))
        .collect()
}

/// The share of pairs of answers that differ, 0 to 1.
fn share_of_differing_pairs(classes: &[ImageClass]) -> f64 {
    let (mut pairs, mut differ) = (0_usize, 0_usize);
    for (at, class) in classes.iter().enumerate() {
        for earlier in classes.iter().take(at) {
            pairs += 1;
            differ += usize::from(earlier != class);
        }
    }
    differ as f64 / pairs.max(1) as f64
}

/// The number of standard errors above the limit from which a rate is suspicious.
const STANDARD_ERRORS: f64 = 3.0;

/// Minimum number of pictures to estimate a rate from.
const MIN_PICTURES: usize = 10;

/// Returns a suspicion if the answers change as if they were random.
pub(super) fn unstable(actors: &[ActorVotes<'_>], settings: &TrustSettings) -> Option<Suspicion> {
    let rates: Vec<f64> = actors
        .iter()
        .flat_map(|actor| by_picture(actor.sheets).into_values())
        .map(|classes| share_of_differing_pairs(&classes))
        .collect();
    if rates.len() < MIN_PICTURES {
        return None;
    }
    let count = rates.len() as f64;
    let rate = rates.iter().sum::<f64>() / count;
    let variance = rates.iter().map(|each| (each - rate).powi(2)).sum::<f64>() / (count - 1.0);
    // The lower bound, because the rate of a few pictures can be high by chance.
    let lower_bound = rate - STANDARD_ERRORS * (variance / count).sqrt();
    (lower_bound > settings.max_change).then_some(Suspicion::Unstable { rate })
}
