//! From what was typed, the environment and the file to one value that the rest works with.

pub(crate) mod file;
mod flags;

pub(crate) use flags::Flags;

use crate::cli::{LookArgs, PolicyArgs};
use crate::environment::{self as env, Environment};
use anyhow::Context as _;
use balance_planner::{Policy, QualityFloors, Scope};
use dataset::destination::ObjectDestination;
use file::SettingsFile;
use http_support::RetryPolicy;
use replicate_gen::PollSettings;
use run_plan::limits::Limits;
use std::path::{Path, PathBuf};
use std::time::Duration;
use storage::DataLocation;
use tdbal_types::{ActorId, Target, Usd};
use verdict::{JudgingSettings, Scoring, TrustSettings};

/// A lock that lasts shorter may end between two of its renewals.
const SHORTEST_LEASE: Duration = Duration::from_secs(1);

/// Where something comes from: a live service, or recordings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The service.
    Live,
    /// Recordings in this folder.
    Replay(PathBuf),
}

impl Source {
    fn parse(text: &str, service: &str, flag: &str) -> anyhow::Result<Self> {
        match text.split_once(':') {
            Some(("replay", folder)) if !folder.is_empty() => Ok(Self::Replay(folder.into())),
            _ if text == service => Ok(Self::Live),
            _ => anyhow::bail!("{text:?} is no {flag}: use {service} or replay:DIR"),
        }
    }
}

/// Settings of everything, resolved.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Where the data is.
    pub(crate) data: DataLocation,
    /// Where results go.
    pub(crate) output_dir: PathBuf,
    /// What judges pictures.
    pub(crate) evaluator: Source,
    /// What makes pictures.
    pub(crate) generator: Source,
    /// The vision model.
    pub(crate) model: vision_eval::ModelSettings,
    /// The base URL of its service.
    pub(crate) openai_base_url: String,
    /// The model that makes pictures.
    pub(crate) image_model: replicate_gen::ModelSettings,
    /// The base URL of its service.
    pub(crate) replicate_base_url: String,
    /// How predictions are waited for.
    pub(crate) poll: PollSettings,
    /// Actors at once.
    pub(crate) jobs: usize,
    /// What a set should be, for each actor.
    pub(crate) targets: Targets,
    /// How to decide, but for the target.
    pub(crate) policy: Policy,
    /// How often and how closely it is looked, and what is made of it.
    pub(crate) inquiry: JudgingSettings,
    /// Whether earlier answers are asked for anew.
    pub(crate) fresh: bool,
    /// Where exchanges with the vision model are written.
    pub(crate) record: Option<PathBuf>,
    /// When answers count as given without looking.
    pub(crate) suspecting: TrustSettings,
    /// Questions between two control sheets.
    pub(crate) control_every: usize,
    /// Orders for one picture.
    pub(crate) attempts: usize,
    /// What a run may do.
    pub(crate) limits: Limits,
    /// What it may do that is not done otherwise.
    pub(crate) permissions: Permissions,
    /// How long locks last.
    pub(crate) lock: LockTimes,
    /// The time between two listings that lack an order without an answer.
    pub(crate) lost_order_gap: Duration,
    /// What a picture may declare.
    pub(crate) picture_limits: composite::Limits,
    /// Size of a picture's file in bytes.
    pub(crate) max_bytes: u64,
    /// How calls are repeated.
    pub(crate) retry: RetryPolicy,
    /// The prompt catalogue, where it is not the built-in one.
    pub(crate) prompts: Option<PathBuf>,
    /// Where new objects go for actors that have none.
    pub(crate) destination: Option<ObjectDestination>,
    /// The region of buckets whose addresses do not tell it.
    pub(crate) region: Option<String>,
    /// Another S3 server.
    pub(crate) endpoint: Option<url::Url>,
    /// What the operator should know.
    pub(crate) warnings: Vec<String>,
}

/// What is done only because the operator says so, run by run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Permissions {
    /// A listing that lost more than half is believed.
    pub(crate) shrunk_listing: bool,
    /// A bucket that does not honour conditions is changed.
    pub(crate) unguarded_bucket: bool,
    /// What may have been ordered already is ordered again.
    pub(crate) accept_double_charge: bool,
}

/// How long locks last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LockTimes {
    /// That of a run that died.
    pub(crate) time_to_live: Duration,
    /// How long one is waited for.
    pub(crate) patience: Duration,
}

/// What a set should be, by actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Targets {
    default: Target,
    /// Patterns, the most specific first.
    by_pattern: Vec<(glob::Pattern, Target)>,
}

