//! From what is known of a picture to what to believe of it.

use crate::observations::Observations;
use crate::probability::{ErrorRates, Odds};
use crate::rule::Rule;
use crate::scoring::Scoring;
use evidence::Tone;
use serde::{Deserialize, Serialize};
use tdbal_types::{Confidence, Fault, ImageClass, Opinion, Quality};

/// What to believe of a picture, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Its class; the likeliest one where that is unsure.
    pub class: ImageClass,
    /// How good it is: a person's word, else the median of all looks, a half in the picture's favour.
    pub quality: Quality,
    /// By how many points the looks differ in quality.
    pub spread: u8,
    /// The quality less the points of its faults ([`Scoring`]); a person's word as it is.
    pub score: Quality,
    /// How far the class can be trusted.
    pub confidence: Confidence,
    /// How many votes are for the class, and how many there are.
    pub agreement: (usize, usize),
    /// The faults that at least half of the looks name.
    pub faults: Vec<Fault>,
    /// The rules that had a say, in the order of [`Rule`].
    pub rules: Vec<Rule>,
}

impl Verdict {
    /// Adds a rule that leaves the class as it is and the confidence at most `limit`. A person's word
    /// is not touched.
    pub(crate) fn cap(&mut self, limit: Confidence, rule: Rule) {
        if self.rules.contains(&Rule::Person) {
            return;
        }
        self.confidence = self.confidence.min(limit);
        self.rules.push(rule);
        self.rules.sort_unstable();
    }
}

/// What to believe of a picture. `None` where no look and no person said its class, or nobody said its
/// quality.
///
/// The order of the votes does not matter. Where the class is unsure, the likeliest one is that of a
/// picture alone, at the usual [`ErrorRates`]; [`crate::next_step`] also considers what else is in the set.
pub fn judge(testimony: &Observations, scoring: &Scoring) -> Option<Verdict> {
    let odds = Odds::of(testimony, &ErrorRates::default(), &Odds::EVEN);
    judge_among(testimony, scoring, &odds)
}

/// As [`judge`], where the odds of each class are known.
pub(crate) fn judge_among(
    testimony: &Observations,
    scoring: &Scoring,
    odds: &Odds,
) -> Option<Verdict> {
    let label = testimony.label.unwrap_or_default();
    let finding = match label.class {
        Some(class) => Finding {
            class,
            confidence: Confidence::Sure,
            rules: vec![Rule::Person],
        },
        None => weigh(testimony, odds)?,
    };
    let mut qualities: Vec<Quality> = testimony.looks().map(|look| look.quality).collect();
    qualities.sort_unstable();
    let spread = match (qualities.first(), qualities.last()) {
        (Some(lowest), Some(highest)) => highest.get() - lowest.get(),
        _ => 0,
    };
    let faults = faults(testimony);
    let (quality, score) = match label.quality {
        Some(quality) => (quality, quality),
        None => {
            let quality = median(&qualities)?;
            (quality, scoring.score(quality, &faults))
        }
    };
    Some(Verdict {
        class: finding.class,
        quality,
        spread,
        score,
        confidence: finding.confidence,
        agreement: (
            votes_for(&testimony.votes, finding.class),
            testimony.votes.len(),
        ),
        faults,
        rules: finding.rules,
    })
}

struct Finding {
    class: ImageClass,
    confidence: Confidence,
    rules: Vec<Rule>,
}

fn votes_for(votes: &[Opinion], class: ImageClass) -> usize {
    votes.iter().filter(|vote| vote.class == class).count()
}

/// The median of sorted qualities. Between two the picture gets the better half.
fn median(sorted: &[Quality]) -> Option<Quality> {
    let low = sorted.get(sorted.len().checked_sub(1)? / 2)?;
    let high = sorted.get(sorted.len() / 2)?;
    let mean = u16::from(low.get() + high.get()).div_ceil(2);
    Some(Quality::new(i64::from(mean)).unwrap_or(*high))
}

/// The faults that at least half of the looks name.
fn faults(testimony: &Observations) -> Vec<Fault> {
    let looks = testimony.looks().count();
    Fault::ALL
        .into_iter()
        .filter(|fault| {
            let named = testimony
                .looks()
                .filter(|look| look.faults.contains(fault))
                .count();
            named > 0 && named * 2 >= looks
        })
        .collect()
}

/// What the looks alone say: no class where the votes have no majority.
fn leaning(votes: &[Opinion], close: Option<&Opinion>) -> Option<(Option<ImageClass>, Rule)> {
    if votes.is_empty() {
        return close.map(|look| (Some(look.class), Rule::LooksAgree));
    }
    let majority = ImageClass::ALL
        .into_iter()
        .find(|class| votes_for(votes, *class) * 2 > votes.len());
    let Some(class) = majority else {
        return Some((None, Rule::NoMajority));
    };
    let is_unanimous = votes_for(votes, class) == votes.len();
    let rule = match close.map(|look| look.class == class) {
        Some(false) => Rule::CloseLookDiffers,
        _ if is_unanimous => Rule::LooksAgree,
        Some(true) => Rule::MajorityConfirmed,
        None => Rule::MajorityUnconfirmed,
    };
    Some((Some(class), rule))
}

/// Whether the pixels cannot be of that class.
fn contradicts(tone: Option<Tone>, class: ImageClass) -> bool {
    match tone {
        Some(Tone::Monochrome) => class != ImageClass::BwStylized,
        Some(Tone::Colour) => class == ImageClass::BwStylized,
        Some(Tone::Unclear) | None => false,
    }
}

/// The class by all that is known without a person.
fn weigh(testimony: &Observations, odds: &Odds) -> Option<Finding> {
    let (leaning, looks) = leaning(&testimony.votes, testimony.close.as_ref())?;
    let mut rules = vec![looks];
    if leaning.is_some_and(|class| contradicts(testimony.tone, class)) {
        rules.push(Rule::ToneContradicts);
    }
    if leaning.is_some()
        && testimony
            .provenance
            .is_some_and(|other| Some(other) != leaning)
    {
        rules.push(Rule::ProvenanceDiffers);
    }
    if testimony.twins_differ {
        rules.push(Rule::TwinsDiffer);
    }
    let certain = leaning.filter(|_| !rules.iter().any(|rule| rule.makes_unsure()));
    let Some(class) = certain else {
        rules.sort_unstable();
        return Some(Finding {
            class: odds.likeliest(),
            confidence: Confidence::Unsure,
            rules,
        });
    };
    if testimony.provenance == Some(class) {
        rules.push(Rule::ProvenanceAgrees);
    }
    if testimony.tone == Some(Tone::Monochrome) && class == ImageClass::BwStylized {
        rules.push(Rule::MonochromeAgrees);
    }
    let confidence = if rules.len() > 1 {
        Confidence::Sure
    } else {
        Confidence::Likely
    };
    rules.sort_unstable();
    Some(Finding {
        class,
        confidence,
        rules,
    })
}

#[cfg(test)]
mod tests;
