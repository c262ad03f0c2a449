//! Ways to answer without looking at the pictures.

use image::RgbImage;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use tdbal_types::{ImageClass, Quality};

/// How a model that does not look at pictures answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Habit {
    /// The same answer for every picture.
    Constant(ImageClass, Quality),
    /// Answers by position in the question, repeating from the start if there are more pictures
    /// than entries. A single picture has the first position.
    Template(Vec<(ImageClass, Quality)>),
    /// Random answers, uniform over classes and qualities. They depend on the seed, the image and
    /// the number, but not on the order of questions.
    Random {
        /// Seed of the random numbers.
        seed: u64,
    },
}

impl Habit {
    /// Returns the template found in recordings of real runs: every picture photorealistic,
    /// qualities 8, 7, 9, 8, 6, 7.
    ///
    /// # Panics
    /// Never panics, because all qualities are valid.
    pub fn recorded() -> Self {
        let entry = |quality| {
            let quality = Quality::new(quality).expect("the quality is from 1 to 10");
            (ImageClass::Photorealistic, quality)
        };
        Self::Template([8, 7, 9, 8, 6, 7].map(entry).to_vec())
    }

    /// Returns the answer for the picture with this position (from 0) and number in a question, or
    /// `None` if the template is empty.
    pub(super) fn answer(
        &self,
        position: usize,
        number: u32,
        image: &RgbImage,
    ) -> Option<(ImageClass, Quality)> {
        match self {
            Self::Constant(class, quality) => Some((*class, *quality)),
            Self::Template(entries) => {
                let position = position.checked_rem(entries.len())?;
                entries.get(position).copied()
            }
            Self::Random { seed } => {
                // Hashing the pixels makes the same cell get another answer on another sheet.
                let mut hasher = DefaultHasher::new();
                (seed, number, image.as_raw()).hash(&mut hasher);
                let drawn = hasher.finish();
                let class = ImageClass::ALL[(drawn % 3) as usize];
                let quality = Quality::new((drawn / 3 % 10) as i64 + 1).ok()?;
                Some((class, quality))
            }
        }
    }
}
