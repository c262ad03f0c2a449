//! Derives a verdict on one picture from everything known about it.

use crate::observations::Observations;
use crate::probability::{ClassProbabilities, ErrorRates};
use crate::rule::Rule;
use crate::scoring::Scoring;
use evidence::Tone;
use serde::{Deserialize, Serialize};
use tdbal_types::{Confidence, Fault, ImageClass, Opinion, Quality};

/// What a picture is judged to be, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The class of the picture; the most likely one if the confidence is unsure.
    pub class: ImageClass,
    /// The quality of the picture, 1 to 10: from the label, or else the median of all looks, with
    /// halves rounded up.
    pub quality: Quality,
    /// The difference between the highest and the lowest quality of all looks, in points.
    pub spread: u8,
    /// The quality less the points for the faults ([`Scoring`]); a labelled quality is not reduced.
    pub score: Quality,
    /// How far the class can be trusted.
    pub confidence: Confidence,
    /// The number of votes for the class, and the number of votes.
    pub agreement: (usize, usize),
    /// The faults that at least half of the looks name.
    pub faults: Vec<Fault>,
    /// The rules that applied, in the order of [`Rule`].
    pub rules: Vec<Rule>,
}

impl Verdict {
    /// Adds a rule that limits the confidence to `limit` and leaves the class unchanged. A class
    /// that a person set stays sure.
    pub(crate) fn limit_confidence(&mut self, limit: Confidence, rule: Rule) {
        if self.rules.contains(&Rule::Person) {
            return;
        }
        self.confidence = self.confidence.min(limit);
        self.rules.push(rule);
        self.rules.sort_unstable();
    }
}

/// Derives the verdict on one picture. Returns `None` if neither a look nor a label gives the
/// class, or if neither gives the quality.
///
/// The order of the votes does not matter. If the class is unsure, the verdict names the most
/// likely class of a picture seen in isolation, at the default [`ErrorRates`];
/// [`next_step`](crate::next_step()) also takes the rest of the set into account.
pub fn judge(observations: &Observations, scoring: &Scoring) -> Option<Verdict> {
    let probabilities = ClassProbabilities::posterior(
        observations,
        &ErrorRates::default(),
        &ClassProbabilities::UNIFORM,
    );
    judge_with(observations, scoring, &probabilities)
}

/// Like [`judge`], with given probabilities of the classes.
pub(crate) fn judge_with(
    observations: &Observations,
    scoring: &Scoring,
    probabilities: &ClassProbabilities,
) -> Option<Verdict> {
    let label = observations.label.unwrap_or_default();
    let finding = match label.class {
        Some(class) => Finding {
            class,
            confidence: Confidence::Sure,
            rules: vec![Rule::Person],
        },
        None => weigh(observations, probabilities)?,
    };
    let mut qualities: Vec<Quality> = observations.looks().map(|look| look.quality).collect();
    qualities.sort_unstable();
    let spread = match (qualities.first(), qualities.last()) {
        (Some(lowest), Some(highest)) => highest.get() - lowest.get(),
        _ => 0,
    };
    let faults = faults(observations);
    let (quality, score) = match label.quality {
        // A person has already taken the faults into account.
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
            votes_for(&observations.votes, finding.class),
            observations.votes.len(),
        ),
        faults,
        rules: finding.rules,
    })
}

/// The part of a verdict that concerns the class.
struct Finding {
    class: ImageClass,
    confidence: Confidence,
    rules: Vec<Rule>,
}

fn votes_for(votes: &[Opinion], class: ImageClass) -> usize {
    votes.iter().filter(|vote| vote.class == class).count()
}

/// The median of sorted qualities, with halves rounded up.
fn median(sorted: &[Quality]) -> Option<Quality> {
    let low = sorted.get(sorted.len().checked_sub(1)? / 2)?;
    let high = sorted.get(sorted.len() / 2)?;
    let mean = u16::from(low.get() + high.get()).div_ceil(2);
    Some(Quality::new(i64::from(mean)).unwrap_or(*high))
}

/// The faults that at least half of the looks name.
fn faults(observations: &Observations) -> Vec<Fault> {
    let looks = observations.looks().count();
    Fault::ALL
        .into_iter()
        .filter(|fault| {
            let named = observations
                .looks()
                .filter(|look| look.faults.contains(fault))
                .count();
            named > 0 && named * 2 >= looks
        })
        .collect()
}

/// The class that the looks alone support, and the rule behind it. The class is `None` if the votes
/// have no majority; the whole result is `None` if there is no look.
fn majority(votes: &[Opinion], close: Option<&Opinion>) -> Option<(Option<ImageClass>, Rule)> {
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

/// Whether pixels of this tone rule out the class.
fn contradicts(tone: Option<Tone>, class: ImageClass) -> bool {
    match tone {
        Some(Tone::Monochrome) => class != ImageClass::BwStylized,
        Some(Tone::Colour) => class == ImageClass::BwStylized,
        Some(Tone::Unclear) | None => false,
    }
}

/// Derives the class from everything except a label. Returns `None` if there is no look.
fn weigh(observations: &Observations, probabilities: &ClassProbabilities) -> Option<Finding> {
    let (majority, looks) = majority(&observations.votes, observations.close.as_ref())?;
    let mut rules = vec![looks];
    if majority.is_some_and(|class| contradicts(observations.tone, class)) {
        rules.push(Rule::ToneContradicts);
    }
    if majority.is_some()
        && observations
            .provenance
            .is_some_and(|other| Some(other) != majority)
    {
        rules.push(Rule::ProvenanceDiffers);
    }
    if observations.twins_differ {
        rules.push(Rule::TwinsDiffer);
    }
    let certain = majority.filter(|_| !rules.iter().any(|rule| rule.makes_unsure()));
    let Some(class) = certain else {
        // The looks disagree with each other or with the evidence, so none of them decides alone.
        rules.sort_unstable();
        return Some(Finding {
            class: probabilities.most_likely(),
            confidence: Confidence::Unsure,
            rules,
        });
    };
    if observations.provenance == Some(class) {
        rules.push(Rule::ProvenanceAgrees);
    }
    // Coloured pixels confirm nothing: photographs and drawings both have them.
    if observations.tone == Some(Tone::Monochrome) && class == ImageClass::BwStylized {
        rules.push(Rule::MonochromeAgrees);
    }
    // All looks are one kind of evidence, because the same model can make the same error every
    // time. It takes a second, independent kind to be sure.
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
