//! S3 credentials: from the environment, or from Amazon's credential chain.

use crate::environment::{self as env, Environment};
use crate::settings::Settings;
use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use services::{BucketService, Versioning};
use std::sync::Arc;
use std::time::Duration;
use storage::{ObjectStore, ObjectStores, StoreError};

/// The ways to provide credentials, for the message that there are none.
const CREDENTIALS: &str = "AWS_ACCESS_KEY and AWS_ACCESS_SECRET (or AWS_ACCESS_KEY_ID and \
     AWS_SECRET_ACCESS_KEY, a profile, or a role)";
/// Time limit for one attempt of a call.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// Time limit for a call with all its attempts.
const OPERATION_TIMEOUT: Duration = Duration::from_mins(2);
/// How long an upload or download may stall before it is aborted.
const STALL_TIMEOUT: Duration = Duration::from_secs(20);
/// Maximum number of attempts of a call.
const MAX_ATTEMPTS: u32 = 5;
/// The region to ask first where a bucket is, as every AWS client does.
const FALLBACK_REGION: &str = "us-east-1";

/// Opens buckets on Amazon S3, or on the endpoint of the settings, and knows which credentials are
/// missing.
#[derive(Debug)]
pub(crate) struct S3Buckets {
    buckets: Arc<dyn BucketService>,
    /// The variable that is missing where only half of a pair is set.
    missing_half: Option<String>,
}

/// Returns the credentials in the environment: those under Amazon's names, or else those under the
/// names that the original system (the scripts that tdbal replaces) used. The key ID of one pair is
/// never combined with the secret of the other.
///
/// # Errors
/// The name of the missing variable, if only half of a pair is set.
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
    /// Prepares to open buckets. Sends nothing yet.
    pub(crate) async fn new(settings: &Settings, environment: &Environment) -> Self {
        let (credentials, missing_half) = match credentials(environment) {
            Ok(credentials) => (credentials, None),
            Err(name) => (None, Some(name)),
        };
        let config = aws_configuration(settings.region.clone(), credentials).await;
        Self {
            buckets: services::s3(config, settings.endpoint.clone()),
            missing_half,
        }
    }

    /// Returns what has to be set before a bucket can be opened, or `None` if there are credentials.
    pub(crate) async fn missing_credentials(&self) -> Option<String> {
        if let Some(name) = &self.missing_half {
            return Some(name.clone());
        }
        let found = self.buckets.has_credentials().await;
        (!found).then(|| CREDENTIALS.to_owned())
    }

    /// Returns the actual region of a bucket; `None` if the server does not report regions.
    ///
    /// # Errors
    /// If the bucket does not exist or cannot be reached.
    pub(crate) async fn region(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.buckets.region(name).await
    }

    /// Whether a bucket keeps old versions of its objects.
    ///
    /// # Errors
    /// If the credentials do not allow the question, or the bucket cannot be reached.
    pub(crate) async fn versioning(
        &self,
        name: &str,
        region: Option<&str>,
    ) -> Result<Versioning, StoreError> {
        self.buckets.versioning(name, region).await
    }

    /// Returns a bucket in the given region, whatever addresses say.
    pub(crate) fn at(&self, name: &str, region: Option<&str>) -> Arc<dyn ObjectStore> {
        self.buckets.at(name, region)
    }
}

async fn aws_configuration(region: Option<String>, credentials: Option<Credentials>) -> SdkConfig {
    let region = region.unwrap_or_else(|| FALLBACK_REGION.to_owned());
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region))
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
        .stalled_stream_protection(
            StalledStreamProtectionConfig::enabled()
                .grace_period(STALL_TIMEOUT)
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
    loader.load().await
}

#[async_trait]
impl ObjectStores for S3Buckets {
    async fn bucket(
        &self,
        name: &str,
        region: Option<&str>,
    ) -> Result<Arc<dyn ObjectStore>, StoreError> {
        self.buckets.bucket(name, region).await
    }
}

/// For commands that use no bucket: opening one fails with a message about credentials.
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
    fn both_pairs_of_names_are_read_and_never_mixed() {
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
