//! Puts the real parts behind the traits: which store, which model, which generator.

mod data;
#[cfg(debug_assertions)]
mod fail_points;
mod process;

pub(crate) use data::{data_folder, offline_data};
pub(crate) use process::this_process;

use crate::environment::{self as env, Environment};
use crate::settings::{Settings, Source};
use anyhow::Context as _;
use evaluation::EvaluationSettings;
use evaluation::pictures::workers::LookSettings;
use execution::{ExecutionSettings, LostOrders};
use http_support::Secret;
use replicate_gen::{Catalogue, GeneratorIdentity, GeneratorKind, ImageGenerator, ReplicateClient};
use std::sync::Arc;
use tdbal_types::Usd;
use vision_eval::openai::OpenAi;
use vision_eval::{Recorder, VisionModel};

/// Who is named in manifests.
const GENERATED_BY: &str = concat!("tdbal ", env!("CARGO_PKG_VERSION"));

/// What a run cannot do without and does not have; told all at once.
#[derive(Debug, Default)]
pub(crate) struct Missing(Vec<String>);

impl Missing {
    /// Adds something.
    pub(crate) fn push(&mut self, what: impl Into<String>) {
        self.0.push(what.into());
    }

    /// Adds something, if it is missing.
    pub(crate) fn extend(&mut self, what: Option<String>) {
        self.0.extend(what);
    }

    /// Fails if anything is missing.
    ///
    /// # Errors
    /// One message with everything.
    pub(crate) fn check(self) -> anyhow::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        anyhow::bail!(
            "this run needs what is not set (in the environment or in .env):\n  {}\n\
             Nothing was touched.",
            self.0.join("\n  ")
        )
    }
}

fn http_client() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .user_agent(GENERATED_BY)
        .connect_timeout(std::time::Duration::from_secs(10))
        .build()
        .context("cannot set up HTTPS")
}

/// The vision model. Whether there is a key for it is asked with [`missing_key`], where it is needed.
///
/// # Errors
/// When HTTPS cannot be set up.
pub(crate) fn vision_model(
    settings: &Settings,
    environment: &Environment,
) -> anyhow::Result<Arc<dyn VisionModel>> {
    let model: Arc<dyn VisionModel> = match &settings.evaluator {
        Source::Replay(folder) => Arc::new(vision_eval::Replay::new(folder)),
        Source::Live => Arc::new(openai(settings, environment)?),
    };
    Ok(match &settings.record {
        Some(folder) => {
            let key = environment.get(env::OPENAI_API_KEY).unwrap_or_default();
            Arc::new(Recorder::new(model, folder).with_secret(Secret::new(key)))
        }
        None => model,
    })
}

/// OpenAI, or the server that stands in for it.
///
/// # Errors
/// When HTTPS cannot be set up.
pub(crate) fn openai(settings: &Settings, environment: &Environment) -> anyhow::Result<OpenAi> {
    let key = environment.get(env::OPENAI_API_KEY).unwrap_or_default();
    Ok(OpenAi::new(
        http_client()?,
        &settings.openai_base_url,
        Secret::new(key),
        settings.model.clone(),
        settings.retry.clone(),
    ))
}

/// What is missing before pictures can be judged.
pub(crate) fn missing_key(settings: &Settings, environment: &Environment) -> Option<String> {
    let is_missing =
        settings.evaluator == Source::Live && environment.get(env::OPENAI_API_KEY).is_none();
    is_missing.then(|| format!("{} (to judge pictures)", env::OPENAI_API_KEY))
}

/// The generator; none where [`missing_token`] says that its token is missing.
///
/// # Errors
/// When its address makes no sense.
pub(crate) fn generator(
    settings: &Settings,
    environment: &Environment,
) -> anyhow::Result<Option<Arc<dyn ImageGenerator>>> {
    match &settings.generator {
        Source::Replay(folder) => Ok(Some(Arc::new(replicate_gen::Replay::new(folder)))),
        Source::Live => match replicate(settings, environment)? {
            Some(client) => Ok(Some(Arc::new(client))),
            None => Ok(None),
        },
    }
}

/// Replicate; none where its token is not set.
///
/// # Errors
/// When its address makes no sense.
pub(crate) fn replicate(
    settings: &Settings,
    environment: &Environment,
) -> anyhow::Result<Option<ReplicateClient>> {
    let Some(token) = environment.get(env::REPLICATE_API_TOKEN) else {
        return Ok(None);
    };
    Ok(Some(ReplicateClient::new(
        http_client()?,
        &settings.replicate_base_url,
        Secret::new(token),
        settings.image_model.clone(),
        settings.retry.clone(),
        settings.poll.clone(),
    )?))
}

/// What is missing before pictures can be made.
pub(crate) fn missing_token(settings: &Settings, environment: &Environment) -> Option<String> {
    let is_missing =
        settings.generator == Source::Live && environment.get(env::REPLICATE_API_TOKEN).is_none();
    is_missing.then(|| format!("{} (to generate pictures)", env::REPLICATE_API_TOKEN))
}

/// What makes pictures, as plans name it: known before there is a token.
fn generator_identity(settings: &Settings) -> GeneratorIdentity {
    match &settings.generator {
        Source::Replay(folder) => replicate_gen::Replay::new(folder).identity(),
        Source::Live => GeneratorIdentity {
            kind: GeneratorKind::Live,
            model: settings.image_model.name.to_string(),
        },
    }
}

/// How pictures are looked at and judged, from the settings.
pub(crate) fn evaluation_settings(settings: &Settings) -> EvaluationSettings {
    EvaluationSettings {
        look: LookSettings {
            limits: settings.picture_limits,
            max_bytes: settings.max_bytes,
            ..LookSettings::default()
        },
        judging: settings.inquiry.clone(),
        fresh: settings.fresh,
        labels: evaluation::LabelSource::Stored,
        trust: settings.suspecting,
        control_every: settings.control_every,
    }
}

/// How a run plans and changes actors, from the settings.
///
/// # Errors
/// When the prompt catalogue cannot be read.
pub(crate) fn execution_settings(settings: &Settings) -> anyhow::Result<ExecutionSettings> {
    let catalogue = match &settings.prompts {
        None => Catalogue::builtin(),
        Some(path) => {
            let read = || format!("cannot use the prompts in {}", path.display());
            let text = std::fs::read_to_string(path).with_context(read)?;
            Catalogue::parse(&text).with_context(read)?
        }
    };
    Ok(ExecutionSettings {
        jobs: settings.jobs,
        catalogue,
        destination: settings.destination.clone(),
        picture_price: match settings.generator {
            Source::Live => settings.image_model.price_usd,
            Source::Replay(_) => Usd::ZERO,
        },
        image_model: generator_identity(settings),
        attempts: settings.attempts,
        limits: settings.limits,
        lost_orders: LostOrders {
            gap: settings.lost_order_gap,
            accept_double_charge: settings.permissions.accept_double_charge,
            ..LostOrders::default()
        },
        lock_patience: settings.lock.patience,
        allow_shrunk_listing: settings.permissions.shrunk_listing,
        allow_unguarded_bucket: settings.permissions.unguarded_bucket,
        generated_by: GENERATED_BY.to_owned(),
    })
}
