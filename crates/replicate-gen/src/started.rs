//! The result of a successful order.

use serde::{Deserialize, Serialize};
use tdbal_types::PredictionId;

/// A picture that was ordered and paid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// The prediction that makes the picture. Record this ID durably before doing anything else;
    /// without it the picture cannot be fetched after a crash.
    pub id: PredictionId,
    /// The name of the model that makes the picture.
    pub model: String,
}
