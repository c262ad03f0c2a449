//! What a person says about a picture.

use crate::class::ImageClass;
use crate::picture::Quality;
use serde::{Deserialize, Serialize};

/// A person's statement about one picture. It overrides every answer of a model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The class the person chose; `None` if they left it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ImageClass>,
    /// The quality the person chose, 1 to 10; `None` if they left it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
}
