//! Labels: what people say about pictures.

use crate::class::ImageClass;
use crate::picture::Quality;
use serde::{Deserialize, Serialize};

/// What people say about the class and quality of one picture. It overrides every answer of a model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The class the person chose; `None` if they left it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ImageClass>,
    /// The quality the person chose, 1 to 10; `None` if they left it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
}
