//! From what was typed, the environment and the file to one value that the rest works with.

pub(crate) mod file;

use crate::cli::{CommonArgs, RunArgs, StatsArgs};
use crate::environment::{self as env, Environment};
use anyhow::Context as _;
use balance_planner::{Policy, Scope};
use file::SettingsFile;
use http_support::RetryPolicy;
use pipeline::ObjectDestination;
use replicate_gen::PollSettings;
use std::path::{Path, PathBuf};
use storage::DataLocation;
use tdbal_types::{ActorId, Target};

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
    /// What a picture may declare.
    pub(crate) limits: composite::Limits,
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

/// The flags that every command resolves, whatever else it has.
#[derive(Debug, Default)]
pub(crate) struct Flags<'a> {
    /// Shared flags.
    pub(crate) common: CommonArgs,
    /// Flags of the main job.
    pub(crate) run: Option<&'a RunArgs>,
    /// The flag of `stats`.
    pub(crate) target: Option<Target>,
}

impl<'a> From<&'a RunArgs> for Flags<'a> {
    fn from(run: &'a RunArgs) -> Self {
        Self {
            common: run.common.clone(),
            run: Some(run),
            target: run.target,
        }
    }
}

impl From<&StatsArgs> for Flags<'_> {
    fn from(stats: &StatsArgs) -> Self {
        let common = CommonArgs {
            data_dir: stats.data_dir.clone(),
            ..CommonArgs::default()
        };
        Self {
            common,
            run: None,
            target: stats.target,
        }
    }
}

impl Settings {
    /// Resolves all settings: flags, then environment (with `.env` in `folder`), then `tdbal.toml`
    /// in `folder`, then the defaults.
    ///
    /// # Errors
    /// When a file cannot be read or a value makes no sense.
    pub(crate) fn resolve(
        flags: &Flags<'_>,
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
        let run = flags.run;
        let flag = |of: fn(&RunArgs) -> Option<&String>| run.and_then(of).cloned();
        let evaluator = flag(|run| run.evaluator.as_ref()).unwrap_or(file.evaluator.clone());
        let generator = flag(|run| run.generator.as_ref()).unwrap_or(file.generator.clone());
        let name = flag(|run| run.model.as_ref()).unwrap_or(file.model.clone());
        let model = vision_model(&name, &file);
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
            evaluator: Source::parse(&evaluator, "openai", "evaluator")?,
            generator: Source::parse(&generator, "replicate", "generator")?,
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
            targets: targets(flags.target, &file)?,
            policy: policy(run, &file),
            limits: composite::Limits {
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

fn policy(run: Option<&RunArgs>, file: &SettingsFile) -> Policy {
    let scope = match run {
        Some(run) if run.delete_only => Scope::DeleteOnly,
        Some(run) if run.generate_only => Scope::GenerateOnly,
        _ => Scope::Both,
    };
    Policy {
        target: Target::STANDARD,
        tolerance: run.and_then(|run| run.tolerance).unwrap_or(file.tolerance),
        exact: file.exact || run.is_some_and(|run| run.exact),
        remove_unreadable: file.remove_unreadable || run.is_some_and(|run| run.remove_unreadable),
        scope,
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
