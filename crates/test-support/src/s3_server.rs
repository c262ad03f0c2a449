//! S3 servers on loopback.
//!
//! [`start`] runs a server inside the test process that stores objects as files in a temporary
//! folder; it needs nothing installed. [`moto::start`] runs moto, if that is installed.

mod conditional_files;
mod faults;
mod frontend;
pub mod moto;

use crate::traffic::{Hook, SeenRequest};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use conditional_files::ConditionalFiles;
use faults::Faults;
use frontend::Frontend;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub use faults::S3Fault;

/// Access key that the servers accept.
pub const ACCESS_KEY: &str = "AKIATDBALTEST";

/// Secret key for [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "not-a-secret-only-for-tests";

/// Region that the clients sign requests for.
pub const REGION: &str = "us-west-1";

/// S3 server inside this process, on its own threads. Dropping it stops the server and deletes its
/// files.
///
/// Conditional PUT, COPY and DELETE work as on Amazon S3, even if writers race. Versioning, tagging
/// and ETags in listings are missing. Keys are limited to about 150 bytes.
#[derive(Debug)]
pub struct S3Server {
    endpoint: String,
    root: TempDir,
    hook: Hook,
    faults: Arc<Faults>,
    /// Taken out when the server is dropped.
    runtime: Option<Runtime>,
}

/// Starts a server; see [`start_blocking`].
#[expect(
    clippy::unused_async,
    reason = "all servers of this crate start with an async function of this name"
)]
pub async fn start() -> S3Server {
    start_blocking()
}

/// Starts a server without buckets on a free port.
///
/// # Panics
/// Panics if no port, thread or temporary folder is available.
pub fn start_blocking() -> S3Server {
    let root = TempDir::new().expect("creating a temporary folder succeeds");
    let mut builder = S3ServiceBuilder::new(ConditionalFiles::new(root.path()));
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let frontend = Frontend {
        service: builder.build(),
        hook: Hook::default(),
        faults: Arc::default(),
    };
    let (hook, faults) = (frontend.hook.clone(), Arc::clone(&frontend.faults));

    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let address = listener
        .local_addr()
        .expect("a bound listener has an address");
    listener
        .set_nonblocking(true)
        .expect("switching to non-blocking mode succeeds");
    // Two threads, because tests of racing writers need requests to run in parallel.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("starting a runtime succeeds");
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).expect("the listener is bound");
        frontend::serve(listener, frontend).await;
    });
    S3Server {
        endpoint: format!("http://{address}"),
        root,
        hook,
        faults,
        runtime: Some(runtime),
    }
}

impl S3Server {
    /// Returns the endpoint URL, without a trailing slash. Only path-style requests work.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns a client for this server; see [`client`].
    pub fn client(&self) -> Client {
        client(&self.endpoint)
    }

    /// Returns the folder whose subfolders are the buckets.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// Returns the path of the file that holds an object. Only for reading; to write, use
    /// [`client`](Self::client).
    pub fn file(&self, bucket: &str, key: &str) -> PathBuf {
        self.root.path().join(bucket).join(key)
    }

    /// Calls `watcher` twice for every request: when it has arrived and when it has been carried
    /// out.
    ///
    /// Replaces the previous watcher. It runs on a thread of the server, and the request waits for
    /// it.
    pub fn on_request(&self, watcher: impl Fn(&SeenRequest) + Send + Sync + 'static) {
        self.hook.set(watcher);
    }

    /// Makes the next `times` requests with this method and a path that contains `path_part` fail.
    ///
    /// Faults queue up: earlier ones that match the same request are used first.
    pub fn fail_next(&self, times: usize, method: &str, path_part: &str, fault: S3Fault) {
        self.faults.add(times, method, path_part, fault);
    }

    /// Removes all faults that have not been used yet.
    pub fn forget_faults(&self) {
        self.faults.forget();
    }

    /// Creates an empty bucket.
    ///
    /// # Panics
    /// Panics if the bucket exists.
    pub fn create_bucket(&self, name: &str) {
        std::fs::create_dir(self.root.path().join(name)).expect("the bucket is new");
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropping a runtime blocks, which panics inside an asynchronous test.
            runtime.shutdown_background();
        }
    }
}

/// Creates a path-style client for `endpoint` with the keys of this module. It does not retry, and
/// calls time out after 10 seconds.
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
