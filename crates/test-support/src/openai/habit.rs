//! Ways to answer without looking.

use image::RgbImage;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use tdbal_types::{ImageClass, Quality};

/// How a model answers that does not look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Habit {
    /// The same for every picture.
    Constant(ImageClass, Quality),
    /// By the position in the question, from the first on again where there are more pictures than
    /// entries; a picture that is shown alone has the first position.
    Template(Vec<(ImageClass, Quality)>),
    /// By chance, every class and quality as likely as any other. The same seed, image and number get
    /// the same answer, in whatever order they are asked about; any other image gets other answers.
    Random {
        /// The seed.
        seed: u64,
    },
}

impl Habit {
    /// The one that is found in recordings of real runs: every picture photorealistic, qualities 8 7
    /// 9 8 6 7.
    ///
    /// # Panics
    /// Never: they are qualities.
    pub fn recorded() -> Self {
        let entry = |quality| {
            let quality = Quality::new(quality).expect("1 to 10");
            (ImageClass::Photorealistic, quality)
        };
        Self::Template([8, 7, 9, 8, 6, 7].map(entry).to_vec())
    }

    /// The answer about the picture at a position of the question, with this number; none from a
    /// template without entries.
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