impl Targets {
    /// Takes the target of all actors and those of some, by name or pattern.
    ///
    /// # Errors
    /// When a pattern or target makes no sense.
    pub(crate) fn new<'a>(
        default: Target,
        some: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> anyhow::Result<Self> {
        let mut by_pattern = Vec::new();
        for (pattern, target) in some {
            let what = || format!("targets.{pattern:?} = {target:?}");
            let parsed = glob::Pattern::new(pattern).with_context(what)?;
            by_pattern.push((parsed, target.parse().with_context(what)?));
        }
        let is_pattern = |pattern: &glob::Pattern| pattern.as_str().contains(['*', '?', '[']);
        by_pattern.sort_by(|(a, _), (b, _)| {
            let rank = |pattern: &glob::Pattern| {
                (
                    is_pattern(pattern),
                    std::cmp::Reverse(pattern.as_str().len()),
                )
            };
            rank(a)
                .cmp(&rank(b))
                .then_with(|| a.as_str().cmp(b.as_str()))
        });
        Ok(Self {
            default,
            by_pattern,
        })
    }

    /// The target of an actor: that of its whole name or id, else of the longest pattern that fits, else
    /// the default.
    pub(crate) fn of(&self, actor: &ActorId) -> Target {
        self.by_pattern
            .iter()
            .find(|(pattern, _)| {
                pattern.matches(actor.as_str()) || pattern.as_str() == actor.short_id()
            })
            .map_or(self.default, |(_, target)| *target)
    }

    /// All targets as text, for telling one configuration from another.
    pub(crate) fn describe(&self) -> String {
        let some: Vec<String> = self
            .by_pattern
            .iter()
            .map(|(p, target)| format!("{p}: {target}"))
            .collect();
        format!("{}; {}", self.default, some.join("; "))
    }
}

