//! A model that is right, wrong or blind by rule, without pictures or calls: to find out what a way of
//! believing a model is worth, and whether a model that does not look is found out.
//!
//! Pure: what it says of a picture follows from its seed, the picture's digest and true class, the look
//! and the place on the sheet.
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

/// What a picture really is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truth {
    /// Its class.
    pub class: ImageClass,
    /// How good it is.
    pub quality: Quality,
}

/// How often and in which way a model that looks is wrong. By default never.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Errors {
    /// The share of pictures, 0 to 1, of which it says the same wrong class at every look.
    pub persistent: f64,
    /// The share of answers, 0 to 1, that are wrong at one look and right at another, the persistent
    /// ones not among them.
    pub passing: f64,
    /// The two classes that it takes for each other; of the third it is never wrong. Where there are
    /// none, a wrong answer is either of the other two.
    pub confusion: Option<[ImageClass; 2]>,
    /// The share of cells of a sheet, 0 to 1, that are answered by their place and not by the picture
    /// in it; a picture that is shown alone has no place.
    pub by_position: f64,
    /// By how many points at most a quality is off.
    pub quality_noise: u8,
}

/// How a model comes to its answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Eye {
    /// It looks, and errs.
    Looks(Errors),
    /// It gives the answers of this list for the cells of any sheet, over and over.
    Template(Vec<(ImageClass, Quality)>),
    /// It says the same of everything.
    Constant(ImageClass, Quality),
    /// It says anything, anew at every look.
    Random,
    /// It says anything, but always the same of the same picture.
    ByPicture,
}

/// A model.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedModel {
    /// What its chances depend on.
    pub seed: u64,
    /// How it comes to its answers.
    pub eye: Eye,
}

/// The look that is no sheet.
const CLOSE: u64 = u64::MAX;

/// What a chance is about, so that no two depend on each other.
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
    /// What it says of the cells of a sheet, in their order. Sheets of different numbers are different
    /// looks.
    pub fn sheet(&self, number: u64, cells: &[(Digest, Truth)]) -> Vec<Opinion> {
        cells
            .iter()
            .enumerate()
            .map(|(position, (digest, truth))| self.look(number, position, digest, *truth))
            .collect()
    }

    /// What it says of a picture that is shown alone.
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
            // The same class for a place on every sheet.
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
        if self.of_picture(Chance::IsPersistent, 0, digest) < errors.persistent {
            return pick(&wrong, self.of_picture(Chance::PersistentClass, 0, digest));
        }
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

    /// A chance that depends on the picture and the look.
    fn of_picture(&self, chance: Chance, look: u64, digest: &Digest) -> f64 {
        let (words, _) = digest.as_bytes().as_chunks::<8>();
        let [a, b, c, d] = [0, 1, 2, 3].map(|at| u64::from_le_bytes(words[at]));
        dice(&[self.seed, chance as u64, look, a, b, c, d])
    }
}

/// The nearest quality.
fn quality(points: f64) -> Quality {
    Quality::new(points.clamp(1.0, 10.0) as i64).expect("it was clamped")
}

/// One of several, by a number from 0 to below 1.
pub fn pick<T: Copy>(from: &[T], dice: f64) -> T {
    from[(dice * from.len() as f64) as usize]
}

/// A number from 0 to below 1 that follows from others, evenly spread and otherwise unlike theirs.
pub fn dice(from: &[u64]) -> f64 {
    let state = from
        .iter()
        .fold(0x9E37_79B9, |state, part| split_mix(state ^ part));
    (state >> 11) as f64 / (1_u64 << 53) as f64
}

/// One step of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn split_mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests;
