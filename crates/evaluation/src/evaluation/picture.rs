//! The pictures of an evaluation.

use crate::pictures::picture::{Decoded, LoadedPicture, Origin};
use crate::questions::Answers;
use evidence::{Flag, Measures, Tone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use storage::Version;
use tdbal_types::{Digest, ImageClass, ImageName, Opinion, SheetNumber};
use verdict::{Label, PictureEvidence, Verdict};

/// One picture of the set, readable or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatedPicture {
    /// The number on the sheet of the whole set.
    pub image_number: SheetNumber,
    /// The file name.
    pub file_name: ImageName,
    /// The size in bytes.
    pub size_bytes: u64,
    /// The SHA-256 digest of the bytes.
    pub sha256: Digest,
    /// Whether the picture decodes.
    pub readable: bool,
    /// Why the picture does not decode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable_reason: Option<String>,
    /// Width in pixels, upright.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height in pixels, upright.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Where the bytes came from.
    pub origin: Origin,
    /// The object's address, `s3://bucket/key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The version of the local copy or object that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
}

/// The verdict on one readable picture, and the evidence for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgedPicture {
    /// The file name.
    pub file_name: ImageName,
    /// The class, quality and confidence that follow from the evidence.
    pub verdict: Verdict,
    /// What the model said on each sheet, by the number of the sheet, from 1.
    pub votes: BTreeMap<u32, Opinion>,
    /// What the model said when it was shown the picture alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close: Option<Opinion>,
    /// What was measured from the pixels.
    pub measures: Measures,
    /// Whether the pixels are monochrome, by the measures.
    pub tone: Tone,
    /// Defects that the measures suggest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Flag>,
    /// The class that the picture was generated for, by its prompt or record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<ImageClass>,
    /// What a person said about the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// The better picture that this one is nearly identical to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<ImageName>,
}

impl EvaluatedPicture {
    pub(super) fn of(picture: &LoadedPicture) -> Self {
        let (width, height, unreadable_reason) = match &picture.decoded {
            Decoded::Readable(view) => (Some(view.width), Some(view.height), None),
            Decoded::Unreadable { reason } => (None, None, Some(reason.clone())),
        };
        let object = picture.object.as_ref();
        Self {
            image_number: picture.number,
            file_name: picture.name.clone(),
            size_bytes: picture.size,
            sha256: picture.sha256,
            readable: unreadable_reason.is_none(),
            unreadable_reason,
            width,
            height,
            origin: picture.origin,
            object: object.map(|url| format!("s3://{}/{}", url.bucket, url.key)),
            version: picture.version.clone(),
        }
    }
}

impl JudgedPicture {
    /// The verdict on the picture of that name; `None` if it is not readable.
    pub(super) fn of(name: &ImageName, answers: &Answers) -> Option<Self> {
        let PictureEvidence::Readable(known) = answers.set.get(name)? else {
            return None;
        };
        let verdict = answers.decision.verdicts.get(name)?.clone();
        let thresholds = &answers.settings.thresholds;
        Some(Self {
            file_name: name.clone(),
            verdict,
            votes: known.votes.clone(),
            close: known.close.clone(),
            tone: thresholds.tone(&known.measures),
            flags: thresholds.flags(&known.measures),
            measures: known.measures.clone(),
            provenance: known.provenance,
            label: known.label,
            duplicate_of: answers.decision.duplicates.get(name).cloned(),
        })
    }
}
