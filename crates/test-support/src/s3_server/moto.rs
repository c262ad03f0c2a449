//! moto, an independent S3 emulator, if it is installed (`pip install 'moto[server]'`).

use aws_sdk_s3::Client;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use tokio::sync::oneshot;

/// Environment variable that, when set to `1`, makes tests fail instead of skip if moto is not
/// installed.
pub const REQUIRE_SERVERS: &str = "TDBAL_REQUIRE_SERVERS";

/// Separate moto process that keeps objects in memory. Dropping it stops the process.
#[derive(Debug)]
pub struct Moto {
    endpoint: String,
    process: Child,
}

/// Starts moto on a free port. If it is not installed, prints a line to stderr and returns `None`;
/// the caller should skip its test.
///
/// # Panics
/// Panics if moto is installed but does not start, or if it is not installed and
/// [`REQUIRE_SERVERS`] is `1`.
pub async fn start() -> Option<Moto> {
    let started = Command::new("moto_server")
        .args(["-H", "127.0.0.1", "-p", "0"])
        // Makes moto print the line with its address at once.
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
    let output = process.stderr.take().expect("stderr is piped");
    let (sender, endpoint) = oneshot::channel();
    std::thread::spawn(move || follow(output, sender));
    match endpoint.await {
        Ok(endpoint) => Some(Moto { endpoint, process }),
        Err(_) => {
            let status = process.wait().expect("an exited process has a status");
            // 127 is the shell's status for a missing command. The shims of version managers exist
            // even if the program does not, and exit with it.
            assert!(
                status.code() == Some(127),
                "moto_server exited before serving requests: {status}"
            );
            skip("command not found");
            None
        }
    }
}

/// Sends the address once moto prints it, then keeps reading: moto logs every request and would
/// block on a full pipe.
fn follow(output: impl std::io::Read, sender: oneshot::Sender<String>) {
    let mut sender = Some(sender);
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if let Some((_, address)) = line.split_once("Running on ")
            && let Some(sender) = sender.take()
        {
            // Fails only if the test has already ended.
            let _ = sender.send(address.trim().to_owned());
        }
    }
}

fn skip(error: &str) {
    let required = std::env::var(REQUIRE_SERVERS).is_ok_and(|value| value == "1");
    assert!(
        !required,
        "cannot start moto_server, which {REQUIRE_SERVERS}=1 requires: {error}"
    );
    // Not `eprintln!`: the test harness captures it, so a skip would go unnoticed.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: cannot start moto_server ({error}); install it with: pip install 'moto[server]'"
    );
}

impl Moto {
    /// Returns the endpoint URL, without a trailing slash.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns a client for this server; see [`client`](super::client). moto accepts any keys.
    pub fn client(&self) -> Client {
        super::client(&self.endpoint)
    }

    /// Creates an empty bucket.
    ///
    /// # Panics
    /// Panics if moto responds with an error.
    pub async fn create_bucket(&self, name: &str) {
        use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
        let region = BucketLocationConstraint::from(super::REGION);
        let settings = CreateBucketConfiguration::builder()
            .location_constraint(region)
            .build();
        let request = self.client().create_bucket().bucket(name);
        let made = request.create_bucket_configuration(settings).send().await;
        made.expect("creating the bucket succeeds");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // Fails only if the process has already exited.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
