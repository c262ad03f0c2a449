//! Picture names, sheet numbers, qualities and faults.

use crate::actor::is_plain_segment;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;

/// File name of a picture without its folder: `0004_european_35_male_10.png`.
///
/// A single path segment, never `.` or `..`. Names compare byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageName(String);

/// Error returned when a string is not a valid picture file name. Holds the string.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "invalid picture file name {0:?}: it must be a single path segment without control characters"
)]
pub struct ImageNameError(pub String);

impl ImageName {
    /// File extensions that mark a file as a picture, in lower case and without the dot.
    pub const EXTENSIONS: [&'static str; 4] = ["png", "jpg", "jpeg", "webp"];

    /// Creates a picture name from a file name. The extension is not checked; see
    /// [`Self::has_picture_extension`].
    ///
    /// # Errors
    /// Returns an error if `name` is not a plain path segment.
    pub fn new(name: impl Into<String>) -> Result<Self, ImageNameError> {
        let name = name.into();
        if is_plain_segment(&name) {
            Ok(Self(name))
        } else {
            Err(ImageNameError(name))
        }
    }

    /// Returns the name as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns true if the name ends in one of [`Self::EXTENSIONS`], ignoring case.
    pub fn has_picture_extension(&self) -> bool {
        self.0.rsplit_once('.').is_some_and(|(stem, extension)| {
            // `.png` is a hidden file, not a picture without a name.
            !stem.is_empty()
                && Self::EXTENSIONS
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(extension))
        })
    }

    /// Returns the number after the last underscore of the stem: 10 for
    /// `0004_european_35_male_10.png`.
    pub fn trailing_number(&self) -> Option<u64> {
        let stem = self
            .0
            .rsplit_once('.')
            .map_or(self.0.as_str(), |(stem, _)| stem);
        let (_, digits) = stem.rsplit_once('_')?;
        // `parse` alone would accept a sign.
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        digits.parse().ok()
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for ImageName {
    type Error = ImageNameError;
    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl From<ImageName> for String {
    fn from(name: ImageName) -> Self {
        name.0
    }
}

/// Number drawn on a cell of a contact sheet; the first cell is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SheetNumber(NonZeroU32);

impl SheetNumber {
    /// Creates a sheet number, or returns `None` for 0.
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// Returns the number of the cell at `position`, counted from 0.
    pub fn from_position(position: usize) -> Self {
        let number = u32::try_from(position)
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        Self(NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN))
    }

    /// Returns the number, at least 1.
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// Returns the position of the cell, counted from 0.
    pub const fn position(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl fmt::Display for SheetNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Quality of a picture, from 1 (worst) to 10 (best).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Quality(u8);

/// Error returned when a number is not a quality from 1 to 10. Holds the number.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("invalid quality {0}: use a whole number from 1 to 10")]
pub struct QualityError(pub i64);

impl Quality {
    /// Lowest quality, 1.
    pub const MIN: Self = Self(1);
    /// Highest quality, 10.
    pub const MAX: Self = Self(10);

    /// Creates a quality from a number from 1 to 10.
    ///
    /// # Errors
    /// Returns an error if `quality` is outside 1 to 10.
    pub fn new(quality: i64) -> Result<Self, QualityError> {
        match u8::try_from(quality) {
            Ok(value @ 1..=10) => Ok(Self(value)),
            _ => Err(QualityError(quality)),
        }
    }

    /// Returns the quality as a number from 1 to 10.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Quality {
    type Error = QualityError;
    fn try_from(quality: u8) -> Result<Self, Self::Error> {
        Self::new(i64::from(quality))
    }
}

impl From<Quality> for u8 {
    fn from(quality: Quality) -> Self {
        quality.0
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Named fault of a picture that lowers its quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The actor looks straight at the camera.
    LookingAtCamera,
    /// The composition is symmetrical with the actor in the centre.
    Symmetrical,
    /// Anatomy or objects are distorted.
    Distorted,
    /// The picture is blurred or shows compression artefacts.
    BlurryOrArtifacts,
}

/// Severity of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The picture is sound but does not follow the house style.
    Taste,
    /// The picture is defective.
    Defect,
}

impl Fault {
    /// All faults, in the order used wherever faults are listed.
    pub const ALL: [Self; 4] = [
        Self::LookingAtCamera,
        Self::Symmetrical,
        Self::Distorted,
        Self::BlurryOrArtifacts,
    ];

    /// Returns whether the fault is a matter of house style or a defect.
    pub const fn kind(self) -> FaultKind {
        match self {
            Self::LookingAtCamera | Self::Symmetrical => FaultKind::Taste,
            Self::Distorted | Self::BlurryOrArtifacts => FaultKind::Defect,
        }
    }

    /// Returns the name used in files and model replies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LookingAtCamera => "looking_at_camera",
            Self::Symmetrical => "symmetrical",
            Self::Distorted => "distorted",
            Self::BlurryOrArtifacts => "blurry_or_artifacts",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
