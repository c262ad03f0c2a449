//! What was found out about models, kept beside the answers: a run that asks nothing because all answers
//! are kept rests on it as well. A model that is not believed stays so until its answers are asked for
//! anew.

use crate::context::EvaluationContext;
use crate::model::answer_cache::{AnswerCache, actors_with_answers};
use results::error::OutputError;
use serde::{Deserialize, Serialize};
use verdict::{ControlOutcome, ControlResult};
use vision_eval::ModelIdentity;

/// The file in the cache; beside the answers, not among them, where every name is an actor's.
const CONTROLS: &str = "controls.json";
/// The format of the file; another one is as good as none.
const FORMAT: u32 = 1;

/// What was found out, by model.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct TrustCache {
    format: u32,
    models: Vec<OfModel>,
}

/// What was found out about a model.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OfModel {
    model: ModelIdentity,
    /// What the control sheets of the last run said that showed any.
    pub results: Vec<ControlResult>,
    /// Why a run did not believe it; empty where all did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distrusted: Vec<String>,
}

impl OfModel {
    /// Why its answers are not believed; empty if they are.
    pub fn reasons(&self, context: &EvaluationContext) -> Vec<String> {
        let suspecting = &context.settings.trust;
        let is_failed =
            verdict::control_outcome(&self.results, suspecting) == ControlOutcome::Failed;
        if self.distrusted.is_empty() && is_failed {
            return vec!["it failed its control sheets".to_owned()];
        }
        self.distrusted.clone()
    }
}

impl TrustCache {
    /// What is kept of the context's model.
    pub async fn of_model(context: &EvaluationContext) -> OfModel {
        let model = context.model.identity();
        let mut models = Self::read(context).await.models.into_iter();
        models
            .find(|kept| kept.model == model)
            .unwrap_or_else(|| OfModel {
                model,
                results: Vec::new(),
                distrusted: Vec::new(),
            })
    }

    /// Keeps what the control sheets of a run said of the context's model, in place of what those of
    /// earlier runs did.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn keep(
        context: &EvaluationContext,
        results: &[ControlResult],
    ) -> Result<(), OutputError> {
        let mut of_model = Self::of_model(context).await;
        of_model.results = results.to_vec();
        Self::write(context, of_model).await
    }

    /// Keeps why the context's model is not believed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn distrust(
        context: &EvaluationContext,
        reasons: &[String],
    ) -> Result<(), OutputError> {
        let mut of_model = Self::of_model(context).await;
        of_model.distrusted = reasons.to_vec();
        Self::write(context, of_model).await
    }

    /// Begins anew with the context's model: where it was not believed, all of its answers are forgotten,
    /// so that none of them is taken up when it is believed again.
    ///
    /// # Errors
    /// When files cannot be read or written.
    pub async fn begin_anew(context: &EvaluationContext) -> Result<(), OutputError> {
        let mut of_model = Self::of_model(context).await;
        if of_model.reasons(context).is_empty() {
            return Ok(());
        }
        for actor in actors_with_answers(&context.output).await? {
            let mut kept = AnswerCache::read(&context.output, &actor).await?;
            if kept.knows(&of_model.model) {
                kept.forget(&of_model.model);
                kept.write(&context.output, &actor).await?;
            }
        }
        of_model.results.clear();
        of_model.distrusted.clear();
        Self::write(context, of_model).await
    }

    async fn write(context: &EvaluationContext, of_model: OfModel) -> Result<(), OutputError> {
        let mut kept = Self::read(context).await;
        kept.models.retain(|other| other.model != of_model.model);
        kept.models.push(of_model);
        kept.format = FORMAT;
        context.output.cache().write_json(CONTROLS, &kept).await
    }

    async fn read(context: &EvaluationContext) -> Self {
        let Ok(Some(bytes)) = context.output.cache().read(CONTROLS).await else {
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
