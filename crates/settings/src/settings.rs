//! Resolving settings: flags, then environment values, then the file, then the defaults.

use crate::error::SettingsError;
use crate::file;
use crate::inputs::{EnvironmentValues, Flags, Permissions};
use crate::lock_times::LockTimes;
use crate::resolve;
use crate::source::Source;
use crate::targets::Targets;
use balance_planner::Policy;
use dataset::destination::ObjectDestination;
use http_support::RetryPolicy;
use replicate_gen::PollSettings;
use run_plan::limits::Limits;
use std::path::{Path, PathBuf};
use std::time::Duration;
use storage::DataLocation;
use tdbal_types::ActorId;
use verdict::{JudgingSettings, TrustSettings};

/// All settings of one invocation, resolved and checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The location of the data.
    pub data: DataLocation,
    /// The folder for results.
    pub output_dir: PathBuf,
    /// The source of judgements.
    pub evaluator: Source,
    /// The source of new pictures.
    pub generator: Source,
    /// The vision model.
    pub model: vision_eval::ModelSettings,
    /// The base URL of the vision model's server.
    pub openai_base_url: String,
    /// The image model.
    pub image_model: replicate_gen::ModelSettings,
    /// The base URL of Replicate's API.
    pub replicate_base_url: String,
    /// How predictions are polled.
    pub poll: PollSettings,
    /// The number of actors to process at the same time, 1 or more.
    pub jobs: usize,
    /// The target of each actor.
    pub targets: Targets,
    /// How to decide about an actor, except for its target: see [`policy_of`](Self::policy_of).
    pub policy: Policy,
    /// How many looks each picture gets, and how certain a decision has to be.
    pub inquiry: JudgingSettings,
    /// Whether to ask again instead of using cached answers.
    pub fresh: bool,
    /// The folder to record exchanges with the vision model in.
    pub record: Option<PathBuf>,
    /// The limits beyond which a model's answers are suspicious.
    pub suspecting: TrustSettings,
    /// The number of questions between two control sheets; 0 for no control sheets.
    pub control_every: usize,
    /// The maximum number of orders for one new picture, 1 or more.
    pub attempts: usize,
    /// What a run may remove, generate and spend.
    pub limits: Limits,
    /// Risks that the operator accepts for this run.
    pub permissions: Permissions,
    /// How long locks last, and how long to wait for them.
    pub lock: LockTimes,
    /// The time between the two listings that must lack an order before it is sent again.
    pub lost_order_gap: Duration,
    /// The maximum width, height and number of pixels of a picture.
    pub picture_limits: composite::Limits,
    /// The maximum size of a picture file in bytes.
    pub max_bytes: u64,
    /// How failed calls of OpenAI and Replicate are retried.
    pub retry: RetryPolicy,
    /// The file with the prompt catalogue; `None` for the built-in one.
    pub prompts: Option<PathBuf>,
    /// The location for new pictures of actors without objects; `None` for the data folder.
    pub destination: Option<ObjectDestination>,
    /// The region of buckets whose URLs do not name one.
    pub region: Option<String>,
    /// The URL of an S3-compatible server; `None` for Amazon S3.
    pub endpoint: Option<url::Url>,
    /// Warnings for the operator, one line each.
    pub warnings: Vec<String>,
}

impl Settings {
    /// Resolves all settings from flags, environment values, `tdbal.toml` in `folder` and the
    /// defaults, in this order of precedence.
    ///
    /// # Errors
    /// If the file cannot be read or parsed, or if a value is invalid.
    pub fn resolve(
        flags: &Flags,
        environment: impl Into<EnvironmentValues>,
        folder: &Path,
    ) -> Result<Self, SettingsError> {
        let environment = environment.into();
        let loaded = file::load(&folder.join(file::FILE_NAME))?;
        let file = loaded.settings;
        let warnings = loaded.unknown_keys.iter().map(resolve::warning).collect();
        let evaluator = flags.evaluator.as_ref().unwrap_or(&file.evaluator);
        let generator = flags.generator.as_ref().unwrap_or(&file.generator);
        let model = resolve::vision_model(flags.model.as_ref().unwrap_or(&file.model), &file);
        let data_dir = flags.data_dir.as_ref().unwrap_or(&file.data_dir);
        let region = environment
            .region
            .clone()
            .or_else(|| resolve::non_empty(&file.s3.region).map(str::to_owned));
        Ok(Self {
            data: DataLocation::parse(data_dir).map_err(SettingsError::parse("data_dir"))?,
            output_dir: flags
                .output_dir
                .clone()
                .unwrap_or_else(|| file.output_dir.clone().into()),
            evaluator: Source::parse(evaluator, "openai", "evaluator")?,
            generator: Source::parse(generator, "replicate", "generator")?,
            openai_base_url: environment
                .openai_base_url
                .clone()
                .or_else(|| model.base_url.clone())
                .unwrap_or_else(|| file.openai.base_url.clone()),
            model,
            image_model: resolve::image_model(&file)?,
            replicate_base_url: environment
                .replicate_base_url
                .clone()
                .unwrap_or_else(|| file.replicate.base_url.clone()),
            poll: file.replicate.poll()?,
            jobs: usize::from(flags.jobs.unwrap_or(file.jobs).max(1)),
            targets: resolve::targets(flags.target, &file)?,
            policy: resolve::policy(flags, &file),
            inquiry: resolve::judging(flags, &file)?,
            // A recording must contain every question, so cached answers are not used.
            fresh: flags.fresh || flags.record.is_some(),
            record: flags.record.clone(),
            suspecting: file.suspecting,
            control_every: file.control_every,
            attempts: usize::from(flags.attempts.unwrap_or(file.attempts).max(1)),
            limits: resolve::limits(&flags.limits, &file.limits)?,
            permissions: flags.permissions,
            lock: resolve::lock(&file.lock)?,
            lost_order_gap: resolve::seconds(
                "replicate.lost_order_gap_s",
                file.replicate.lost_order_gap_s,
            )?,
            picture_limits: composite::Limits {
                max_width: file.limits.max_width,
                max_height: file.limits.max_height,
                max_pixels: file.limits.max_pixels,
            },
            max_bytes: file.limits.max_bytes,
            retry: file.retry.clone(),
            prompts: resolve::non_empty(&file.prompts).map(|path| folder.join(path)),
            destination: resolve::non_empty(&file.s3.bucket).map(|bucket| ObjectDestination {
                bucket: bucket.to_owned(),
                region: region.clone(),
                prefix: file.s3.prefix.clone(),
            }),
            endpoint: resolve::endpoint(environment.endpoint.as_deref(), &file)?,
            region,
            warnings,
        })
    }

    /// Returns how to decide about an actor, its target included.
    pub fn policy_of(&self, actor: &ActorId) -> Policy {
        Policy {
            target: self.targets.of(actor),
            ..self.policy
        }
    }
}

#[cfg(test)]
mod tests;
