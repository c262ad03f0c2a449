//! What earlier runs found out about how far models can be trusted, saved beside the cached answers.
//!
//! A run that finds all answers in the cache shows no control sheets and relies on this file. A model
//! that is distrusted stays so until `--fresh` asks for its answers again.

use crate::context::EvaluationContext;
use crate::model::answer_cache::{AnswerCache, actors_with_answers};
use results::error::OutputError;
use serde::{Deserialize, Serialize};
use verdict::{ControlOutcome, ControlResult};
use vision_eval::ModelIdentity;

/// The file, beside the folder of answers: in that folder every name is an actor's.
const FILE_NAME: &str = "controls.json";
/// The version of the file format. Files of other versions are ignored.
const FORMAT: u32 = 1;

/// The results of control sheets and the reasons for distrust, by model.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct TrustCache {
    format: u32,
    models: Vec<SavedTrust>,
}

/// The results of control sheets and the reasons for distrust of one model.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SavedTrust {
    model: ModelIdentity,
    /// The results of the control sheets of the last run that showed any.
    pub(crate) results: Vec<ControlResult>,
    /// Why a run distrusted the model; empty if none did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) distrusted: Vec<String>,
}

impl SavedTrust {
    /// Why the model's answers are distrusted; empty if they are not.
    pub(crate) fn reasons(&self, context: &EvaluationContext) -> Vec<String> {
        let settings = &context.settings.trust;
        let is_failed = verdict::control_outcome(&self.results, settings) == ControlOutcome::Failed;
        if self.distrusted.is_empty() && is_failed {
            return vec!["the model failed its control sheets".to_owned()];
        }
        self.distrusted.clone()
    }
}

impl TrustCache {
    /// What is saved about the context's model.
    pub(crate) async fn of_model(context: &EvaluationContext) -> SavedTrust {
        let model = context.model.identity();
        let mut models = Self::read(context).await.models.into_iter();
        models
            .find(|saved| saved.model == model)
            .unwrap_or_else(|| SavedTrust {
                model,
                results: Vec::new(),
                distrusted: Vec::new(),
            })
    }

    /// Saves the results of a run's control sheets about the context's model, in place of those of earlier
    /// runs.
    pub(crate) async fn save_results(
        context: &EvaluationContext,
        results: &[ControlResult],
    ) -> Result<(), OutputError> {
        let mut of_model = Self::of_model(context).await;
        of_model.results = results.to_vec();
        Self::write(context, of_model).await
    }

    /// Saves why the context's model is distrusted.
    pub(crate) async fn distrust(
        context: &EvaluationContext,
        reasons: &[String],
    ) -> Result<(), OutputError> {
        let mut of_model = Self::of_model(context).await;
        of_model.distrusted = reasons.to_vec();
        Self::write(context, of_model).await
    }

    /// Clears the reasons for distrust of the context's model. If there are any, all its cached answers are
    /// removed first: none of them may be used once the model is trusted again.
    pub(crate) async fn start_over(context: &EvaluationContext) -> Result<(), OutputError> {
        let mut of_model = Self::of_model(context).await;
        if of_model.reasons(context).is_empty() {
            return Ok(());
        }
        for actor in actors_with_answers(&context.output).await? {
            let mut cache = AnswerCache::read(&context.output, &actor).await?;
            if cache.knows(&of_model.model) {
                cache.forget(&of_model.model);
                cache.write(&context.output, &actor).await?;
            }
        }
        of_model.results.clear();
        of_model.distrusted.clear();
        Self::write(context, of_model).await
    }

    async fn write(context: &EvaluationContext, of_model: SavedTrust) -> Result<(), OutputError> {
        let mut saved = Self::read(context).await;
        saved.models.retain(|other| other.model != of_model.model);
        saved.models.push(of_model);
        saved.format = FORMAT;
        context.output.cache().write_json(FILE_NAME, &saved).await
    }

    async fn read(context: &EvaluationContext) -> Self {
        let Ok(Some(bytes)) = context.output.cache().read(FILE_NAME).await else {
            return Self::default();
        };
        match serde_json::from_slice::<Self>(&bytes) {
            Ok(saved) if saved.format == FORMAT => saved,
            Ok(_) => Self::default(),
            Err(error) => {
                tracing::warn!(%error, "ignoring damaged results of control sheets");
                Self::default()
            }
        }
    }
}
