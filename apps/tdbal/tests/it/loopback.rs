//! A working folder with services on loopback: a model that reads its sheets, and a generator.

use crate::workspace::Workspace;
use std::process::{Child, Command, Stdio};
use tdbal_types::ClassCounts;
use test_support::dataset::DataSet;
use test_support::openai::FakeOpenAi;
use test_support::replicate::FakeReplicate;
use test_support::s3_server;

const SETTINGS: &str = "[replicate]\nfirst_pause_seconds = 0.01\nlongest_pause_seconds = 0.05\n\
                        lost_order_gap_s = 0.0\n\
                        [retry]\nbase_delay_seconds = 0.01\nmax_delay_seconds = 0.02\n";

/// A working folder with its services.
pub(crate) struct Services {
    pub(crate) workspace: Workspace,
    pub(crate) data: DataSet,
    pub(crate) openai: FakeOpenAi,
    pub(crate) replicate: FakeReplicate,
}

/// Counts per class.
pub(crate) fn counts(
    photorealistic: usize,
    bw_stylized: usize,
    color_stylized: usize,
) -> ClassCounts {
    ClassCounts {
        photorealistic,
        bw_stylized,
        color_stylized,
    }
}

impl Services {
    pub(crate) fn new() -> Self {
        let workspace = Workspace::new();
        workspace.write("tdbal.toml", SETTINGS);
        let data = DataSet::new(workspace.path("data"));
        let openai = FakeOpenAi::start_blocking();
        let replicate = FakeReplicate::start_blocking();
        Self {
            workspace,
            data,
            openai,
            replicate,
        }
    }

    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        [
            ("OPENAI_API_KEY", "sk-test-secret".to_owned()),
            ("OPENAI_BASE_URL", self.openai.base_url()),
            ("REPLICATE_API_TOKEN", "r8-test-secret".to_owned()),
            ("REPLICATE_BASE_URL", self.replicate.base_url()),
            ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    pub(crate) fn run(&self, args: &[&str], more: &[(&str, &str)]) -> (i32, String, String) {
        let mut command = self.workspace.tdbal(args);
        command.envs(self.environment()).envs(more.iter().copied());
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        for secret in ["sk-test-secret", "r8-test-secret", s3_server::SECRET_KEY] {
            assert!(
                !out.contains(secret) && !err.contains(secret),
                "a secret was shown"
            );
        }
        (output.status.code().unwrap(), out, err)
    }

    /// Starts a run without waiting for it.
    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        self.spawn_with(args, &[])
    }

    /// Like [`Services::spawn`], with more environment variables.
    pub(crate) fn spawn_with(&self, args: &[&str], more: &[(&str, &str)]) -> Child {
        Command::new(assert_cmd::cargo::cargo_bin("tdbal"))
            .args(args)
            .current_dir(self.workspace.path(""))
            .env_clear()
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.environment())
            .envs(more.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// Waits until a condition holds while a run is at work.
pub(crate) fn wait_for(child: &mut Child, what: impl Fn() -> bool) {
    while !what() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too soon");
        std::thread::yield_now();
    }
}

/// Environment variables for an S3 server, with the names of the original system.
pub(crate) fn with_s3(server: &s3_server::S3Server) -> Vec<(&str, &str)> {
    vec![
        ("AWS_ACCESS_KEY", s3_server::ACCESS_KEY),
        ("AWS_ACCESS_SECRET", s3_server::SECRET_KEY),
        ("AWS_REGION", s3_server::REGION),
        ("AWS_ENDPOINT_URL_S3", server.endpoint()),
    ]
}
