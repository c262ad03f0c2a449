//! Servers that speak S3, on loopback, for tests.
//!
//! [`start`] runs one inside the process, on files in a temporary folder; it needs nothing
//! installed. [`moto::start`] runs moto where that is installed.

mod honest;
pub mod moto;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use honest::HonestFiles;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The access key that the servers here take.
pub const ACCESS_KEY: &str = "AKIATDBALTEST";

/// The secret that goes with [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "not-a-secret-only-for-tests";

/// The region that the clients here sign for.
pub const REGION: &str = "us-west-1";

/// An S3 server inside this process. It ends when it is dropped, and its files with it.
///
/// Conditional PUT, COPY and DELETE are honest, also among racing writers. Versioning, tagging and
/// ETags in lists are missing; a key can be at most about 150 bytes long.
#[derive(Debug)]
pub struct S3Server {
    endpoint: String,
    root: TempDir,
    accepting: JoinHandle<()>,
}

/// Starts a server without buckets on a free port.
///
/// # Panics
/// When there is no port or no temporary folder to be had.
pub async fn start() -> S3Server {
    let root = TempDir::new().expect("a temporary folder");
    let files = HonestFiles::new(root.path());
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a free port");
    let address = listener
        .local_addr()
        .expect("a bound listener has an address");
    let accepting = tokio::spawn(accept(listener, builder.build()));
    S3Server {
        endpoint: format!("http://{address}"),
        root,
        accepting,
    }
}

async fn accept(listener: TcpListener, service: S3Service) {
    let server = auto::Builder::new(TokioExecutor::new());
    // The connections are in this task, so that they end with it.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let connection = server
            .serve_connection(TokioIo::new(socket), service.clone())
            .into_owned();
        connections.spawn(async move {
            // A client that hangs up is no fault of the server.
            let _ = connection.await;
        });
    }
}

impl S3Server {
    /// The URL to set as endpoint, without a slash at its end. Path style only.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A client with the right keys that tries each call once.
    pub fn client(&self) -> Client {
        client(&self.endpoint)
    }

    /// The folder whose sub-folders are the buckets.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The file that an object is. To look at; write through [`client`](Self::client).
    pub fn file(&self, bucket: &str, key: &str) -> PathBuf {
        self.root.path().join(bucket).join(key)
    }

    /// Makes an empty bucket.
    ///
    /// # Panics
    /// When there is one of that name.
    pub fn create_bucket(&self, name: &str) {
        std::fs::create_dir(self.root.path().join(name)).expect("a new bucket");
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// A client for `endpoint` with the keys of this module, path style, which tries each call once and
/// waits ten seconds at most.
pub fn client(endpoint: &str) -> Client {
    let limits = TimeoutConfig::builder()
        .operation_timeout(Duration::from_secs(10))
        .build();
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new(
            ACCESS_KEY, SECRET_KEY, None, None, "tests",
        ))
        .force_path_style(true)
        .retry_config(RetryConfig::disabled())
        .timeout_config(limits)
        .build();
    Client::from_conf(config)
}
