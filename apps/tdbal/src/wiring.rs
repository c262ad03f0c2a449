//! Puts the real parts behind the traits: which store, which model, which generator.

use crate::environment::{self as env, Environment};
use crate::s3::{NoBuckets, S3Buckets};
use crate::settings::{Settings, Source};
use anyhow::Context as _;
use composite::SheetOptions;
use http_support::Secret;
use pipeline::{DataFolder, EngineSettings, LookSettings, Mode};
use replicate_gen::{Catalogue, ImageGenerator};
use std::sync::Arc;
use storage::{DataLocation, LocalStore, ObjectStore, ObjectStores, Prefixed};
use tdbal_types::Usd;
use vision_eval::VisionModel;

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

/// Opens the data. Buckets are only made ready; whether there are credentials is asked when it is
/// known that the run needs them.
///
/// # Errors
/// When the data is in a bucket that cannot be opened.
pub(crate) async fn data_folder(
    settings: &Settings,
    environment: &Environment,
    missing: &mut Missing,
) -> anyhow::Result<(DataFolder, Arc<S3Buckets>)> {
    let buckets = Arc::new(S3Buckets::new(settings, environment).await);
    let folder = match &settings.data {
        DataLocation::Folder(path) => {
            let whole = std::fs::canonicalize(path).or_else(|_| std::path::absolute(path));
            let identity = whole.unwrap_or_else(|_| path.clone()).display().to_string();
            DataFolder {
                store: Arc::new(LocalStore::new(path)),
                identity,
                path_prefix: path_prefix(path),
                in_bucket: None,
                buckets: buckets.clone(),
                endpoints: settings.endpoint.clone().into_iter().collect(),
            }
        }
        DataLocation::Bucket { bucket, prefix } => {
            if let Some(what) = buckets.missing_credentials().await {
                missing.push(what);
                // Without them the data cannot even be listed, so that this is the whole message.
                std::mem::take(missing).check()?;
            }
            let whole = buckets.bucket(bucket, settings.region.as_deref()).await?;
            let store: Arc<dyn ObjectStore> = if prefix.is_empty() {
                whole
            } else {
                Arc::new(Prefixed::new(whole, prefix.as_str()).context("data_dir")?)
            };
            DataFolder {
                store,
                identity: match &settings.endpoint {
                    Some(endpoint) => format!("{endpoint}{bucket}/{prefix}"),
                    None => format!("s3://{bucket}/{prefix}"),
                },
                path_prefix: "data".to_owned(),
                in_bucket: Some((bucket.clone(), prefix.clone())),
                buckets: buckets.clone(),
                endpoints: settings.endpoint.clone().into_iter().collect(),
            }
        }
    };
    Ok((folder, buckets))
}

/// What `local_path` begins with in manifests: the data folder as it was named from the working
/// folder, or only its own name where it was named from elsewhere.
fn path_prefix(path: &std::path::Path) -> String {
    let own = || {
        path.file_name()
            .map_or_else(|| "data".into(), |name| name.to_string_lossy())
    };
    let text = path.to_string_lossy();
    let text = text.trim_start_matches("./").trim_end_matches('/');
    if path.is_absolute() || text.is_empty() || text.contains("..") {
        own().into_owned()
    } else {
        text.to_owned()
    }
}

/// A data folder that never opens a bucket.
pub(crate) fn offline_data(path: &std::path::Path) -> DataFolder {
    DataFolder {
        store: Arc::new(LocalStore::new(path)),
        identity: path.display().to_string(),
        path_prefix: "data".to_owned(),
        in_bucket: None,
        buckets: Arc::new(NoBuckets),
        endpoints: Vec::new(),
    }
}

fn http_client() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .user_agent(GENERATED_BY)
        .connect_timeout(std::time::Duration::from_secs(10))
        .build()
        .context("cannot set up HTTPS")
}

/// The vision model.
///
/// # Errors
/// When its address makes no sense. A missing key goes to `missing`.
pub(crate) fn vision_model(
    settings: &Settings,
    environment: &Environment,
    missing: &mut Missing,
) -> anyhow::Result<Arc<dyn VisionModel>> {
    match &settings.evaluator {
        Source::Replay(folder) => Ok(Arc::new(vision_eval::Replay::new(folder))),
        Source::Live => {
            let key = environment.get(env::OPENAI_API_KEY).unwrap_or_else(|| {
                missing.push(format!("{} (to judge pictures)", env::OPENAI_API_KEY));
                ""
            });
            let model = vision_eval::openai::OpenAi::new(
                http_client()?,
                &settings.openai_base_url,
                Secret::new(key),
                settings.model.clone(),
                settings.retry.clone(),
            );
            Ok(Arc::new(model))
        }
    }
}

/// The generator; a run that generates nothing has none.
///
/// # Errors
/// When its address makes no sense. A missing token goes to `missing`.
pub(crate) fn generator(
    settings: &Settings,
    environment: &Environment,
    mode: Mode,
    missing: &mut Missing,
) -> anyhow::Result<Option<Arc<dyn ImageGenerator>>> {
    if mode == Mode::DryRun || settings.policy.scope == balance_planner::Scope::DeleteOnly {
        return Ok(None);
    }
    match &settings.generator {
        Source::Replay(folder) => Ok(Some(Arc::new(replicate_gen::Replay::new(folder)))),
        Source::Live => {
            let Some(token) = environment.get(env::REPLICATE_API_TOKEN) else {
                missing.push(format!(
                    "{} (to generate pictures)",
                    env::REPLICATE_API_TOKEN
                ));
                return Ok(None);
            };
            let client = replicate_gen::ReplicateClient::new(
                http_client()?,
                &settings.replicate_base_url,
                Secret::new(token),
                settings.image_model.clone(),
                settings.retry.clone(),
                settings.poll.clone(),
            )?;
            Ok(Some(Arc::new(client)))
        }
    }
}

/// How the engine works, from the settings.
///
/// # Errors
/// When the prompt catalogue cannot be read.
pub(crate) fn engine_settings(settings: &Settings) -> anyhow::Result<EngineSettings> {
    let catalogue = match &settings.prompts {
        None => Catalogue::builtin(),
        Some(path) => {
            let read = || format!("cannot use the prompts in {}", path.display());
            let text = std::fs::read_to_string(path).with_context(read)?;
            Catalogue::parse(&text).with_context(read)?
        }
    };
    Ok(EngineSettings {
        look: LookSettings {
            limits: settings.limits,
            max_bytes: settings.max_bytes,
            sheet: SheetOptions::default(),
        },
        jobs: settings.jobs,
        catalogue,
        destination: settings.destination.clone(),
        picture_price: match settings.generator {
            Source::Live => settings.image_model.price_usd,
            Source::Replay(_) => Usd::ZERO,
        },
        generated_by: GENERATED_BY.to_owned(),
    })
}
