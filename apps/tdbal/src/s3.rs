//! Opens buckets: credentials, regions and endpoints become clients here, and nowhere else.

use crate::environment::{self as env, Environment};
use crate::settings::Settings;
use async_trait::async_trait;
use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{
    Credentials, ProvideCredentials as _, RequestChecksumCalculation, ResponseChecksumValidation,
    StalledStreamProtectionConfig,
};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use storage::{ObjectStore, ObjectStores, StoreError};
use storage_s3::{S3Options, S3Store, Versioning};
use tokio::sync::Mutex;

/// How the absence of credentials is told.
const CREDENTIALS: &str = "AWS_ACCESS_KEY and AWS_ACCESS_SECRET (or AWS_ACCESS_KEY_ID and \
     AWS_SECRET_ACCESS_KEY, a profile, or a role)";
/// Time for one attempt of a call.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// Time for a call with all its attempts.
const OPERATION_TIMEOUT: Duration = Duration::from_mins(2);
/// How long the credential chain may search.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(10);
/// Where buckets are whose region nothing tells, as with every AWS client.
const FALLBACK_REGION: &str = "us-east-1";

/// Opens buckets on Amazon S3, or on the endpoint of the settings.
pub(crate) struct S3Buckets {
    config: SdkConfig,
    endpoint: Option<url::Url>,
    /// The half of a pair of variables that is missing.
    half_set: Option<String>,
    open: Mutex<HashMap<String, Arc<dyn ObjectStore>>>,
}

impl std::fmt::Debug for S3Buckets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3Buckets")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// Credentials from the environment: Amazon's names, else the original system's. Never the id of one
/// family with the secret of the other.
///
/// # Errors
/// The name of the variable that is missing, where only half of a family is set.
fn credentials(environment: &Environment) -> Result<Option<Credentials>, String> {
    let families = [
        (
            env::AWS_ACCESS_KEY_ID,
            env::AWS_SECRET_ACCESS_KEY,
            env::AWS_SESSION_TOKEN,
        ),
        (env::AWS_ACCESS_KEY, env::AWS_ACCESS_SECRET, ""),
    ];
    for (id, secret, token) in families {
        match (environment.get(id), environment.get(secret)) {
            (Some(id), Some(secret)) => {
                let token = environment.get(token).map(str::to_owned);
                return Ok(Some(Credentials::new(
                    id,
                    secret,
                    token,
                    None,
                    "tdbal-environment",
                )));
            }
            (Some(_), None) => return Err(format!("{secret} (because {id} is set)")),
            (None, Some(_)) => return Err(format!("{id} (because {secret} is set)")),
            (None, None) => {}
        }
    }
    Ok(None)
}

