//! What settings are resolved from, besides the settings file.

use balance_planner::Scope;
use std::path::PathBuf;
use tdbal_types::{Quality, Target, Tolerance, Usd};
use verdict::{LookPolicy, Votes};

/// The flags of a command. A flag that the command does not have, or that is not given, is `None` or
/// `false`; the settings file or the default then decides.
#[derive(Debug, Default, Clone)]
pub struct Flags {
    /// `--data-dir`: a folder, or `s3://bucket/prefix`.
    pub data_dir: Option<String>,
    /// `--output-dir`: the folder for results.
    pub output_dir: Option<PathBuf>,
    /// `--jobs`: the number of actors to process at the same time.
    pub jobs: Option<u16>,
    /// `--evaluator`: `openai` or `replay:DIR`.
    pub evaluator: Option<String>,
    /// `--generator`: `replicate` or `replay:DIR`.
    pub generator: Option<String>,
    /// `--model`: the vision model.
    pub model: Option<String>,
    /// `--record`: the folder to record exchanges with the vision model in.
    pub record: Option<PathBuf>,
    /// `--votes`: the number of sheets that each picture appears on.
    pub votes: Option<Votes>,
    /// `--look`: which pictures the model also sees alone.
    pub look: Option<LookPolicy>,
    /// `--fresh`: ask again instead of using cached answers.
    pub fresh: bool,
    /// `--delete-only` or `--generate-only`; both kinds of change by default.
    pub scope: Option<Scope>,
    /// `--target`: the target of every actor.
    pub target: Option<Target>,
    /// `--tolerance`: the allowed distance of a class from its share, in percentage points.
    pub tolerance: Option<Tolerance>,
    /// `--exact`: also change sets that are within the tolerance.
    pub exact: bool,
    /// `--remove-unreadable`: remove files that cannot be decoded.
    pub remove_unreadable: bool,
    /// `--min-quality`: the minimum quality of pictures of every class.
    pub min_quality: Option<Quality>,
    /// `--max-replace`: the maximum number of pictures per actor to replace for their quality.
    pub max_replace: Option<usize>,
    /// `--attempts`: the maximum number of orders for one new picture.
    pub attempts: Option<u8>,
    /// What the run may remove, generate and spend.
    pub limits: LimitFlags,
    /// Risks that the operator accepts for this run.
    pub permissions: Permissions,
}

impl Flags {
    /// Returns the flags of a command that has `--data-dir` and no other setting.
    #[must_use]
    pub fn of_data(data_dir: Option<String>) -> Self {
        Self {
            data_dir,
            ..Self::default()
        }
    }
}

/// The flags that limit what a run may remove, generate and spend.
#[derive(Debug, Default, Clone, Copy)]
pub struct LimitFlags {
    /// `--max-delete`: the maximum number of pictures to remove, over all actors.
    pub max_delete: Option<usize>,
    /// `--max-delete-per-actor`: the maximum number of pictures to remove from one actor.
    pub max_delete_per_actor: Option<usize>,
    /// `--max-delete-percent`: the maximum share of an actor's pictures to remove, 0 to 100.
    pub max_delete_percent: Option<f64>,
    /// `--min-keep`: the minimum number of existing pictures that each actor keeps.
    pub min_keep: Option<usize>,
    /// `--max-generate`: the maximum number of pictures to generate, over all actors.
    pub max_generate: Option<usize>,
    /// `--budget`: the maximum cost of evaluation and generation together.
    pub budget: Option<Usd>,
}

/// Risks that the operator accepts for one run. They are flags only: a file cannot set them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Permissions {
    /// `--allow-shrunk-listing`: use a listing that has less than half of the pictures of the last
    /// run.
    pub shrunk_listing: bool,
    /// `--allow-unguarded-bucket`: change a bucket that ignores conditional writes.
    pub unguarded_bucket: bool,
    /// `--accept-double-charge`: order a picture again although an earlier order may exist.
    pub accept_double_charge: bool,
}

/// Values from the environment or from `.env`. They win over the settings file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct EnvironmentValues {
    /// The base URL of an OpenAI-compatible server, with its `/v1`.
    pub openai_base_url: Option<String>,
    /// The base URL of Replicate's API, with its `/v1`.
    pub replicate_base_url: Option<String>,
    /// The region of buckets whose URLs do not name one.
    pub region: Option<String>,
    /// The URL of an S3-compatible server.
    pub endpoint: Option<String>,
}
