//! The keys of the settings file, section by section.

use crate::error::SettingsError;
use balance_planner::QualityFloors;
use http_support::RetryPolicy;
use replicate_gen::PollSettings;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tdbal_types::{Fault, Tolerance};
use vision_eval::ModelOverrides;

/// All keys of the settings file. `default.toml` explains each of them.
#[derive(Debug, Clone, Deserialize)]
pub struct SettingsFile {
    /// The data: a folder, or `s3://bucket/prefix`.
    pub data_dir: String,
    /// The folder for results.
    pub output_dir: String,
    /// The source of judgements: `openai` or `replay:DIR`.
    pub evaluator: String,
    /// The source of new pictures: `replicate` or `replay:DIR`.
    pub generator: String,
    /// The vision model.
    pub model: String,
    /// The image model.
    pub image_model: String,
    /// The number of actors to process at the same time.
    pub jobs: u16,
    /// The default target of an actor.
    pub target: String,
    /// The allowed distance of a class from its share, in percentage points.
    pub tolerance: Tolerance,
    /// Whether to change sets that are within the tolerance too.
    pub exact: bool,
    /// Whether to remove files that cannot be decoded.
    pub remove_unreadable: bool,
    /// The number of sheets that each picture appears on, or `auto`.
    pub votes: String,
    /// Which pictures the model also sees alone: `auto`, `sheet` or `close`.
    pub look: String,
    /// The number of questions between two control sheets; 0 for no control sheets.
    pub control_every: usize,
    /// The maximum number of pictures per actor to replace for their quality.
    pub max_replace: usize,
    /// The maximum number of orders for one new picture.
    pub attempts: u8,
    /// The minimum quality of each class.
    pub min_quality: QualityFloors,
    /// The points that each fault takes off the quality.
    pub faults: BTreeMap<Fault, f64>,
    /// The thresholds for measurements of pixels.
    pub evidence: evidence::Thresholds,
    /// How certain a decision has to be.
    pub trust: TrustSettings,
    /// The limits beyond which a model's answers are suspicious.
    pub suspecting: verdict::TrustSettings,
    /// The path of a prompt catalogue; empty for the built-in one.
    pub prompts: String,
    /// Targets by actor name, ID or pattern.
    pub targets: BTreeMap<String, String>,
    /// What a run may remove, generate and spend, and how large a picture may be.
    pub limits: LimitSettings,
    /// The locks of actors.
    pub lock: LockSettings,
    /// How failed calls are retried.
    pub retry: RetryPolicy,
    /// The location of objects.
    pub s3: S3Settings,
    /// OpenAI, or a compatible server.
    pub openai: ServiceSettings,
    /// Replicate.
    pub replicate: ReplicateSettings,
    /// Settings of vision models, by name.
    pub models: BTreeMap<String, ModelOverrides>,
    /// Settings of image models, by name.
    pub image_models: BTreeMap<String, replicate_gen::ModelSettings>,
}

/// The section `[limits]`: what a run may remove, generate and spend, and how large a picture may be.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct LimitSettings {
    /// The maximum number of pictures to remove, over all actors.
    pub max_delete: Option<usize>,
    /// The maximum number of pictures to remove from one actor.
    pub max_delete_per_actor: Option<usize>,
    /// The maximum share of an actor's pictures to remove, 0 to 100.
    pub max_delete_percent: f64,
    /// The minimum number of existing pictures that each actor keeps.
    pub min_keep: usize,
    /// The maximum number of pictures to generate, over all actors.
    pub max_generate: Option<usize>,
    /// The maximum cost of evaluation and generation together, in US dollars.
    pub budget_usd: Option<f64>,
    /// The maximum width of a picture in pixels.
    pub max_width: u32,
    /// The maximum height of a picture in pixels.
    pub max_height: u32,
    /// The maximum number of pixels of a picture.
    pub max_pixels: u64,
    /// The maximum size of a picture file in bytes.
    pub max_bytes: u64,
}

/// The section `[trust]`: how certain a decision has to be.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct TrustSettings {
    /// The minimum probability, 0 to 1, that a picture is of its class and surplus there.
    pub min_chance: f64,
    /// The maximum share of a set, 0 to 1, whose class may depend on the order of the sheet.
    pub max_changing: f64,
    /// The assumed error rates of each kind of evidence.
    pub rates: verdict::ErrorRates,
}

/// The section `[lock]`: the locks of actors.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct LockSettings {
    /// The time after which a lock expires unless it is renewed, in seconds.
    pub time_to_live_s: f64,
    /// How long to wait for a lock whose holder may be dead, in seconds.
    pub patience_s: f64,
}

/// The section `[s3]`: the location of objects. An empty text is the same as no value.
#[derive(Debug, Clone, Deserialize)]
pub struct S3Settings {
    /// The region of buckets whose URLs do not name one.
    pub region: String,
    /// The URL of an S3-compatible server.
    pub endpoint: String,
    /// The bucket for new pictures of actors without objects.
    pub bucket: String,
    /// The key prefix in that bucket; `{actor}` stands for the actor's name.
    pub prefix: String,
}

/// The section `[openai]`.
#[derive(Debug, Clone, Deserialize)]
pub struct ServiceSettings {
    /// The base URL, with its `/v1`.
    pub base_url: String,
}

/// The section `[replicate]`.
#[derive(Debug, Clone, Deserialize)]
pub struct ReplicateSettings {
    /// The base URL, with its `/v1`.
    pub base_url: String,
    /// The pause after the first poll of a prediction, in seconds.
    pub first_pause_seconds: f64,
    /// The longest pause between two polls, in seconds.
    pub longest_pause_seconds: f64,
    /// How long to wait for a prediction, in seconds.
    pub deadline_seconds: f64,
    /// The time between the two listings that must lack an order before it is sent again, in
    /// seconds.
    pub lost_order_gap_s: f64,
}

impl ReplicateSettings {
    /// Returns how predictions are polled.
    ///
    /// # Errors
    /// If one of the durations is negative, infinite or not a number.
    pub fn poll(&self) -> Result<PollSettings, SettingsError> {
        Ok(PollSettings {
            first_pause: seconds("replicate.first_pause_seconds", self.first_pause_seconds)?,
            longest_pause: seconds(
                "replicate.longest_pause_seconds",
                self.longest_pause_seconds,
            )?,
            deadline: seconds("replicate.deadline_seconds", self.deadline_seconds)?,
        })
    }
}

/// Converts a duration in seconds, the value of `key`.
pub(crate) fn seconds(key: &str, value: f64) -> Result<Duration, SettingsError> {
    Duration::try_from_secs_f64(value)
        .map_err(|_| SettingsError::value(key, value, "use a number of seconds, 0 or more"))
}
