//! What control sheets said of models, kept beside the answers: a run that asks nothing because all
//! answers are kept rests on them as well.

use crate::engine::Engine;
use crate::output::OutputError;
use serde::{Deserialize, Serialize};
use verdict::ControlResult;
use vision_eval::ModelIdentity;

/// The format of the file; another one is as good as none.
const FORMAT: u32 = 1;

/// The results of the last run that showed control sheets, by model.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct KeptControls {
    format: u32,
    models: Vec<OfModel>,
}

#[derive(Debug, Serialize, Deserialize)]
struct OfModel {
    model: ModelIdentity,
    results: Vec<ControlResult>,
}

impl KeptControls {
    /// What is kept of the engine's model.
    pub(crate) async fn of_model(engine: &Engine) -> Vec<ControlResult> {
        let model = engine.model.identity();
        let mut models = Self::read(engine).await.models.into_iter();
        models
            .find(|kept| kept.model == model)
            .map_or_else(Vec::new, |kept| kept.results)
    }

    /// Keeps what the control sheets of a run said of the engine's model, in place of what those of
    /// earlier runs did.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) async fn keep(
        engine: &Engine,
        results: &[ControlResult],
    ) -> Result<(), OutputError> {
        let model = engine.model.identity();
        let mut kept = Self::read(engine).await;
        kept.models.retain(|other| other.model != model);
        kept.models.push(OfModel {
            model,
            results: results.to_vec(),
        });
        kept.format = FORMAT;
        engine.output.write_controls(&kept).await
    }

    async fn read(engine: &Engine) -> Self {
        let Some(bytes) = engine.output.read_controls().await else {
            return Self::default();
        };
        match serde_json::from_slice::<Self>(&bytes) {
            Ok(kept) if kept.format == FORMAT => kept,
            Ok(_) => Self::default(),
            Err(error) => {
                tracing::warn!(%error, "kept results of control sheets cannot be read");
                Self::default()
            }
        }
    }
}
