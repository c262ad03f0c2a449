//! Buckets on Amazon S3 and S3-compatible servers.

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{
    Builder, ProvideCredentials as _, Region, RequestChecksumCalculation,
    ResponseChecksumValidation,
};
use aws_types::SdkConfig;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use storage::{ObjectStore, ObjectStores, StoreError};
use storage_s3::{S3Options, S3Store, Versioning};
use tokio::sync::Mutex;
use url::Url;

/// How long the credential chain may search.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens buckets, and answers questions about them.
#[async_trait]
pub trait BucketService: ObjectStores {
    /// Whether the credential chain finds credentials within 10 s.
    async fn has_credentials(&self) -> bool;

    /// Returns the actual region of a bucket, whatever addresses say. `None` if the server does not
    /// report regions.
    ///
    /// # Errors
    /// If the bucket does not exist or cannot be reached.
    async fn region(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Whether a bucket keeps old versions of its objects.
    ///
    /// # Errors
    /// If the credentials do not allow the question, or the bucket cannot be reached.
    async fn versioning(&self, name: &str, region: Option<&str>) -> Result<Versioning, StoreError>;

    /// Returns a bucket in the given region, or else in that of the configuration. Sends nothing
    /// yet, and does not use the clients that [`bucket`](ObjectStores::bucket) caches.
    fn at(&self, name: &str, region: Option<&str>) -> Arc<dyn ObjectStore>;
}

/// Opens buckets on Amazon S3, or on the server at `endpoint`, with the credentials, time limits and
/// retries of `config`. Sends nothing yet.
#[inline(never)]
pub fn s3(config: SdkConfig, endpoint: Option<Url>) -> Arc<dyn BucketService> {
    Arc::new(S3Buckets {
        config,
        endpoint,
        open: Mutex::default(),
    })
}

struct S3Buckets {
    config: SdkConfig,
    endpoint: Option<Url>,
    open: Mutex<HashMap<String, Arc<dyn ObjectStore>>>,
}

impl std::fmt::Debug for S3Buckets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3Buckets")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

impl S3Buckets {
    fn client(&self, region: Option<&str>) -> Client {
        let mut config = Builder::from(&self.config);
        if let Some(endpoint) = &self.endpoint {
            // Many S3-compatible servers support neither virtual hosts nor the newer checksums.
            config = config
                .endpoint_url(endpoint.as_str())
                .force_path_style(true)
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        }
        if let Some(region) = region {
            config = config.region(Region::new(region.to_owned()));
        }
        Client::from_conf(config.build())
    }
}

#[async_trait]
impl BucketService for S3Buckets {
    async fn has_credentials(&self) -> bool {
        let Some(provider) = self.config.credentials_provider() else {
            return false;
        };
        let provided = tokio::time::timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials());
        matches!(provided.await, Ok(Ok(_)))
    }

    async fn region(&self, name: &str) -> Result<Option<String>, StoreError> {
        storage_s3::bucket_region(&self.client(None), name).await
    }

    async fn versioning(&self, name: &str, region: Option<&str>) -> Result<Versioning, StoreError> {
        storage_s3::bucket_versioning(&self.client(region), name).await
    }

    fn at(&self, name: &str, region: Option<&str>) -> Arc<dyn ObjectStore> {
        Arc::new(S3Store::new(
            self.client(region),
            name,
            S3Options::default(),
        ))
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
        let region = match (&self.endpoint, region) {
            // A custom endpoint has one region, whatever region an old address names.
            (Some(_), _) => None,
            (None, Some(region)) => Some(region.to_owned()),
            (None, None) => self.region(name).await?,
        };
        let store = self.at(name, region.as_deref());
        open.insert(name.to_owned(), store.clone());
        Ok(store)
    }
}