impl S3Buckets {
    /// Makes ready to open buckets. Nothing is asked for yet.
    pub(crate) async fn new(settings: &Settings, environment: &Environment) -> Self {
        let (credentials, half_set) = match credentials(environment) {
            Ok(credentials) => (credentials, None),
            Err(name) => (None, Some(name)),
        };
        let region = settings
            .region
            .clone()
            .unwrap_or_else(|| FALLBACK_REGION.to_owned());
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region))
            .retry_config(RetryConfig::standard().with_max_attempts(5))
            .stalled_stream_protection(
                StalledStreamProtectionConfig::enabled()
                    .grace_period(Duration::from_secs(20))
                    .build(),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .operation_timeout(OPERATION_TIMEOUT)
                    .build(),
            );
        if let Some(credentials) = credentials {
            loader = loader.credentials_provider(credentials);
        }
        if let Some(endpoint) = &settings.endpoint {
            loader = loader.endpoint_url(endpoint.as_str());
        }
        let config = loader.load().await;
        Self {
            config,
            endpoint: settings.endpoint.clone(),
            half_set,
            open: Mutex::default(),
        }
    }

    /// What is missing before a bucket can be opened; nothing if the chain of credentials ends in
    /// some.
    pub(crate) async fn missing_credentials(&self) -> Option<String> {
        if let Some(name) = &self.half_set {
            return Some(name.clone());
        }
        let found = self.has_credentials().await;
        (!found).then(|| CREDENTIALS.to_owned())
    }

    async fn has_credentials(&self) -> bool {
        let Some(provider) = self.config.credentials_provider() else {
            return false;
        };
        let provided = tokio::time::timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials());
        matches!(provided.await, Ok(Ok(_)))
    }

    /// Where a bucket is, whatever is said of it; none where the server does not tell.
    ///
    /// # Errors
    /// When the bucket does not exist or cannot be reached.
    pub(crate) async fn region(&self, name: &str) -> Result<Option<String>, StoreError> {
        storage_s3::bucket_region(&self.client(None), name).await
    }

    /// Whether a bucket keeps versions.
    ///
    /// # Errors
    /// When that may not be asked, or the bucket cannot be reached.
    pub(crate) async fn versioning(
        &self,
        name: &str,
        region: Option<&str>,
    ) -> Result<Versioning, StoreError> {
        storage_s3::bucket_versioning(&self.client(region), name).await
    }

    /// A bucket in that region, whatever is said of it elsewhere.
    pub(crate) fn at(&self, name: &str, region: Option<&str>) -> S3Store {
        S3Store::new(self.client(region), name, S3Options::default())
    }

    fn client(&self, region: Option<&str>) -> Client {
        let mut config = aws_sdk_s3::config::Builder::from(&self.config);
        if let Some(region) = region {
            config = config.region(Region::new(region.to_owned()));
        }
        if self.endpoint.is_some() {
            // Servers other than Amazon's often know neither virtual hosts nor the newer checksums.
            config = config
                .force_path_style(true)
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        }
        Client::from_conf(config.build())
    }
}

#[async_trait]
impl ObjectStores for S3Buckets {
    async fn bucket(
        &self,
        name: &str,
        region: Option<&str>,
    ) -> Result<Arc<dyn ObjectStore>, StoreError> {
        let mut open = self.open.lock().await;
        if let Some(store) = open.get(name) {
            return Ok(store.clone());
        }
        // An endpoint of our own has its one region, whatever an old address says.
        let region = match (&self.endpoint, region) {
            (Some(_), _) => None,
            (None, Some(region)) => Some(region.to_owned()),
            (None, None) => storage_s3::bucket_region(&self.client(None), name).await?,
        };
        let client = self.client(region.as_deref());
        let store: Arc<dyn ObjectStore> =
            Arc::new(S3Store::new(client, name, S3Options::default()));
        open.insert(name.to_owned(), store.clone());
        Ok(store)
    }
}

/// Stands where no bucket is expected to be needed; opening one is an error that says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoBuckets;

#[async_trait]
impl ObjectStores for NoBuckets {
    async fn bucket(
        &self,
        name: &str,
        _region: Option<&str>,
    ) -> Result<Arc<dyn ObjectStore>, StoreError> {
        Err(StoreError::Unavailable {
            store: format!("s3://{name}"),
            problem: "there are no S3 credentials: set AWS_ACCESS_KEY and AWS_ACCESS_SECRET".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let environment: Environment = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        credentials(&environment).map(|found| found.map(|c| c.access_key_id().to_owned()))
    }

    #[test]
    fn both_families_are_taken_and_never_mixed() {
        let amazon = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
        let old = [("AWS_ACCESS_KEY", "c"), ("AWS_ACCESS_SECRET", "d")];
        assert_eq!(found(&amazon), Ok(Some("a".into())));
        assert_eq!(found(&old), Ok(Some("c".into())));
        assert_eq!(found(&[amazon, old].concat()), Ok(Some("a".into())));
        assert_eq!(found(&[]), Ok(None));
        let mixed = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_ACCESS_SECRET", "d")];
        assert_eq!(
            found(&mixed),
            Err("AWS_SECRET_ACCESS_KEY (because AWS_ACCESS_KEY_ID is set)".into())
        );
    }
}