impl Settings {
    /// Resolves all settings: flags, then environment (with `.env` in `folder`), then `tdbal.toml`
    /// in `folder`, then the defaults.
    ///
    /// # Errors
    /// When a file cannot be read or a value makes no sense.
    pub(crate) fn resolve(
        flags: &Flags,
        environment: &Environment,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let loaded = file::load(&folder.join(file::FILE_NAME))?;
        let file = loaded.settings;
        let warnings = loaded
            .unknown_keys
            .iter()
            .map(|key| {
                format!(
                    "{} has a key {key} that means nothing; see tdbal config",
                    file::FILE_NAME
                )
            })
            .collect();
        let services = &flags.services;
        let evaluator = services.evaluator.as_ref().unwrap_or(&file.evaluator);
        let generator = services.generator.as_ref().unwrap_or(&file.generator);
        let model = vision_model(services.model.as_ref().unwrap_or(&file.model), &file);
        let setting = |name: &str, file: &str| {
            environment
                .get(name)
                .map_or_else(|| file.to_owned(), str::to_owned)
        };
        let data_dir = flags
            .common
            .data_dir
            .clone()
            .unwrap_or(file.data_dir.clone());
        let output_dir = flags
            .common
            .output_dir
            .clone()
            .unwrap_or(file.output_dir.clone().into());
        let region = [env::AWS_REGION, env::AWS_DEFAULT_REGION]
            .into_iter()
            .find_map(|name| environment.get(name))
            .or(non_empty(&file.s3.region))
            .map(str::to_owned);
        Ok(Self {
            data: DataLocation::parse(&data_dir)?,
            output_dir,
            evaluator: Source::parse(evaluator, "openai", "evaluator")?,
            generator: Source::parse(generator, "replicate", "generator")?,
            openai_base_url: environment
                .get(env::OPENAI_BASE_URL)
                .map(str::to_owned)
                .or_else(|| model.base_url.clone())
                .unwrap_or_else(|| file.openai.base_url.clone()),
            model,
            image_model: image_model(&file)?,
            replicate_base_url: setting(env::REPLICATE_BASE_URL, &file.replicate.base_url),
            poll: file.replicate.poll()?,
            jobs: usize::from(flags.common.jobs.unwrap_or(file.jobs).max(1)),
            targets: targets(flags.policy.target, &file)?,
            policy: policy(&flags.policy, &file),
            inquiry: inquiry(&flags.look, &file)?,
            // A recording is of everything, also of what is known already.
            fresh: flags.look.fresh || services.record.is_some(),
            record: services.record.clone(),
            suspecting: file.suspecting,
            control_every: file.control_every,
            attempts: usize::from(flags.policy.attempts.unwrap_or(file.attempts).max(1)),
            limits: limits(flags, &file)?,
            permissions: permissions(flags),
            lock: lock(&file)?,
            lost_order_gap: file::seconds(
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
            prompts: non_empty(&file.prompts).map(|path| folder.join(path)),
            destination: non_empty(&file.s3.bucket).map(|bucket| ObjectDestination {
                bucket: bucket.to_owned(),
                region: region.clone(),
                prefix: file.s3.prefix.clone(),
            }),
            endpoint: endpoint(environment, &file)?,
            region,
            warnings,
        })
    }

    /// How to decide about an actor.
    pub(crate) fn policy_of(&self, actor: &ActorId) -> Policy {
        Policy {
            target: self.targets.of(actor),
            ..self.policy
        }
    }
}

fn non_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn vision_model(name: &str, file: &SettingsFile) -> vision_eval::ModelSettings {
    let known = vision_eval::ModelSettings::named(name);
    match file.models.get(name) {
        Some(overrides) => overrides.clone().apply(known),
        None => known,
    }
}

fn image_model(file: &SettingsFile) -> anyhow::Result<replicate_gen::ModelSettings> {
    match file.image_models.get(&file.image_model) {
        Some(own) => Ok(own.clone()),
        None => Ok(replicate_gen::ModelSettings::preset(&file.image_model)?),
    }
}

fn targets(flag: Option<Target>, file: &SettingsFile) -> anyhow::Result<Targets> {
    match flag {
        Some(target) => Targets::new(target, []),
        None => {
            let default = file
                .target
                .parse()
                .with_context(|| format!("target = {:?}", file.target))?;
            Targets::new(default, &file.targets)
        }
    }
}

fn policy(flags: &PolicyArgs, file: &SettingsFile) -> Policy {
    let scope = if flags.delete_only {
        Scope::DeleteOnly
    } else if flags.generate_only {
        Scope::GenerateOnly
    } else {
        Scope::Both
    };
    Policy {
        target: Target::STANDARD,
        tolerance: flags.tolerance.unwrap_or(file.tolerance),
        exact: file.exact || flags.exact,
        remove_unreadable: file.remove_unreadable || flags.remove_unreadable,
        scope,
        floors: flags
            .min_quality
            .map_or(file.min_quality, QualityFloors::all),
        max_replace: flags.max_replace.unwrap_or(file.max_replace),
    }
}

fn inquiry(flags: &LookArgs, file: &SettingsFile) -> anyhow::Result<JudgingSettings> {
    for (fault, weight) in &file.faults {
        anyhow::ensure!(
            weight.is_finite(),
            "faults.{fault} = {weight} is no number of points"
        );
    }
    let votes = file
        .votes
        .parse()
        .with_context(|| format!("votes = {:?}", file.votes))?;
    let look = file
        .look
        .parse()
        .with_context(|| format!("look = {:?}", file.look))?;
    let trust = file.trust;
    for (key, value) in [
        ("trust.min_chance", trust.min_chance),
        ("trust.max_changing", trust.max_changing),
    ] {
        anyhow::ensure!(
            (0.0..=1.0).contains(&value),
            "{key} = {value} is no share: use 0 to 1"
        );
    }
    Ok(JudgingSettings {
        votes: flags.votes.unwrap_or(votes),
        look: flags.look.unwrap_or(look),
        thresholds: file.evidence,
        scoring: Scoring {
            weights: file.faults.clone(),
        },
        max_changing: trust.max_changing,
        min_chance: trust.min_chance,
        rates: trust.rates,
        ..JudgingSettings::default()
    })
}

fn limits(flags: &Flags, file: &SettingsFile) -> anyhow::Result<Limits> {
    let (flags, file) = (&flags.limits, &file.limits);
    let percent = file.max_delete_percent;
    anyhow::ensure!(
        (0.0..=100.0).contains(&percent),
        "limits.max_delete_percent = {percent} is no percentage: use 0 to 100"
    );
    let budget = match file.budget_usd {
        Some(budget) if !(budget.is_finite() && budget >= 0.0) => {
            anyhow::bail!("limits.budget_usd = {budget} is no amount: use dollars, 0 or more")
        }
        budget => budget.map(Usd::from_dollars),
    };
    Ok(Limits {
        max_delete: flags.max_delete.or(file.max_delete),
        max_delete_per_actor: flags.max_delete_per_actor.or(file.max_delete_per_actor),
        max_delete_percent: flags.max_delete_percent.unwrap_or(percent),
        min_keep: flags.min_keep.unwrap_or(file.min_keep),
        max_generate: flags.max_generate.or(file.max_generate),
        budget: flags.budget.budget.or(budget),
    })
}

fn lock(file: &SettingsFile) -> anyhow::Result<LockTimes> {
    let seconds = file.lock.time_to_live_s;
    let time_to_live = file::seconds("lock.time_to_live_s", seconds)?;
    anyhow::ensure!(
        time_to_live >= SHORTEST_LEASE,
        "lock.time_to_live_s = {seconds} is too short: use {} or more",
        SHORTEST_LEASE.as_secs()
    );
    Ok(LockTimes {
        time_to_live,
        patience: file::seconds("lock.patience_s", file.lock.patience_s)?,
    })
}

fn permissions(flags: &Flags) -> Permissions {
    Permissions {
        shrunk_listing: flags.listing.allow_shrunk_listing,
        unguarded_bucket: flags.execution.allow_unguarded_bucket,
        accept_double_charge: flags.execution.accept_double_charge,
    }
}

fn endpoint(environment: &Environment, file: &SettingsFile) -> anyhow::Result<Option<url::Url>> {
    let text = [env::AWS_ENDPOINT_URL_S3, env::AWS_ENDPOINT_URL]
        .into_iter()
        .find_map(|name| environment.get(name))
        .or(non_empty(&file.s3.endpoint));
    text.map(|text| {
        url::Url::parse(text).with_context(|| format!("{text:?} is no URL of an S3 server"))
    })
    .transpose()
}

#[cfg(test)]
mod tests;
