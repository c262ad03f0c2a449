//! The three picture classes and counts per class.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Index, IndexMut};
use std::str::FromStr;

/// Class of a picture: its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageClass {
    /// Photograph or film still.
    Photorealistic,
    /// Black-and-white drawing, print or painting.
    BwStylized,
    /// Drawing, print or painting in colour.
    ColorStylized,
}

/// Error returned when a string is not the name of a class. Holds the string.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown class {0:?}: use photorealistic, bw_stylized or color_stylized")]
pub struct UnknownClass(pub String);

impl ImageClass {
    /// All classes, in the order used wherever classes are listed.
    pub const ALL: [Self; 3] = [Self::Photorealistic, Self::BwStylized, Self::ColorStylized];

    /// Returns the name used in files, flags and model replies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Photorealistic => "photorealistic",
            Self::BwStylized => "bw_stylized",
            Self::ColorStylized => "color_stylized",
        }
    }

    /// Returns the name used in messages for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Photorealistic => "photorealistic",
            Self::BwStylized => "black-and-white stylised",
            Self::ColorStylized => "colour stylised",
        }
    }
}

impl fmt::Display for ImageClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ImageClass {
    type Err = UnknownClass;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|class| class.as_str() == text)
            .ok_or_else(|| UnknownClass(text.to_owned()))
    }
}

/// Number of pictures in each class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClassCounts {
    /// Number of photorealistic pictures.
    pub photorealistic: usize,
    /// Number of black-and-white stylised pictures.
    pub bw_stylized: usize,
    /// Number of colour stylised pictures.
    pub color_stylized: usize,
}

impl ClassCounts {
    /// Creates counts by calling `count` once for each class, in the order of [`ImageClass::ALL`].
    pub fn from_fn(mut count: impl FnMut(ImageClass) -> usize) -> Self {
        let mut counts = Self::default();
        for class in ImageClass::ALL {
            counts[class] = count(class);
        }
        counts
    }

    /// Returns the sum over all classes.
    pub const fn total(&self) -> usize {
        self.photorealistic + self.bw_stylized + self.color_stylized
    }

    /// Returns true if every count is zero.
    pub const fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// Iterates over the classes and their counts, in the order of [`ImageClass::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (ImageClass, usize)> + use<> {
        let counts = *self;
        ImageClass::ALL
            .into_iter()
            .map(move |class| (class, counts[class]))
    }

    /// Returns the share of `class` in percent, 0 to 100, or 0 if all counts are zero.
    pub fn percentage(&self, class: ImageClass) -> f64 {
        if self.is_empty() {
            0.0
        } else {
            self[class] as f64 * 100.0 / self.total() as f64
        }
    }
}

impl Index<ImageClass> for ClassCounts {
    type Output = usize;
    fn index(&self, class: ImageClass) -> &usize {
        match class {
            ImageClass::Photorealistic => &self.photorealistic,
            ImageClass::BwStylized => &self.bw_stylized,
            ImageClass::ColorStylized => &self.color_stylized,
        }
    }
}

impl IndexMut<ImageClass> for ClassCounts {
    fn index_mut(&mut self, class: ImageClass) -> &mut usize {
        match class {
            ImageClass::Photorealistic => &mut self.photorealistic,
            ImageClass::BwStylized => &mut self.bw_stylized,
            ImageClass::ColorStylized => &mut self.color_stylized,
        }
    }
}

impl FromIterator<ImageClass> for ClassCounts {
    fn from_iter<I: IntoIterator<Item = ImageClass>>(classes: I) -> Self {
        let mut counts = Self::default();
        for class in classes {
            counts[class] += 1;
        }
        counts
    }
}

impl fmt::Display for ClassCounts {
    /// Writes `13/4/3`: photorealistic, black-and-white, colour.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!(
            "{}/{}/{}",
            self.photorealistic, self.bw_stylized, self.color_stylized
        );
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_collect_from_an_iterator_of_classes() {
        use ImageClass::{BwStylized, Photorealistic};
        let counts: ClassCounts = [Photorealistic, BwStylized, Photorealistic]
            .into_iter()
            .collect();
        assert_eq!(counts.to_string(), "2/1/0");
        assert!((counts.percentage(Photorealistic) - 66.666).abs() < 0.001);
    }

    #[test]
    fn percentage_of_empty_counts_is_zero() {
        assert!(
            ClassCounts::default()
                .percentage(ImageClass::BwStylized)
                .abs()
                < f64::EPSILON
        );
    }

    #[test]
    fn class_names_parse_and_serialize_the_same() {
        for class in ImageClass::ALL {
            assert_eq!(class.as_str().parse::<ImageClass>().unwrap(), class);
            assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
        }
        assert!("photo".parse::<ImageClass>().is_err());
    }
}
