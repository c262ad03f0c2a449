//! What a person says of a picture.

use crate::class::ImageClass;
use crate::picture::Quality;
use serde::{Deserialize, Serialize};

/// What a person said of a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Its class, if they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ImageClass>,
    /// Its quality, if they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
}
