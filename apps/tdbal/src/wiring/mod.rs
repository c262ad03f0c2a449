//! Builds what the traits stand for from the settings: the data, the vision model, the generator.

mod data;
#[cfg(debug_assertions)]
mod fail_points;
mod missing;
mod process;

pub(crate) use data::{data_folder, offline_data};
pub(crate) use missing::Missing;
pub(crate) use process::this_process;

use crate::environment::{self as env, Environment};
use crate::settings::{Settings, Source};
use anyhow::Context as _;
use evaluation::EvaluationSettings;
use evaluation::pictures::workers::LookSettings;
use execution::{ExecutionSettings, LostOrders};
use http_support::Secret;
use replicate_gen::{Catalogue, GeneratorIdentity, GeneratorKind, ImageGenerator};
use services::{GeneratorService, OpenAiServer, Replicate, VisionService};
use std::sync::Arc;
use tdbal_types::Usd;
use vision_eval::{Recorder, VisionModel};

/// The program and its version: the user agent, and the author in manifests.
const PROGRAM: &str = concat!("tdbal ", env!("CARGO_PKG_VERSION"));

/// Returns the vision model. A live model needs a key: see [`missing_key`].
///
/// # Errors
/// If HTTPS cannot be set up.
pub(crate) fn vision_model(
    settings: &Settings,
    environment: &Environment,
) -> anyhow::Result<Arc<dyn VisionModel>> {
    let model: Arc<dyn VisionModel> = match &settings.evaluator {
        Source::Replay(folder) => Arc::new(vision_eval::Replay::new(folder)),
        Source::Live => openai(settings, environment)?,
    };
    Ok(match &settings.record {
        Some(folder) => {
            let key = environment.get(env::OPENAI_API_KEY).unwrap_or_default();
            Arc::new(Recorder::new(model, folder).with_secret(Secret::new(key)))
        }
        None => model,
    })
}

/// Returns a client for OpenAI, or for the compatible server of the settings.
///
/// # Errors
/// If HTTPS cannot be set up.
pub(crate) fn openai(
    settings: &Settings,
    environment: &Environment,
) -> anyhow::Result<Arc<dyn VisionService>> {
    let key = environment.get(env::OPENAI_API_KEY).unwrap_or_default();
    let server = OpenAiServer {
        base_url: &settings.openai_base_url,
        key: Secret::new(key),
        model: settings.model.clone(),
        retry: settings.retry.clone(),
    };
    Ok(server.client(PROGRAM)?)
}

/// Returns the variable that is missing for judging pictures.
pub(crate) fn missing_key(settings: &Settings, environment: &Environment) -> Option<String> {
    let is_missing =
        settings.evaluator == Source::Live && environment.get(env::OPENAI_API_KEY).is_none();
    is_missing.then(|| format!("{} (to judge pictures)", env::OPENAI_API_KEY))
}

/// Returns the generator, or `None` if it needs a token that is not set: see [`missing_token`].
///
/// # Errors
/// If HTTPS cannot be set up, or the base URL is invalid.
pub(crate) fn generator(
    settings: &Settings,
    environment: &Environment,
) -> anyhow::Result<Option<Arc<dyn ImageGenerator>>> {
    match &settings.generator {
        Source::Replay(folder) => Ok(Some(Arc::new(replicate_gen::Replay::new(folder)))),
        Source::Live => match replicate(settings, environment)? {
            Some(client) => Ok(Some(client)),
            None => Ok(None),
        },
    }
}

/// Returns a client for Replicate, or `None` if its token is not set.
///
/// # Errors
/// If HTTPS cannot be set up, or the base URL is invalid.
pub(crate) fn replicate(
    settings: &Settings,
    environment: &Environment,
) -> anyhow::Result<Option<Arc<dyn GeneratorService>>> {
    let Some(token) = environment.get(env::REPLICATE_API_TOKEN) else {
        return Ok(None);
    };
    let replicate = Replicate {
        base_url: &settings.replicate_base_url,
        token: Secret::new(token),
        model: settings.image_model.clone(),
        retry: settings.retry.clone(),
        poll: settings.poll.clone(),
    };
    Ok(Some(replicate.client(PROGRAM)?))
}

/// Returns the variable that is missing for generating pictures.
pub(crate) fn missing_token(settings: &Settings, environment: &Environment) -> Option<String> {
    let is_missing =
        settings.generator == Source::Live && environment.get(env::REPLICATE_API_TOKEN).is_none();
    is_missing.then(|| format!("{} (to generate pictures)", env::REPLICATE_API_TOKEN))
}

/// Returns the generator's identity for plans, which do not need a token.
fn generator_identity(settings: &Settings) -> GeneratorIdentity {
    match &settings.generator {
        Source::Replay(folder) => replicate_gen::Replay::new(folder).identity(),
        Source::Live => GeneratorIdentity {
            kind: GeneratorKind::Live,
            model: settings.image_model.name.to_string(),
        },
    }
}

/// Returns the settings for loading and judging pictures.
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

/// Returns the settings for planning and executing a run.
///
/// # Errors
/// If the prompt catalogue cannot be read or is invalid.
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
        generated_by: PROGRAM.to_owned(),
    })
}
