//! A picture that was ordered.

use serde::{Deserialize, Serialize};
use tdbal_types::PredictionId;

/// A picture that was ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// The prediction: to be written down before anything else is done.
    pub id: PredictionId,
    /// The model that makes it.
    pub model: String,
}
