//! A picture whose bytes were read.

use super::placement::SheetCandidate;
use composite::Thumbnail;
use evidence::Measures;
use serde::{Deserialize, Serialize};
use storage::{ObjectUrl, Version};
use tdbal_types::{Digest, ImageName, SheetNumber};
use vision_eval::SheetImage;

/// Where the bytes of a picture came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The local copy in the data folder.
    Local,
    /// The object in a bucket.
    Object,
}

/// A picture whose bytes were read and, if possible, decoded.
#[derive(Debug)]
pub struct LoadedPicture {
    /// The file name.
    pub name: ImageName,
    /// The number on the sheet of the whole set.
    pub number: SheetNumber,
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256 digest of the bytes.
    pub sha256: Digest,
    /// Where the bytes came from.
    pub origin: Origin,
    /// The object's address, if the manifest names one that can be parsed.
    pub object: Option<ObjectUrl>,
    /// The version of the local copy or object that was read; `None` if the picture is not stored
    /// yet.
    pub version: Option<Version>,
    /// The decoded picture, or why it does not decode.
    pub decoded: Decoded,
}

/// The result of decoding a picture.
#[derive(Debug)]
pub enum Decoded {
    /// The picture decodes.
    Readable(Box<DecodedPicture>),
    /// The bytes are not a picture, or the picture is damaged.
    Unreadable {
        /// What is wrong with the bytes.
        reason: String,
    },
}

/// A picture in the sizes in which the model sees it.
#[derive(Debug)]
pub struct DecodedPicture {
    /// Width of the original in pixels, upright.
    pub width: u32,
    /// Height of the original in pixels, upright.
    pub height: u32,
    /// The picture scaled to a cell of a sheet.
    pub thumbnail: Thumbnail,
    /// The JPEG for a close look.
    pub close: SheetImage,
    /// What was measured from the pixels.
    pub measures: Measures,
}

impl LoadedPicture {
    /// The decoded picture; `None` if it does not decode.
    pub fn view(&self) -> Option<&DecodedPicture> {
        match &self.decoded {
            Decoded::Readable(view) => Some(view),
            Decoded::Unreadable { .. } => None,
        }
    }

    pub(crate) fn candidate(&self) -> SheetCandidate<'_> {
        SheetCandidate {
            name: &self.name,
            sha256: self.sha256,
            is_readable: self.view().is_some(),
        }
    }
}
