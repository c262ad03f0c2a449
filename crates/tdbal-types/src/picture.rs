//! Names, numbers, qualities and faults of pictures.

use crate::actor::is_plain_segment;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;

/// The file name of a picture, without any folder: `0004_european_35_male_10.png`.
///
/// One plain path segment, never `.` or `..`. It orders bytewise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageName(String);

/// Why a text is not a picture's file name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{0:?} is not a picture's file name: it must be one path segment without control characters"
)]
pub struct ImageNameError(pub String);

impl ImageName {
    /// Endings of files that count as pictures, in lower case.
    pub const EXTENSIONS: [&'static str; 4] = ["png", "jpg", "jpeg", "webp"];

    /// Takes a file's name.
    ///
    /// # Errors
    /// When the text is not one plain path segment.
    pub fn new(name: impl Into<String>) -> Result<Self, ImageNameError> {
        let name = name.into();
        if is_plain_segment(&name) {
            Ok(Self(name))
        } else {
            Err(ImageNameError(name))
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name ends as a picture's does ([`Self::EXTENSIONS`], in any case).
    pub fn has_picture_extension(&self) -> bool {
        self.0.rsplit_once('.').is_some_and(|(stem, extension)| {
            !stem.is_empty()
                && Self::EXTENSIONS
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(extension))
        })
    }

    /// The number at the end of the stem: 10 of `0004_european_35_male_10.png`.
    pub fn trailing_number(&self) -> Option<u64> {
        let stem = self
            .0
            .rsplit_once('.')
            .map_or(self.0.as_str(), |(stem, _)| stem);
        let (_, digits) = stem.rsplit_once('_')?;
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

/// The number drawn on a cell of a sheet; the first cell is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SheetNumber(NonZeroU32);

impl SheetNumber {
    /// Takes a number from 1 up.
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number of the cell at a position counted from 0.
    pub fn from_position(position: usize) -> Self {
        let number = u32::try_from(position)
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        Self(NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN))
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// The position of the cell, counted from 0.
    pub const fn position(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl fmt::Display for SheetNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How good a picture is, 1 (worst) to 10 (best).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Quality(u8);

/// A quality out of range.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0} is not a quality: it must be a whole number from 1 to 10")]
pub struct QualityError(pub i64);

impl Quality {
    /// The worst.
    pub const MIN: Self = Self(1);
    /// The best.
    pub const MAX: Self = Self(10);

    /// Takes a number from 1 to 10.
    ///
    /// # Errors
    /// When it is any other number.
    pub fn new(quality: i64) -> Result<Self, QualityError> {
        match u8::try_from(quality) {
            Ok(value @ 1..=10) => Ok(Self(value)),
            _ => Err(QualityError(quality)),
        }
    }

    /// The number.
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

/// A named fault of a picture: why its quality is low.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The actor looks straight into the camera.
    LookingAtCamera,
    /// The framing is symmetrical, the actor in its middle.
    Symmetrical,
    /// Anatomy or objects are distorted.
    Distorted,
    /// The picture is blurred or shows artefacts.
    BlurryOrArtifacts,
}

/// What sort of fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The picture is sound; the house would rather have others.
    Taste,
    /// Something in the picture is wrong.
    Defect,
}

impl Fault {
    /// All faults, in the order in which they are always listed.
    pub const ALL: [Self; 4] = [
        Self::LookingAtCamera,
        Self::Symmetrical,
        Self::Distorted,
        Self::BlurryOrArtifacts,
    ];

    /// Whether it is a matter of house taste or a defect.
    pub const fn kind(self) -> FaultKind {
        match self {
            Self::LookingAtCamera | Self::Symmetrical => FaultKind::Taste,
            Self::Distorted | Self::BlurryOrArtifacts => FaultKind::Defect,
        }
    }

    /// The name in files and replies.
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
