//! A picture that was fetched, and what became of its bytes.

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
    /// The local copy.
    Local,
    /// The object.
    Object,
}

/// A picture that was fetched and looked into.
#[derive(Debug)]
pub struct LoadedPicture {
    pub name: ImageName,
    pub number: SheetNumber,
    pub size: u64,
    pub sha256: Digest,
    pub origin: Origin,
    /// The object, where the manifest names one that can be parsed.
    pub object: Option<ObjectUrl>,
    /// The version of the local copy or object whose bytes were looked at; none for a picture that
    /// is not stored yet.
    pub version: Option<Version>,
    pub decoded: Decoded,
}

/// What became of the bytes.
#[derive(Debug)]
pub enum Decoded {
    /// They decode.
    Readable(Box<DecodedPicture>),
    /// They do not decode.
    Unreadable { reason: String },
}

/// A picture that decodes, in the sizes in which it is looked at.
#[derive(Debug)]
pub struct DecodedPicture {
    /// Width in pixels, as displayed.
    pub width: u32,
    /// Height in pixels, as displayed.
    pub height: u32,
    /// For its cell on a sheet.
    pub thumbnail: Thumbnail,
    /// For a look at it alone.
    pub close: SheetImage,
    /// What it says by itself.
    pub measures: Measures,
}

impl LoadedPicture {
    /// The picture, where it decodes.
    pub fn view(&self) -> Option<&DecodedPicture> {
        match &self.decoded {
            Decoded::Readable(view) => Some(view),
            Decoded::Unreadable { .. } => None,
        }
    }
}
