//! A working folder copied from the golden files, to run the program in.

use crate::services::Services;
use assert_cmd::Command;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Version that wrote the golden files of these tests.
pub(crate) const VERSION: &str = "0.1.0";

/// Placeholder for the absolute path of the working folder.
const PLACEHOLDER: &str = "[FOLDER]";

/// Files by their path, with `/` between the parts.
pub(crate) type Tree = BTreeMap<String, Vec<u8>>;

/// The folder of the golden files.
pub(crate) fn golden_dir() -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    fixtures.join("golden").join(VERSION)
}

/// How a state relates to an earlier one, as in `states.json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Origin {
    /// The earlier state; the folder of this one has only new and changed files.
    pub(crate) from: Option<String>,
    /// Files of the earlier state that this one lacks.
    pub(crate) removed: BTreeSet<String>,
}

/// The states and their origins.
pub(crate) fn origins() -> BTreeMap<String, Origin> {
    let text = std::fs::read(golden_dir().join("states.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// The golden files of a state.
pub(crate) fn golden(state: &str) -> Tree {
    let origin = origins().remove(state).unwrap();
    let mut files = origin.from.map(|from| golden(&from)).unwrap_or_default();
    for name in origin.removed {
        assert!(files.remove(&name).is_some(), "{state}: {name}");
    }
    files.extend(tree(&golden_dir().join(state)));
    files
}

/// Status and output of a command.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A temporary working folder.
pub(crate) struct Folder {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        Self { folder, path }
    }

    /// A copy of a state of the golden files.
    pub(crate) fn of(state: &str) -> Self {
        Self::of_tree(&golden(state))
    }

    /// A folder with these files, the placeholder for its path filled in.
    pub(crate) fn of_tree(files: &Tree) -> Self {
        let folder = Self::new();
        for (name, bytes) in files {
            let bytes = match text(name, bytes) {
                Some(text) => text.replace(PLACEHOLDER, &folder.own()).into_bytes(),
                None => bytes.clone(),
            };
            folder.write(name, &bytes);
        }
        folder
    }

    fn own(&self) -> String {
        self.path.display().to_string()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    pub(crate) fn remove(&self, name: &str) {
        let path = self.path(name);
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else {
            std::fs::remove_file(path).unwrap();
        }
    }

    /// Every file below this folder, its own path replaced by the placeholder. Lock files are left
    /// out, since they are empty, and composites, which are large and never read again; their digests
    /// are in `sent.rs`.
    pub(crate) fn tree(&self) -> Tree {
        assert!(self.folder.path().exists());
        let own = self.own();
        let mut files = tree(&self.path);
        files.retain(|name, _| {
            let is_lock = name.ends_with("lock");
            !is_lock && !name.contains("_composite")
        });
        for (name, bytes) in &mut files {
            if let Some(text) = text(name, bytes) {
                *bytes = text.replace(&own, PLACEHOLDER).into_bytes();
            }
        }
        files
    }

    /// A command for the program, with only the environment that it needs.
    pub(crate) fn tdbal(&self, services: &Services, args: &[&str]) -> Command {
        let mut command = Command::cargo_bin("tdbal").unwrap();
        command
            .current_dir(&self.path)
            .args(args)
            .env_clear()
            .env("USER", "ada")
            .env("HOSTNAME", "golden")
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(services.environment());
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, services: &Services, args: &[&str]) -> Ended {
        ended(&mut self.tdbal(services, args))
    }

    /// Runs the program, which must exit with 0. Returns its output.
    pub(crate) fn run_well(&self, services: &Services, args: &[&str]) -> String {
        let Ended { code, out, err } = self.run(services, args);
        assert_eq!(code, Some(0), "{args:?}:\n{out}{err}");
        out
    }

    /// Like `run_well` with `--json`; returns the parsed output.
    pub(crate) fn run_json(&self, services: &Services, args: &[&str]) -> Value {
        let args = [args, &["--json"]].concat();
        let out = self.run_well(services, &args);
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{args:?}: {error}: {out}"))
    }
}

/// Runs a command to its end.
pub(crate) fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// The text of a file, unless it is a picture.
pub(crate) fn text<'a>(name: &str, bytes: &'a [u8]) -> Option<&'a str> {
    let is_text = has_ending(name, &["json", "jsonl", "toml", "md", "svg"]);
    is_text.then(|| std::str::from_utf8(bytes).unwrap())
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    let extension = Path::new(name).extension().and_then(OsStr::to_str);
    extension.is_some_and(|extension| endings.contains(&extension))
}

fn tree(root: &Path) -> Tree {
    let (mut found, mut folders) = (Tree::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder);
        for entry in entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(root).unwrap();
                let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
                found.insert(parts.join("/"), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// All golden files of the version, as they are in the repository, without the README.
pub(crate) fn tree_of_version() -> Tree {
    tree(&golden_dir())
}
