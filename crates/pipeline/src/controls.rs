//! What was found out about models, kept beside the answers: a run that asks nothing because all answers
//! are kept rests on it as well. A model that is not believed stays so until its answers are asked for
//! anew.

use crate::answers::KeptAnswers;
use crate::engine::Engine;
use crate::output::OutputError;
use serde::{Deserialize, Serialize};
use verdict::{ControlOutcome, ControlResult};
use vision_eval::ModelIdentity;

/// The format of the file; another one is as good as none.
const FORMAT: u32 = 1;

/// What was found out, by model.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct KeptControls {
    format: u32,
    models: Vec<OfModel>,
}

/// What was found out about a model.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OfModel {
    model: ModelIdentity,
    /// What the control sheets of the last run said that showed any.
    pub(crate) results: Vec<ControlResult>,
    /// Why a run did not believe it; empty where all did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) distrusted: Vec<String>,
}

impl OfModel {
    /// Why its answers are not believed; empty if they are.
    pub(crate) fn reasons(&self, engine: &Engine) -> Vec<String> {
        let suspecting = &engine.settings.suspecting;
        let is_failed =
            verdict::control_outcome(&self.results, suspecting) == ControlOutcome::Failed;
        if self.distrusted.is_empty() && is_failed {
            return vec!["it failed its control sheets".to_owned()];
        }
        self.distrusted.clone()
    }
}

impl KeptControls {
    /// What is kept of the engine's model.
    pub(crate) async fn of_model(engine: &Engine) -> OfModel {
        let model = engine.model.identity();
        let mut models = Self::read(engine).await.models.into_iter();
        models
            .find(|kept| kept.model == model)
            .unwrap_or_else(|| OfModel {
                model,
                results: Vec::new(),
                distrusted: Vec::new(),
            })
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
        let mut of_model = Self::of_model(engine).await;
        of_model.results = results.to_vec();
        Self::write(engine, of_model).await
    }

    /// Keeps why the engine's model is not believed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) async fn distrust(engine: &Engine, reasons: &[String]) -> Result<(), OutputError> {
        let mut of_model = Self::of_model(engine).await;
        of_model.distrusted = reasons.to_vec();
        Self::write(engine, of_model).await
    }

    /// Begins anew with the engine's model: where it was not believed, all of its answers are forgotten,
    /// so that none of them is taken up when it is believed again.
    ///
    /// # Errors
    /// When files cannot be read or written.
    pub(crate) async fn begin_anew(engine: &Engine) -> Result<(), OutputError> {
        let mut of_model = Self::of_model(engine).await;
        if of_model.reasons(engine).is_empty() {
            return Ok(());
        }
        for actor in engine.output.actors_with_answers().await? {
            let mut kept = KeptAnswers::read(&engine.output, &actor).await?;
            if kept.knows(&of_model.model) {
                kept.forget(&of_model.model);
                kept.write(&engine.output, &actor).await?;
            }
        }
        of_model.results.clear();
        of_model.distrusted.clear();
        Self::write(engine, of_model).await
    }

    async fn write(engine: &Engine, of_model: OfModel) -> Result<(), OutputError> {
        let mut kept = Self::read(engine).await;
        kept.models.retain(|other| other.model != of_model.model);
        kept.models.push(of_model);
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
