//! The settings file: the built-in defaults, and `tdbal.toml` laid over them.

use anyhow::Context as _;
use balance_planner::QualityFloors;
use http_support::RetryPolicy;
use replicate_gen::PollSettings;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tdbal_types::{Fault, Tolerance};
use toml::{Table, Value};
use vision_eval::ModelOverrides;

/// The defaults, every key explained; `tdbal config` prints it.
pub(crate) const DEFAULTS: &str = include_str!("default.toml");
/// The name of the settings file in the working folder.
pub(crate) const FILE_NAME: &str = "tdbal.toml";

/// All settings as they are written.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SettingsFile {
    /// The data.
    pub(crate) data_dir: String,
    /// The results.
    pub(crate) output_dir: String,
    /// What judges pictures.
    pub(crate) evaluator: String,
    /// What makes pictures.
    pub(crate) generator: String,
    /// The vision model.
    pub(crate) model: String,
    /// The model that makes pictures.
    pub(crate) image_model: String,
    /// Actors at once.
    pub(crate) jobs: u16,
    /// What a set should be.
    pub(crate) target: String,
    /// How near is near enough.
    pub(crate) tolerance: Tolerance,
    /// Whether exact counts are wanted.
    pub(crate) exact: bool,
    /// Whether unreadable files go.
    pub(crate) remove_unreadable: bool,
    /// Sheets for each picture.
    pub(crate) votes: String,
    /// Which pictures are judged alone.
    pub(crate) look: String,
    /// Questions between two control sheets.
    pub(crate) control_every: usize,
    /// How many pictures of an actor are replaced.
    pub(crate) max_replace: usize,
    /// Orders for one picture.
    pub(crate) attempts: u8,
    /// What is replaced.
    pub(crate) min_quality: QualityFloors,
    /// Points off the quality for each fault.
    pub(crate) faults: BTreeMap<Fault, f64>,
    /// What pixels say.
    pub(crate) evidence: evidence::Thresholds,
    /// How probable what is concluded has to be.
    pub(crate) trust: TrustSettings,
    /// When answers count as given without looking.
    pub(crate) suspecting: verdict::TrustSettings,
    /// The prompt catalogue.
    pub(crate) prompts: String,
    /// Targets of some actors.
    pub(crate) targets: BTreeMap<String, String>,
    /// What a run may do, and what a picture may be.
    pub(crate) limits: LimitSettings,
    /// Locks of actors.
    pub(crate) lock: LockSettings,
    /// How calls are repeated.
    pub(crate) retry: RetryPolicy,
    /// Objects.
    pub s3: S3Settings,
    /// OpenAI.
    pub(crate) openai: ServiceSettings,
    /// Replicate.
    pub(crate) replicate: ReplicateSettings,
    /// Vision models.
    pub(crate) models: BTreeMap<String, ModelOverrides>,
    /// Models that make pictures.
    pub(crate) image_models: BTreeMap<String, replicate_gen::ModelSettings>,
}

/// What a run may do, and what a picture may declare before it is decoded.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct LimitSettings {
    /// Pictures that all actors may lose.
    pub(crate) max_delete: Option<usize>,
    /// Pictures that an actor may lose.
    pub(crate) max_delete_per_actor: Option<usize>,
    /// Percent of its pictures that an actor may lose.
    pub(crate) max_delete_percent: f64,
    /// Pictures that an actor must keep.
    pub(crate) min_keep: usize,
    /// Pictures that may be generated.
    pub(crate) max_generate: Option<usize>,
    /// Dollars that may be spent.
    pub(crate) budget_usd: Option<f64>,
    /// Width in pixels.
    pub(crate) max_width: u32,
    /// Height in pixels.
    pub(crate) max_height: u32,
    /// Width times height.
    pub(crate) max_pixels: u64,
    /// Size of the file in bytes.
    pub(crate) max_bytes: u64,
}

/// How probable what is concluded has to be.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct TrustSettings {
    /// That a picture is one too many, 0 to 1.
    pub(crate) min_chance: f64,
    /// The share of a set that may change class with the order, 0 to 1.
    pub(crate) max_changing: f64,
    /// How often each actor_answers is assumed to be wrong.
    pub(crate) rates: verdict::ErrorRates,
}

/// Locks of actors.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct LockSettings {
    /// In seconds.
    pub(crate) time_to_live_s: f64,
    /// In seconds.
    pub(crate) patience_s: f64,
}

/// Where objects are; an empty text is nothing.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct S3Settings {
    /// The region.
    pub(crate) region: String,
    /// Another S3 server.
    pub(crate) endpoint: String,
    /// The bucket for new pictures.
    pub(crate) bucket: String,
    /// Their prefix.
    pub(crate) prefix: String,
}

/// A service.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ServiceSettings {
    /// Its base URL.
    pub(crate) base_url: String,
}

