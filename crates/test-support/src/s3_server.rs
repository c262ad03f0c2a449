//! Servers that speak S3, on loopback, for tests.
//!
//! [`start`] runs one inside the process, on files in a temporary folder; it needs nothing
//! installed. [`moto::start`] runs moto where that is installed.

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

/// The access key that the servers here take.
pub const ACCESS_KEY: &str = "AKIATDBALTEST";

/// The secret that goes with [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "not-a-secret-only-for-tests";

/// The region that the clients here sign for.
pub const REGION: &str = "us-west-1";

/// An S3 server inside this process, on threads of its own. It ends when it is dropped, and its
/// files with it.
///
/// Conditional PUT, COPY and DELETE are honest, also among racing writers. Versioning, tagging and
/// ETags in lists are missing; a key can be at most about 150 bytes long.
#[derive(Debug)]
pub struct S3Server {
    endpoint: String,
    root: TempDir,
    hook: Hook,
    faults: Arc<Faults>,
    /// Taken when the server ends.
    runtime: Option<Runtime>,
}

/// The same as [`start_blocking`].
#[expect(
    clippy::unused_async,
    reason = "the servers of this crate are started in the same way"
)]
pub async fn start() -> S3Server {
    start_blocking()
}

/// Starts a server without buckets on a free port.
///
/// # Panics
/// When there is no port, no thread or no temporary folder to be had.
pub fn start_blocking() -> S3Server {
    let root = TempDir::new().expect("a temporary folder");
    let mut builder = S3ServiceBuilder::new(ConditionalFiles::new(root.path()));
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let frontend = Frontend {
        service: builder.build(),
        hook: Hook::default(),
        faults: Arc::default(),
    };
    let (hook, faults) = (frontend.hook.clone(), Arc::clone(&frontend.faults));

    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener
        .local_addr()
        .expect("a bound listener has an address");
    listener
        .set_nonblocking(true)
        .expect("a listener that does not block");
    // Two threads, so that racing writers are served at the same time.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a bound listener");
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

    /// Shows every request to `watcher`, when it has arrived and once more when it is done, in place
    /// of whatever looked on before. It runs on a thread of the server, and the request waits for
    /// it.
    pub fn on_request(&self, watcher: impl Fn(&SeenRequest) + Send + Sync + 'static) {
        self.hook.set(watcher);
    }

    /// The next `times` requests of a method whose path holds `path_part` get this fault, after all
    /// that was laid down for them before.
    pub fn fail_next(&self, times: usize, method: &str, path_part: &str, fault: S3Fault) {
        self.faults.add(times, method, path_part, fault);
    }

    /// Forgets all faults that were laid down and not met.
    pub fn forget_faults(&self) {
        self.faults.forget();
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
        if let Some(runtime) = self.runtime.take() {
            // A runtime that waits for its end must not be dropped by a task.
            runtime.shutdown_background();
        }
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
