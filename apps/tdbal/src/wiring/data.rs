//! Opens the data, with its journals and locks.

use super::missing::Missing;
use crate::environment::Environment;
use crate::s3::{NoBuckets, S3Buckets};
use crate::settings::Settings;
use actor_lock::{ActorLocks, FileLocks, LeaseLocks, LeaseSettings};
use anyhow::Context as _;
use dataset::layout::STATE;
use execution::{BucketLocks, DataFolder, Process};
use journal::{FolderJournals, ObjectJournals};
use std::path::Path;
use std::sync::Arc;
use storage::{DataLocation, LocalStore, ObjectStore, ObjectStores, Prefixed};
use tdbal_types::time::Clock;

/// Opens the data. Credentials are checked only if the data itself is in a bucket; a run that needs
/// other buckets checks them later.
///
/// # Errors
/// If the data is in a bucket that cannot be opened.
pub(crate) async fn data_folder(
    settings: &Settings,
    environment: &Environment,
    process: &Process,
    missing: &mut Missing,
) -> anyhow::Result<(DataFolder, Arc<S3Buckets>)> {
    let buckets = Arc::new(S3Buckets::new(settings, environment).await);
    let leases = Leases::new(settings, process);
    let folder = match &settings.data {
        DataLocation::Folder(path) => in_folder(path, settings, buckets.clone(), leases),
        DataLocation::Bucket { bucket, prefix } => {
            if let Some(what) = buckets.missing_credentials().await {
                missing.push(what);
                // Without credentials the data cannot be listed, so nothing else can be checked.
                std::mem::take(missing).check()?;
            }
            let whole = buckets.bucket(bucket, settings.region.as_deref()).await?;
            in_bucket(whole, bucket, prefix, settings, buckets.clone(), leases)?
        }
    };
    #[cfg(debug_assertions)]
    let folder = super::fail_points::armed(folder, environment)?;
    Ok((folder, buckets))
}

fn in_folder(
    path: &Path,
    settings: &Settings,
    buckets: Arc<S3Buckets>,
    leases: Leases,
) -> DataFolder {
    let whole = std::fs::canonicalize(path).or_else(|_| std::path::absolute(path));
    let identity = whole.unwrap_or_else(|_| path.to_owned());
    let state = path.join(STATE);
    DataFolder {
        store: Arc::new(LocalStore::new(path)),
        identity: identity.display().to_string(),
        path_prefix: path_prefix(path),
        in_bucket: None,
        buckets,
        endpoints: settings.endpoint.clone().into_iter().collect(),
        journals: Arc::new(FolderJournals::new(&state)),
        locks: Arc::new(FileLocks::new(state)),
        bucket_locks: leases.of_buckets(),
    }
}

fn in_bucket(
    whole: Arc<dyn ObjectStore>,
    bucket: &str,
    prefix: &str,
    settings: &Settings,
    buckets: Arc<S3Buckets>,
    leases: Leases,
) -> anyhow::Result<DataFolder> {
    let state = if prefix.is_empty() {
        STATE.to_owned()
    } else {
        format!("{prefix}/{STATE}")
    };
    let store: Arc<dyn ObjectStore> = if prefix.is_empty() {
        whole.clone()
    } else {
        Arc::new(Prefixed::new(whole.clone(), prefix).context("data_dir")?)
    };
    Ok(DataFolder {
        store,
        identity: match &settings.endpoint {
            Some(endpoint) => format!("{endpoint}{bucket}/{prefix}"),
            None => format!("s3://{bucket}/{prefix}"),
        },
        path_prefix: "data".to_owned(),
        in_bucket: Some((bucket.to_owned(), prefix.to_owned())),
        buckets,
        endpoints: settings.endpoint.clone().into_iter().collect(),
        journals: Arc::new(ObjectJournals::new(whole.clone(), &state)),
        locks: leases.in_store(whole, &state),
        bucket_locks: leases.of_buckets(),
    })
}

/// Returns the start of every `local_path` in manifests: the path of the data folder if it is below
/// the working folder, or else only its name.
fn path_prefix(path: &Path) -> String {
    let name = || {
        path.file_name()
            .map_or_else(|| "data".into(), |name| name.to_string_lossy())
    };
    let text = path.to_string_lossy();
    let text = text.trim_start_matches("./").trim_end_matches('/');
    if path.is_absolute() || text.is_empty() || text.contains("..") {
        name().into_owned()
    } else {
        text.to_owned()
    }
}

/// Opens a data folder for a command that uses no bucket.
pub(crate) fn offline_data(path: &Path) -> DataFolder {
    DataFolder::local(path, Arc::new(NoBuckets))
}

/// Creates locks that are objects in a bucket.
#[derive(Clone)]
struct Leases {
    settings: LeaseSettings,
    process: Process,
}

impl Leases {
    fn new(settings: &Settings, process: &Process) -> Self {
        let time_to_live = settings.lock.time_to_live;
        Self {
            settings: LeaseSettings {
                time_to_live,
                renew_every: time_to_live / 3,
            },
            process: process.clone(),
        }
    }

    fn in_store(&self, store: Arc<dyn ObjectStore>, prefix: &str) -> Arc<dyn ActorLocks> {
        let clock = Clock::system();
        let own = self.process.clone();
        Arc::new(LeaseLocks::new(
            store,
            prefix,
            self.settings,
            Arc::new(move || clock.now()),
            Arc::new(move |holder| super::process::is_alive(holder, &own)),
        ))
    }

    fn of_buckets(self) -> BucketLocks {
        BucketLocks::new(move |bucket| self.in_store(bucket, STATE))
    }
}
