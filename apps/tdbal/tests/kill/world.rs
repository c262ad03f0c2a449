//! A data set with its services, and the program run on it.

use crate::journal_reader::JournalReader;
use crate::template::{BUCKET, Kind, TARGET, Template};
use crate::trap::{Ended, Trap};
use journal::{FolderJournals, ObjectJournals};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use storage::LocalStore;
use storage::place::PlaceStore;
use tempfile::TempDir;
use test_support::openai::FakeOpenAi;
use test_support::replicate::FakeReplicate;
use test_support::s3_server::{self, S3Server};

/// Prefix of a data folder in a bucket.
const PREFIX: &str = "d";

/// Settings with short waiting times.
const SETTINGS: &str = "\
attempts = 3
control_every = 0
[lock]
time_to_live_s = 30.0
patience_s = 0.0
[replicate]
first_pause_seconds = 0.002
longest_pause_seconds = 0.01
lost_order_gap_s = 0.0
[retry]
base_delay_seconds = 0.001
max_delay_seconds = 0.002
";

/// Servers that several worlds share.
pub(crate) struct Servers {
    pub(crate) s3: S3Server,
    worlds: AtomicUsize,
}

impl Servers {
    pub(crate) fn start() -> Self {
        Self {
            s3: s3_server::start_blocking(),
            worlds: AtomicUsize::new(0),
        }
    }
}

/// A data set with a model and a generator of its own.
pub(crate) struct World<'a> {
    pub(crate) servers: &'a Servers,
    pub(crate) openai: FakeOpenAi,
    pub(crate) replicate: FakeReplicate,
    pub(crate) kind: Kind,
    pub(crate) template: &'static Template,
    pub(crate) bucket: String,
    folder: TempDir,
}

impl<'a> World<'a> {
    pub(crate) fn new(servers: &'a Servers, kind: Kind) -> Self {
        let number = servers.worlds.fetch_add(1, Ordering::SeqCst);
        let replicate = FakeReplicate::start_blocking();
        replicate.set_polls(0);
        let world = Self {
            servers,
            openai: FakeOpenAi::start_blocking(),
            replicate,
            kind,
            template: Template::of(kind),
            bucket: format!("kill-{number}"),
            folder: fast_folder(),
        };
        servers.s3.create_bucket(&world.bucket);
        world.write_data();
        let data_dir = match kind {
            Kind::Folder | Kind::Objects => "data".to_owned(),
            Kind::Bucket => format!("s3://{}/{PREFIX}", world.bucket),
        };
        let settings =
            format!("data_dir = \"{data_dir}\"\njobs = 2\ntarget = \"{TARGET}\"\n{SETTINGS}");
        write(&world.path("tdbal.toml"), settings.as_bytes());
        world
    }

    fn write_data(&self) {
        for (name, bytes) in &self.template.files {
            let path = self.data().join(name);
            if path.extension().is_some_and(|ending| ending == "json") {
                let text = String::from_utf8(bytes.clone()).unwrap();
                write(&path, text.replace(BUCKET, &self.bucket).as_bytes());
            } else {
                write(&path, bytes);
            }
        }
        for (key, bytes) in &self.template.objects {
            write(&self.objects().join(key), bytes);
        }
    }

    /// A path in the working folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The data folder; for one in a bucket, the folder in which the server keeps its objects.
    pub(crate) fn data(&self) -> PathBuf {
        match self.kind {
            Kind::Folder | Kind::Objects => self.path("data"),
            Kind::Bucket => self.objects().join(PREFIX),
        }
    }

    /// The folder in which the server keeps the bucket's objects.
    pub(crate) fn objects(&self) -> PathBuf {
        self.servers.s3.root().join(&self.bucket)
    }

    /// The bytes at a place that a journal names.
    pub(crate) fn bytes(&self, store: &PlaceStore, key: &str) -> Option<Vec<u8>> {
        let root = match store {
            PlaceStore::Data => self.data(),
            PlaceStore::Bucket { name, .. } => self.servers.s3.root().join(name),
        };
        std::fs::read(root.join(key)).ok()
    }

    /// The journals.
    pub(crate) fn journals(&self) -> JournalReader {
        let state = self.data().join(dataset::layout::STATE);
        JournalReader::new(match self.kind {
            Kind::Folder | Kind::Objects => Box::new(FolderJournals::new(state)),
            Kind::Bucket => Box::new(ObjectJournals::new(Arc::new(LocalStore::new(state)), "")),
        })
    }

    /// A command for the program, with only the environment that it needs.
    pub(crate) fn tdbal(&self, args: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("tdbal"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.environment());
        command
    }

    /// A command for the program inside another one, which gets these arguments first.
    pub(crate) fn inside(&self, outer: &str, before: &[&str], args: &[&str]) -> Command {
        let program = self.tdbal(args);
        let mut command = Command::new(outer);
        command
            .args(before)
            .arg(program.get_program())
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.environment());
        command
    }

    /// The environment that the program needs.
    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("OPENAI_API_KEY", "sk-test-secret".to_owned()),
            ("OPENAI_BASE_URL", self.openai.base_url()),
            ("REPLICATE_API_TOKEN", "r8-test-secret".to_owned()),
            ("REPLICATE_BASE_URL", self.replicate.base_url()),
            ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
            ("AWS_ACCESS_KEY_ID", s3_server::ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", s3_server::SECRET_KEY.to_owned()),
            ("AWS_REGION", s3_server::REGION.to_owned()),
            ("AWS_ENDPOINT_URL_S3", self.servers.s3.endpoint().to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// Runs a command with a trap that sees all its requests.
    pub(crate) fn run_in(&self, trap: &Arc<Trap>, command: Command) -> Ended {
        let watcher = || {
            let trap = Arc::clone(trap);
            move |request: &_| trap.see(request)
        };
        self.openai.on_request(watcher());
        self.servers.s3.on_request(watcher());
        self.replicate.on_request(watcher());
        trap.run(command)
    }

    /// Runs the program undisturbed.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        self.run_in(&Trap::open(), self.tdbal(args))
    }

    /// Runs the program, which must exit with 0.
    pub(crate) fn run_well(&self, args: &[&str]) -> Ended {
        let ended = self.run(args);
        assert_eq!(
            ended.code(),
            Some(0),
            "{args:?}: {}{}",
            ended.out,
            ended.err
        );
        ended
    }
}

/// A temporary folder, in memory if possible: files there outlive a killed process too.
fn fast_folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// Prints to standard error, past the capture of the test runner.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}
