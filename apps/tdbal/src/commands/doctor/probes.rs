//! Queries services, buckets and folders. The crate `doctor` interprets the answers.

use crate::commands::session::Session;
use crate::environment::{self as env, Environment};
use crate::settings::{Settings, Source};
use crate::wiring;
use doctor::{self, Buckets, Finding, Problem};
use execution::Executor;
use jiff::tz::TimeZone;
use services::Versioning;
use std::path::Path;
use storage::{DataLocation, StoreError};
use tdbal_types::{RunId, chain};

/// Checks that the configured services accept their keys and still offer the model.
///
/// # Errors
/// When HTTPS cannot be set up, or an address is not valid.
pub(super) async fn services(
    settings: &Settings,
    environment: &Environment,
    now: jiff::Timestamp,
) -> anyhow::Result<Vec<Finding>> {
    let mut found = Vec::new();
    if settings.evaluator == Source::Live {
        found.extend(vision_model(settings, environment, now).await?);
    }
    if settings.generator == Source::Live {
        found.extend(generator(settings, environment).await?);
    }
    Ok(found)
}

async fn vision_model(
    settings: &Settings,
    environment: &Environment,
    now: jiff::Timestamp,
) -> anyhow::Result<Vec<Finding>> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let mut shutdown = settings.model.shutdown_date;
    let mut found = Vec::new();
    if environment.get(env::OPENAI_API_KEY).is_none() {
        found.push(key_missing("OpenAI", env::OPENAI_API_KEY));
    } else {
        match wiring::openai(settings, environment)?.check().await {
            Ok(model) => shutdown = model.shutdown,
            Err(error) => found.push(refused("OpenAI", &error)),
        }
    }
    found.extend(doctor::check_model_end(
        &settings.model.name,
        shutdown,
        today,
    ));
    Ok(found)
}

async fn generator(
    settings: &Settings,
    environment: &Environment,
) -> anyhow::Result<Option<Finding>> {
    let Some(client) = wiring::replicate(settings, environment)? else {
        return Ok(Some(key_missing("Replicate", env::REPLICATE_API_TOKEN)));
    };
    let account = client.account().await;
    Ok(account.err().map(|error| refused("Replicate", &error)))
}

fn key_missing(service: &str, variable: &str) -> Finding {
    Finding {
        actor: None,
        problem: Problem::KeyMissing {
            service: service.to_owned(),
            variable: variable.to_owned(),
        },
    }
}

fn refused(service: &str, error: &dyn std::error::Error) -> Finding {
    Finding {
        actor: None,
        problem: Problem::Service {
            service: service.to_owned(),
            problem: chain(error),
        },
    }
}

/// The buckets that manifests name, that the data is in, and that new objects go to.
pub(super) fn buckets_in_use(settings: &Settings, named: &Buckets) -> Buckets {
    let mut all = named.clone();
    if let DataLocation::Bucket { bucket, .. } = &settings.data {
        let regions = all.entry(bucket.clone()).or_default();
        regions.extend(settings.region.clone());
    }
    if let Some(destination) = &settings.destination {
        let regions = all.entry(destination.bucket.clone()).or_default();
        regions.extend(destination.region.clone());
    }
    all
}

/// Checks that buckets are reachable in their regions, keep versions and honour conditional writes. The
/// object that the last check writes is named after `run`.
pub(super) async fn buckets(session: &Session<'_>, all: &Buckets, run: &RunId) -> Vec<Finding> {
    let mut found = Vec::new();
    for (bucket, named) in all {
        let of_bucket = |problem: String| Finding {
            actor: None,
            problem: Problem::Bucket {
                bucket: bucket.clone(),
                problem,
            },
        };
        let buckets = session.buckets();
        let real = match buckets.region(bucket).await {
            Ok(real) => real,
            Err(error) => {
                found.push(of_bucket(chain(&error)));
                continue;
            }
        };
        // A self-hosted server has only one region, whatever an old address says.
        if session.settings.endpoint.is_none() {
            found.extend(doctor::check_region(bucket, named, real.as_deref()));
        }
        match buckets.versioning(bucket, real.as_deref()).await {
            Ok(Versioning::Off) => found.push(no_versions(bucket, false)),
            Ok(Versioning::Suspended) => found.push(no_versions(bucket, true)),
            // Credentials may allow using a bucket and not reading its configuration.
            Ok(Versioning::Enabled | Versioning::Unknown) | Err(StoreError::Denied { .. }) => {}
            Err(error) => found.push(of_bucket(chain(&error))),
        }
        let store = buckets.at(bucket, real.as_deref());
        found.extend(doctor::check_conditions(bucket, &*store, run).await);
    }
    found
}

fn no_versions(bucket: &str, suspended: bool) -> Finding {
    Finding {
        actor: None,
        problem: Problem::NoVersions {
            bucket: bucket.to_owned(),
            suspended,
        },
    }
}

/// Checks that the output and data folders are writable and have space, and finds files that a crash
/// left half written.
pub(super) fn folders(settings: &Settings, executor: &Executor) -> Vec<Finding> {
    let mut folders: Vec<&Path> = vec![&settings.output_dir];
    if let DataLocation::Folder(path) = &settings.data {
        folders.push(path);
    }
    let token = executor.process.pid.to_string();
    let mut found = Vec::new();
    for folder in folders {
        found.extend(doctor::check_writable(folder, &token));
        found.extend(free_bytes(folder).and_then(|free| doctor::check_space(folder, free)));
        found.extend(doctor::half_written(folder));
    }
    found
}

/// The free space for the current user on the disk of a folder, in bytes; `None` if unknown.
#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(doctor::existing(folder)).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
const fn free_bytes(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn free_space_is_known_for_a_folder_that_does_not_exist() {
        let folder = tempfile::tempdir().unwrap();
        let free = free_bytes(&folder.path().join("not/yet")).unwrap();
        assert!(free > 0);
    }
}
