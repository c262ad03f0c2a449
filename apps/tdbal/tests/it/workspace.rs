//! A temporary folder to run the program in, with an empty environment.

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use test_support::fixtures::fixtures_dir;

/// A temporary working folder.
pub(crate) struct Workspace {
    folder: tempfile::TempDir,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A folder with the demonstration set as `data/` and its recordings as `replies/` and `generated/`.
    pub(crate) fn with_fixtures() -> Self {
        let workspace = Self::new();
        for part in ["data", "replies", "generated"] {
            copy(&fixtures_dir().join(part), &workspace.path(part));
        }
        workspace
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// A command for the program in this folder, with an empty environment.
    pub(crate) fn tdbal(&self, args: &[&str]) -> Command {
        let mut command = Command::cargo_bin("tdbal").unwrap();
        command.env_clear().env("AWS_EC2_METADATA_DISABLED", "true");
        command.current_dir(self.folder.path()).args(args);
        command
    }

    /// Runs the program. Returns exit status, standard output and standard error, with paths and times
    /// replaced.
    pub(crate) fn run(&self, args: &[&str]) -> (i32, String, String) {
        let output = self.tdbal(args).output().unwrap();
        let text = |bytes: Vec<u8>| self.stable(&String::from_utf8(bytes).unwrap());
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    /// Every file below a folder with its bytes.
    pub(crate) fn tree(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let root = self.path(name);
        let (mut found, mut folders) = (BTreeMap::new(), vec![root.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let below = path.strip_prefix(&root).unwrap().display().to_string();
                    found.insert(below, std::fs::read(path).unwrap());
                }
            }
        }
        found
    }

    /// Copies a folder to another name.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        copy(&self.path(from), &self.path(to));
    }

    fn stable(&self, text: &str) -> String {
        let folder = self.folder.path().display().to_string();
        let text = text.replace(&folder, "[FOLDER]");
        text.lines()
            .map(|line| {
                if line.starts_with(" Time ") {
                    " Time [TIME]"
                } else {
                    line
                }
            })
            .fold(String::new(), |mut all, line| {
                all.push_str(line);
                all.push('\n');
                all
            })
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
