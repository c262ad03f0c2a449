//! moto, a server that imitates Amazon's, where it is installed (`pip install 'moto[server]'`).

use aws_sdk_s3::Client;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use tokio::sync::oneshot;

/// Set to 1, this environment variable turns "moto is not installed: skipped" into a failure.
pub const REQUIRE_SERVERS: &str = "TDBAL_REQUIRE_SERVERS";

/// A moto server of its own, with its objects in memory. It ends when it is dropped.
#[derive(Debug)]
pub struct Moto {
    endpoint: String,
    process: Child,
}

/// Starts moto on a free port. Where it is not installed: says so on stderr, past what a test
/// runner captures, and gives `None`.
///
/// # Panics
/// When it is installed and does not start, and when it is not installed and [`REQUIRE_SERVERS`]
/// is 1.
pub async fn start() -> Option<Moto> {
    let started = Command::new("moto_server")
        .args(["-H", "127.0.0.1", "-p", "0"])
        .env("PYTHONUNBUFFERED", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut process = match started {
        Ok(process) => process,
        Err(error) => {
            skip(&error.to_string());
            return None;
        }
    };
    let output = process.stderr.take().expect("stderr was piped");
    let (sender, endpoint) = oneshot::channel();
    std::thread::spawn(move || follow(output, sender));
    match endpoint.await {
        Ok(endpoint) => Some(Moto { endpoint, process }),
        Err(_) => {
            let status = process.wait().expect("a process that ended has a status");
            // A version manager's stand-in for a program that is not installed ends like a shell.
            assert!(
                status.code() == Some(127),
                "moto_server ended before it served: {status}"
            );
            skip("no such command");
            None
        }
    }
}

/// Tells the address as soon as moto does, and reads on: moto logs each request and would stop on a
/// full pipe.
fn follow(output: impl std::io::Read, sender: oneshot::Sender<String>) {
    let mut sender = Some(sender);
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if let Some((_, address)) = line.split_once("Running on ")
            && let Some(sender) = sender.take()
        {
            // Nobody listens any more where the test has ended.
            let _ = sender.send(address.trim().to_owned());
        }
    }
}

fn skip(error: &str) {
    let required = std::env::var(REQUIRE_SERVERS).is_ok_and(|value| value == "1");
    assert!(
        !required,
        "{REQUIRE_SERVERS} is 1 and moto_server cannot be started: {error}"
    );
    // Not `eprintln!`, which the test runner hides for tests that pass.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: a test on moto_server, which cannot be started ({error}); \
         install it with: pip install 'moto[server]'"
    );
}

impl Moto {
    /// The URL to set as endpoint, without a slash at its end.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A client that tries each call once. moto takes any keys.
    pub fn client(&self) -> Client {
        super::client(&self.endpoint)
    }

    /// Makes an empty bucket.
    ///
    /// # Panics
    /// When moto refuses.
    pub async fn create_bucket(&self, name: &str) {
        use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
        let region = BucketLocationConstraint::from(super::REGION);
        let settings = CreateBucketConfiguration::builder()
            .location_constraint(region)
            .build();
        let request = self.client().create_bucket().bucket(name);
        let made = request.create_bucket_configuration(settings).send().await;
        made.expect("a new bucket");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
