//! The rules for single settings: which value wins, and which values are valid.

use crate::error::SettingsError;
use crate::file::{self, LimitSettings, LockSettings, SettingsFile, UnknownKey};
use crate::inputs::{Flags, LimitFlags};
use crate::lock_times::LockTimes;
pub(crate) use crate::sections::seconds;
use crate::targets::Targets;
use balance_planner::{Policy, QualityFloors, Scope};
use run_plan::limits::Limits;
use std::time::Duration;
use tdbal_types::{Target, Usd};
use url::Url;
use verdict::{JudgingSettings, Scoring};

/// A shorter lease could expire between two renewals.
const SHORTEST_LEASE: Duration = Duration::from_secs(1);

pub(crate) fn warning(key: &UnknownKey) -> String {
    let (file, path) = (file::FILE_NAME, &key.path);
    match &key.suggestion {
        Some(suggestion) => {
            format!("{file}: unknown key `{path}` (did you mean `{suggestion}`?)")
        }
        None => format!("{file}: unknown key `{path}`; `tdbal config` lists the valid keys"),
    }
}

pub(crate) fn non_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

pub(crate) fn vision_model(name: &str, file: &SettingsFile) -> vision_eval::ModelSettings {
    let known = vision_eval::ModelSettings::named(name);
    match file.models.get(name) {
        Some(overrides) => overrides.clone().apply(known),
        None => known,
    }
}

pub(crate) fn image_model(
    file: &SettingsFile,
) -> Result<replicate_gen::ModelSettings, SettingsError> {
    match file.image_models.get(&file.image_model) {
        Some(described) => Ok(described.clone()),
        None => replicate_gen::ModelSettings::preset(&file.image_model)
            .map_err(SettingsError::parse("image_model")),
    }
}

pub(crate) fn targets(flag: Option<Target>, file: &SettingsFile) -> Result<Targets, SettingsError> {
    match flag {
        Some(target) => Targets::new(target, []),
        None => {
            let default = file
                .target
                .parse()
                .map_err(SettingsError::parse("target"))?;
            Targets::new(default, &file.targets)
        }
    }
}

pub(crate) fn policy(flags: &Flags, file: &SettingsFile) -> Policy {
    Policy {
        target: Target::STANDARD,
        tolerance: flags.tolerance.unwrap_or(file.tolerance),
        exact: file.exact || flags.exact,
        remove_unreadable: file.remove_unreadable || flags.remove_unreadable,
        scope: flags.scope.unwrap_or(Scope::Both),
        floors: flags
            .min_quality
            .map_or(file.min_quality, QualityFloors::all),
        max_replace: flags.max_replace.unwrap_or(file.max_replace),
    }
}

pub(crate) fn judging(
    flags: &Flags,
    file: &SettingsFile,
) -> Result<JudgingSettings, SettingsError> {
    for (fault, weight) in &file.faults {
        if !weight.is_finite() {
            return Err(SettingsError::value(
                format!("faults.{fault}"),
                weight,
                "use a number of points",
            ));
        }
    }
    let trust = file.trust;
    for (key, value) in [
        ("trust.min_chance", trust.min_chance),
        ("trust.max_changing", trust.max_changing),
    ] {
        if !(0.0..=1.0).contains(&value) {
            return Err(SettingsError::value(key, value, "use a share from 0 to 1"));
        }
    }
    let votes = file.votes.parse().map_err(SettingsError::parse("votes"))?;
    let look = file.look.parse().map_err(SettingsError::parse("look"))?;
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

pub(crate) fn limits(flags: &LimitFlags, file: &LimitSettings) -> Result<Limits, SettingsError> {
    let percent = file.max_delete_percent;
    if !(0.0..=100.0).contains(&percent) {
        return Err(SettingsError::value(
            "limits.max_delete_percent",
            percent,
            "use a percentage from 0 to 100",
        ));
    }
    let budget = match file.budget_usd {
        Some(budget) if !(budget.is_finite() && budget >= 0.0) => {
            return Err(SettingsError::value(
                "limits.budget_usd",
                budget,
                "use an amount in dollars, 0 or more",
            ));
        }
        budget => budget.map(Usd::from_dollars),
    };
    Ok(Limits {
        max_delete: flags.max_delete.or(file.max_delete),
        max_delete_per_actor: flags.max_delete_per_actor.or(file.max_delete_per_actor),
        max_delete_percent: flags.max_delete_percent.unwrap_or(percent),
        min_keep: flags.min_keep.unwrap_or(file.min_keep),
        max_generate: flags.max_generate.or(file.max_generate),
        budget: flags.budget.or(budget),
    })
}

pub(crate) fn lock(file: &LockSettings) -> Result<LockTimes, SettingsError> {
    let key = "lock.time_to_live_s";
    let time_to_live = seconds(key, file.time_to_live_s)?;
    if time_to_live < SHORTEST_LEASE {
        return Err(SettingsError::value(
            key,
            file.time_to_live_s,
            format!("use {} or more seconds", SHORTEST_LEASE.as_secs()),
        ));
    }
    Ok(LockTimes {
        time_to_live,
        patience: seconds("lock.patience_s", file.patience_s)?,
    })
}

pub(crate) fn endpoint(
    environment: Option<&str>,
    file: &SettingsFile,
) -> Result<Option<Url>, SettingsError> {
    let Some(text) = environment.or(non_empty(&file.s3.endpoint)) else {
        return Ok(None);
    };
    let url = Url::parse(text).map_err(|_| {
        SettingsError::value(
            "the S3 endpoint",
            format!("{text:?}"),
            "use the URL of an S3 server, such as http://127.0.0.1:9000",
        )
    })?;
    Ok(Some(url))
}