/// Replicate.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ReplicateSettings {
    /// Its base URL.
    pub(crate) base_url: String,
    /// In seconds.
    pub(crate) first_pause_seconds: f64,
    /// In seconds.
    pub(crate) longest_pause_seconds: f64,
    /// In seconds.
    pub(crate) deadline_seconds: f64,
    /// In seconds.
    pub(crate) lost_order_gap_s: f64,
}

/// A time that the file has in seconds.
pub(crate) fn seconds(key: &str, value: f64) -> anyhow::Result<Duration> {
    Duration::try_from_secs_f64(value)
        .with_context(|| format!("{key} = {value} is no number of seconds"))
}

impl ReplicateSettings {
    /// How a prediction is waited for.
    pub(crate) fn poll(&self) -> anyhow::Result<PollSettings> {
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

/// The settings, and the keys that nobody knows.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The settings.
    pub(crate) settings: SettingsFile,
    /// Keys of the file that mean nothing, as paths: usually typing errors.
    pub(crate) unknown_keys: Vec<String>,
}

/// Lays a settings file over the defaults. No file is no error.
///
/// # Errors
/// When the file cannot be read, is no TOML, or a key has a value of the wrong kind.
pub(crate) fn load(path: &Path) -> anyhow::Result<Loaded> {
    let mut table: Table = toml::from_str(DEFAULTS).context("the built-in settings are broken")?;
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let file: Table =
                toml::from_str(&text).with_context(|| format!("cannot read {}", path.display()))?;
            lay_over(&mut table, file);
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
    let mut unknown_keys = Vec::new();
    let settings = serde_ignored::deserialize(Value::Table(table), |key| {
        unknown_keys.push(key.to_string());
    })
    .with_context(|| format!("{} has a setting that cannot be used", path.display()))?;
    Ok(Loaded {
        settings,
        unknown_keys,
    })
}

fn lay_over(below: &mut Table, above: Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str) -> anyhow::Result<Loaded> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        std::fs::write(&path, text).unwrap();
        load(&path)
    }

    #[test]
    fn the_defaults_are_whole_and_no_file_is_no_error() {
        let loaded = load(Path::new("/does/not/exist/tdbal.toml")).unwrap();
        assert!(loaded.unknown_keys.is_empty(), "{:?}", loaded.unknown_keys);
        assert_eq!(loaded.settings.jobs, 4);
        assert_eq!(loaded.settings.retry, RetryPolicy::default());
        let poll = loaded.settings.replicate.poll().unwrap();
        assert_eq!(poll, PollSettings::default());
        let (limits, defaults) = (loaded.settings.limits, composite::Limits::default());
        assert_eq!(limits.max_width, defaults.max_width);
        assert_eq!(limits.max_pixels, defaults.max_pixels);
        let gap = execution::LostOrders::default().gap.as_secs_f64();
        assert!((loaded.settings.replicate.lost_order_gap_s - gap).abs() < f64::EPSILON);
    }

    #[test]
    fn a_file_changes_what_it_names_and_unknown_keys_are_told() {
        let loaded =
            load_text("jobs = 9\njbos = 1\n[s3]\nbucket = \"b\"\nbuket = \"c\"\n").unwrap();
        assert_eq!(loaded.settings.jobs, 9);
        assert_eq!(loaded.settings.s3.bucket, "b");
        assert_eq!(
            loaded.settings.s3.prefix,
            "system_actors/training_data/{actor}"
        );
        assert_eq!(loaded.unknown_keys, ["jbos", "s3.buket"]);
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_an_error_that_names_the_file() {
        let error = load_text("jobs = \"many\"\n").unwrap_err();
        assert!(format!("{error:#}").contains("tdbal.toml"), "{error:#}");
        let error = load_text("jobs = \n").unwrap_err();
        assert!(format!("{error:#}").contains("line 1"), "{error:#}");
    }

    #[test]
    fn the_models_in_the_comments_can_be_used() {
        let uncommented: String = DEFAULTS
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest)
                    if rest.starts_with("[image_models.") || rest.starts_with("[models.") =>
                {
                    format!("{rest}\n")
                }
                Some(rest) if rest.split(" = ").count() == 2 || rest.contains(" = { ") => {
                    format!("{rest}\n")
                }
                _ => format!("{line}\n"),
            })
            .collect();
        let loaded = load_text(&uncommented).unwrap();
        assert!(loaded.unknown_keys.is_empty(), "{:?}", loaded.unknown_keys);
        assert_eq!(loaded.settings.image_models.len(), 1);
        assert_eq!(loaded.settings.models.len(), 1);
        assert_eq!(loaded.settings.targets.len(), 2);
        let limits = loaded.settings.limits;
        assert!(limits.max_delete.is_some() && limits.max_delete_per_actor.is_some());
        assert!(limits.max_generate.is_some() && limits.budget_usd.is_some());
    }
}
