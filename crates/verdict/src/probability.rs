//! The probability of each class for a picture, by Bayes' rule from assumed error rates.

use crate::observations::Observations;
use evidence::Tone;
use serde::{Deserialize, Serialize};
use std::ops::{Index, IndexMut};
use tdbal_types::ImageClass;

/// Assumed error rates of each kind of evidence, as shares from 0 to below 1. Set them to what
/// `tdbal calibrate` measures for your model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ErrorRates {
    /// Share of pictures that the model assigns the same wrong class in every look.
    pub persistent: f64,
    /// Share of answers that are wrong in one look and right in another.
    pub passing: f64,
    /// Share of prompts and records that name another class than the picture shows.
    pub provenance: f64,
    /// Share of pictures whose pixels have the tone of another class than the picture shows.
    pub tone: f64,
}

impl Default for ErrorRates {
    fn default() -> Self {
        Self {
            persistent: 0.10,
            passing: 0.05,
            provenance: 0.05,
            // Measured: 0 of 290 pictures, and 1 of 42 that were desaturated or darkened for a
            // test. Not lower, because a photograph may be black and white.
            tone: 0.02,
        }
    }
}

impl ErrorRates {
    /// The likelihood of all observations except the label, given that the picture is of `class`;
    /// up to a factor that is the same for all classes.
    fn likelihood(&self, observations: &Observations, class: ImageClass) -> f64 {
        let provenance = observations.provenance.map_or(1.0, |named| {
            likelihood_of_answer(named, class, clamp_rate(self.provenance))
        });
        let tone = match observations.tone {
            Some(Tone::Unclear) | None => 1.0,
            Some(tone) if (tone == Tone::Monochrome) == (class == ImageClass::BwStylized) => {
                1.0 - clamp_rate(self.tone)
            }
            Some(_) => clamp_rate(self.tone),
        };
        self.likelihood_of_looks(observations, class) * provenance * tone
    }

    /// The likelihood of the looks given `class`: either one persistent error in all of them, or
    /// independent right and wrong answers.
    fn likelihood_of_looks(&self, observations: &Observations, class: ImageClass) -> f64 {
        let persistent = clamp_rate(self.persistent);
        let passing = clamp_rate(self.passing / (1.0 - persistent));
        // Computed from counts, so rounding cannot depend on the order of the looks.
        let looks = observations.looks().count();
        let count_of = |wanted| {
            observations
                .looks()
                .filter(|look| look.class == wanted)
                .count()
        };
        let right = count_of(class);
        let is_same_wrong = ImageClass::ALL
            .into_iter()
            .any(|other| other != class && count_of(other) == looks);
        let same_wrong = if is_same_wrong { persistent / 2.0 } else { 0.0 };
        let power = |chance: f64, count| chance.powi(i32::try_from(count).unwrap_or(i32::MAX));
        let independent = power(1.0 - passing, right) * power(passing / 2.0, looks - right);
        (1.0 - persistent) * independent + same_wrong
    }
}

/// The likelihood that a source with this error rate names `named` for a picture of `class`. Errors
/// are equally likely to be either of the other two classes.
fn likelihood_of_answer(named: ImageClass, class: ImageClass, error_rate: f64) -> f64 {
    if named == class {
        1.0 - error_rate
    } else {
        error_rate / 2.0
    }
}

/// The lowest rate that is used. At 0 a single error would rule out the true class for good.
const MIN_RATE: f64 = 1e-6;

/// Limits a rate to values that leave both outcomes possible. NaN becomes [`MIN_RATE`].
fn clamp_rate(rate: f64) -> f64 {
    if rate.is_nan() {
        MIN_RATE
    } else {
        rate.clamp(MIN_RATE, 0.99)
    }
}

/// A probability for each class; together they are 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ClassProbabilities([f64; 3]);

impl Index<ImageClass> for ClassProbabilities {
    type Output = f64;
    fn index(&self, class: ImageClass) -> &f64 {
        &self.0[class as usize]
    }
}

impl IndexMut<ImageClass> for ClassProbabilities {
    fn index_mut(&mut self, class: ImageClass) -> &mut f64 {
        &mut self.0[class as usize]
    }
}

impl ClassProbabilities {
    pub(crate) const UNIFORM: Self = Self([1.0 / 3.0; 3]);

    /// The probabilities for one picture, given the frequencies of the classes (`prior`). A
    /// labelled class has probability 1.
    pub(crate) fn posterior(observations: &Observations, rates: &ErrorRates, prior: &Self) -> Self {
        let label = observations.label.and_then(|label| label.class);
        let mut probabilities = Self::UNIFORM;
        for class in ImageClass::ALL {
            probabilities[class] = match label {
                Some(labelled) => f64::from(u8::from(labelled == class)),
                None => prior[class] * rates.likelihood(observations, class),
            };
        }
        probabilities.normalised()
    }

    /// The probabilities for each picture of a set, in the order given.
    ///
    /// The frequencies of the classes in the set are unknown too, so both are estimated in
    /// turn (expectation maximisation).
    pub(crate) fn posteriors_of_set(all: &[&Observations], rates: &ErrorRates) -> Vec<Self> {
        // The estimate settles after a few rounds.
        const ROUNDS: usize = 4;
        let mut prior = Self::UNIFORM;
        let mut posteriors = Vec::new();
        for _ in 0..ROUNDS {
            posteriors = all
                .iter()
                .map(|observations| Self::posterior(observations, rates, &prior))
                .collect();
            // Starts from one imaginary picture of each class, which keeps every class possible.
            prior = posteriors
                .iter()
                .fold(Self([1.0; 3]), |mut sum, posterior: &Self| {
                    for class in ImageClass::ALL {
                        sum[class] += posterior[class];
                    }
                    sum
                });
            prior = prior.normalised();
        }
        posteriors
    }

    /// The most likely class. A tie goes to the earlier, more frequent class in
    /// [`ImageClass::ALL`].
    pub(crate) fn most_likely(&self) -> ImageClass {
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
            Self(self.0.map(|probability| probability / sum))
        } else {
            Self::UNIFORM
        }
    }
}

/// The probability that at least `count` of several independent events occur, where `chances` holds
/// the probability of each. Computed event by event (Poisson binomial distribution).
pub(crate) fn probability_of_at_least(count: usize, chances: impl Iterator<Item = f64>) -> f64 {
    // `missing[n]` is the probability that `n` of the `count` events have yet to occur. 0 is final.
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
