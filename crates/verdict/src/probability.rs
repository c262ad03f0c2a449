//! How probable each class of a picture is, and whether a picture is one too many.

use crate::observations::Observations;
use evidence::Tone;
use serde::{Deserialize, Serialize};
use std::ops::{Index, IndexMut};
use tdbal_types::ImageClass;

/// How often the witnesses are assumed to be wrong, as shares from 0 to below 1. What is measured of a
/// model by comparing it with a person's word can be set here.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ErrorRates {
    /// Pictures of which the model says the same wrong class at every look.
    pub persistent: f64,
    /// Answers that are wrong at one look and right at another.
    pub passing: f64,
    /// Prompts and records of which the picture is of another class than they ask for.
    pub provenance: f64,
    /// Coloured pictures that are monochrome by their pixels, and the reverse.
    pub tone: f64,
}

impl Default for ErrorRates {
    fn default() -> Self {
        Self {
            persistent: 0.10,
            passing: 0.05,
            provenance: 0.05,
            // None of 290 pictures measured, 1 of 42 that were desaturated or darkened for a test; a
            // photograph may be black and white.
            tone: 0.02,
        }
    }
}

impl ErrorRates {
    /// How probable everything but a person's word is for a picture of that class, up to a factor that
    /// is the same for all classes.
    fn likelihood(&self, testimony: &Observations, class: ImageClass) -> f64 {
        let provenance = testimony
            .provenance
            .map_or(1.0, |said| chance_of(said, class, within(self.provenance)));
        let tone = match testimony.tone {
            Some(Tone::Unclear) | None => 1.0,
            Some(tone) if (tone == Tone::Monochrome) == (class == ImageClass::BwStylized) => {
                1.0 - within(self.tone)
            }
            Some(_) => within(self.tone),
        };
        self.looks(testimony, class) * provenance * tone
    }

    /// How probable the looks are: all the same wrong class by a persistent error, or else each right
    /// or wrong by itself.
    fn looks(&self, testimony: &Observations, class: ImageClass) -> f64 {
        let persistent = within(self.persistent);
        let passing = within(self.passing / (1.0 - persistent));
        // From counts, so that no rounding depends on the order of the looks.
        let looks = testimony.looks().count();
        let of = |wanted| {
            testimony
                .looks()
                .filter(|look| look.class == wanted)
                .count()
        };
        let right = of(class);
        let is_same_wrong = ImageClass::ALL
            .into_iter()
            .any(|other| other != class && of(other) == looks);
        let same_wrong = if is_same_wrong { persistent / 2.0 } else { 0.0 };
        let power = |chance: f64, count| chance.powi(i32::try_from(count).unwrap_or(i32::MAX));
        let each = power(1.0 - passing, right) * power(passing / 2.0, looks - right);
        (1.0 - persistent) * each + same_wrong
    }
}

/// How probable it is that a witness that errs so often says one class of a picture of another.
fn chance_of(said: ImageClass, class: ImageClass, error: f64) -> f64 {
    if said == class {
        1.0 - error
    } else {
        error / 2.0
    }
}

/// The least rate that rules nothing out.
const LEAST: f64 = 1e-6;

/// A rate that leaves both outcomes possible; what is not a number is the least.
fn within(rate: f64) -> f64 {
    if rate.is_nan() {
        LEAST
    } else {
        rate.clamp(LEAST, 0.99)
    }
}

/// The probability of each class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Odds([f64; 3]);

impl Index<ImageClass> for Odds {
    type Output = f64;
    fn index(&self, class: ImageClass) -> &f64 {
        &self.0[class as usize]
    }
}

impl IndexMut<ImageClass> for Odds {
    fn index_mut(&mut self, class: ImageClass) -> &mut f64 {
        &mut self.0[class as usize]
    }
}

impl Odds {
    /// Nothing known of what there is.
    pub(crate) const EVEN: Self = Self([1.0 / 3.0; 3]);

    /// The probabilities for a picture out of a set in which the classes are so frequent. A person's
    /// word is certain.
    pub(crate) fn of(testimony: &Observations, rates: &ErrorRates, among: &Self) -> Self {
        let label = testimony.label.and_then(|label| label.class);
        let mut odds = Self::EVEN;
        for class in ImageClass::ALL {
            odds[class] = match label {
                Some(said) => f64::from(u8::from(said == class)),
                None => among[class] * rates.likelihood(testimony, class),
            };
        }
        odds.normalised()
    }

    /// How frequent the classes are in a set, and the probabilities for each of its pictures. One
    /// follows from the other (expectation maximisation, which has settled after a few rounds); one
    /// picture of each class is thought to be there besides, so that none is ruled out.
    pub(crate) fn of_set(testimonies: &[&Observations], rates: &ErrorRates) -> Vec<Self> {
        const ROUNDS: usize = 4;
        let mut among = Self::EVEN;
        let mut all = Vec::new();
        for _ in 0..ROUNDS {
            all = testimonies
                .iter()
                .map(|testimony| Self::of(testimony, rates, &among))
                .collect();
            among = all.iter().fold(Self([1.0; 3]), |mut sum, odds: &Self| {
                for class in ImageClass::ALL {
                    sum[class] += odds[class];
                }
                sum
            });
            among = among.normalised();
        }
        all
    }

    /// The likeliest class; between equals the first, which is what most pictures are.
    pub(crate) fn likeliest(&self) -> ImageClass {
        let mut best = ImageClass::Photorealistic;
        for class in ImageClass::ALL {
            if self[class] > self[best] {
                best = class;
            }
        }
        best
    }

    fn normalised(self) -> Self {
        let sum: f64 = self.0.iter().sum();
        if sum > 0.0 {
            Self(self.0.map(|odds| odds / sum))
        } else {
            Self::EVEN
        }
    }
}

/// The probability that at least so many of independent events happen.
///
/// The distribution of their number is built up event by event (Poisson's binomial).
pub(crate) fn at_least(count: usize, chances: impl Iterator<Item = f64>) -> f64 {
    // What of `count` events is still missing, from none to all; none stays none.
    let mut missing = vec![0.0; count + 1];
    missing[count] = 1.0;
    for chance in chances {
        let before = missing.clone();
        for (left, probability) in missing.iter_mut().enumerate() {
            let arrives = before.get(left + 1).copied().unwrap_or_default() * chance;
            let stays = before[left] * if left == 0 { 1.0 } else { 1.0 - chance };
            *probability = arrives + stays;
        }
    }
    missing[0]
}

#[cfg(test)]
mod tests;
