//! Simulated vision model that is right, wrong or blind by configuration, without pictures or
//! calls.
//!
//! Used to measure how well a way of judging copes with errors, and whether it detects a model that
//! does not look at the pictures.
//!
//! Pure: an answer depends on the model's seed, the picture's digest, true class and quality, the
//! look and the position on the sheet only.
//!
//! ```
//! use tdbal_types::{Digest, ImageClass, Quality};
//! use test_support::simulated::{Errors, Eye, SimulatedModel, Truth};
//!
//! let truth = Truth { class: ImageClass::BwStylized, quality: Quality::MAX };
//! let model = SimulatedModel { seed: 1, eye: Eye::Looks(Errors::default()) };
//! let opinion = model.close(Digest::from_bytes([7; 32]), truth);
//! assert_eq!(opinion.class, truth.class);
//! ```

use tdbal_types::{Digest, ImageClass, Opinion, Quality};

/// True class and quality of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truth {
    /// True class of the picture.
    pub class: ImageClass,
    /// True quality of the picture.
    pub quality: Quality,
}

/// Error rates of a model that looks at pictures. All rates are zero by default.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Errors {
    /// Share of pictures, 0 to 1, that get the same wrong class at every look.
    pub persistent: f64,
    /// Share of answers, 0 to 1, that are wrong at this look only. Does not include persistent
    /// errors.
    pub passing: f64,
    /// Two classes that the model confuses with each other; the third one is always right. If
    /// `None`, a wrong answer is one of the other two classes.
    pub confusion: Option<[ImageClass; 2]>,
    /// Share of cells on a sheet, 0 to 1, whose answer depends on the position instead of the
    /// picture. Close looks are not affected.
    pub by_position: f64,
    /// Maximum error of a quality, in points.
    pub quality_noise: u8,
}

/// How a model arrives at its answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Eye {
    /// Looks at the pictures, with errors.
    Looks(Errors),
    /// Repeats this list of answers over the cells of every sheet.
    Template(Vec<(ImageClass, Quality)>),
    /// Gives the same answer for every picture.
    Constant(ImageClass, Quality),
    /// Gives random answers that differ from look to look.
    Random,
    /// Gives random answers that are always the same for the same picture.
    ByPicture,
}

/// Simulated vision model with a seed and a way of answering.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedModel {
    /// Seed of all random choices.
    pub seed: u64,
    /// How the model arrives at its answers.
    pub eye: Eye,
}

/// Look number of a close look; sheets have smaller numbers.
const CLOSE: u64 = u64::MAX;

/// Purpose of a random number, mixed into it to keep random choices independent of each other.
#[derive(Clone, Copy)]
enum Chance {
    IsPersistent = 1,
    PersistentClass,
    IsPassing,
    PassingClass,
    IsByPosition,
    PositionClass,
    Class,
    Quality,
}

impl SimulatedModel {
    /// Returns the opinions on the cells of a sheet, in order. Each sheet number is a separate
    /// look.
    pub fn sheet(&self, number: u64, cells: &[(Digest, Truth)]) -> Vec<Opinion> {
        cells
            .iter()
            .enumerate()
            .map(|(position, (digest, truth))| self.look(number, position, digest, *truth))
            .collect()
    }

    /// Returns the opinion on a picture that is shown alone.
    pub fn close(&self, digest: Digest, truth: Truth) -> Opinion {
        self.look(CLOSE, 0, &digest, truth)
    }

    fn look(&self, look: u64, position: usize, digest: &Digest, truth: Truth) -> Opinion {
        let (class, quality) = match &self.eye {
            Eye::Looks(errors) => (
                self.seen_class(errors, look, position, digest, truth.class),
                self.seen_quality(errors, look, digest, truth.quality),
            ),
            Eye::Template(answers) => answers[position % answers.len()],
            Eye::Constant(class, quality) => (*class, *quality),
            Eye::Random => self.anything(look, digest),
            // A constant look number makes the answer the same at every look.
            Eye::ByPicture => self.anything(0, digest),
        };
        Opinion {
            class,
            quality,
            faults: Vec::new(),
        }
    }

    fn seen_class(
        &self,
        errors: &Errors,
        look: u64,
        position: usize,
        digest: &Digest,
        truth: ImageClass,
    ) -> ImageClass {
        let by_place = |chance| dice(&[self.seed, chance as u64, look, position as u64]);
        if look != CLOSE && by_place(Chance::IsByPosition) < errors.by_position {
            // Independent of the look: a position gets the same class on every sheet.
            let place = dice(&[self.seed, Chance::PositionClass as u64, position as u64]);
            return pick(&ImageClass::ALL, place);
        }
        let wrong: Vec<ImageClass> = match errors.confusion {
            Some(pair) if !pair.contains(&truth) => return truth,
            Some(pair) => pair.into_iter().filter(|class| *class != truth).collect(),
            None => ImageClass::ALL
                .into_iter()
                .filter(|class| *class != truth)
                .collect(),
        };
        // Look number 0 makes the choice the same at every look, and with it the error persistent.
        if self.of_picture(Chance::IsPersistent, 0, digest) < errors.persistent {
            return pick(&wrong, self.of_picture(Chance::PersistentClass, 0, digest));
        }
        // The rate among pictures without a persistent error, so the overall share is `passing`.
        let passing = errors.passing / (1.0 - errors.persistent).max(f64::MIN_POSITIVE);
        if self.of_picture(Chance::IsPassing, look, digest) < passing {
            return pick(&wrong, self.of_picture(Chance::PassingClass, look, digest));
        }
        truth
    }

    fn seen_quality(&self, errors: &Errors, look: u64, digest: &Digest, truth: Quality) -> Quality {
        let span = f64::from(errors.quality_noise) * 2.0 + 1.0;
        let off = (self.of_picture(Chance::Quality, look, digest) * span).floor()
            - f64::from(errors.quality_noise);
        quality(f64::from(truth.get()) + off)
    }

    fn anything(&self, look: u64, digest: &Digest) -> (ImageClass, Quality) {
        (
            pick(
                &ImageClass::ALL,
                self.of_picture(Chance::Class, look, digest),
            ),
            quality((self.of_picture(Chance::Quality, look, digest) * 7.0).floor() + 3.0),
        )
    }

    /// Returns a random number that depends on the picture and the look.
    fn of_picture(&self, chance: Chance, look: u64, digest: &Digest) -> f64 {
        let (words, _) = digest.as_bytes().as_chunks::<8>();
        let [a, b, c, d] = [0, 1, 2, 3].map(|at| u64::from_le_bytes(words[at]));
        dice(&[self.seed, chance as u64, look, a, b, c, d])
    }
}

/// Rounds to the nearest valid quality.
fn quality(points: f64) -> Quality {
    Quality::new(points.clamp(1.0, 10.0) as i64).expect("the number is clamped to 1 to 10")
}

/// Picks an element by a number from 0 (inclusive) to 1 (exclusive).
pub fn pick<T: Copy>(from: &[T], dice: f64) -> T {
    from[(dice * from.len() as f64) as usize]
}

/// Hashes numbers to a uniformly distributed number from 0 (inclusive) to 1 (exclusive).
pub fn dice(from: &[u64]) -> f64 {
    let state = from
        .iter()
        .fold(0x9E37_79B9, |state, part| split_mix(state ^ part));
    // 53 bits, the precision of an f64.
    (state >> 11) as f64 / (1_u64 << 53) as f64
}

/// One step of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators,
/// 2014).
fn split_mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests;
