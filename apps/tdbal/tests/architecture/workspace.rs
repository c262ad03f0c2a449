//! Packages of the workspace, their files and dependencies.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A package of the workspace.
pub(crate) struct Package {
    pub(crate) name: String,
    folder: PathBuf,
    /// Root files of the library and the binaries.
    pub(crate) roots: Vec<PathBuf>,
    /// Names of the workspace packages among the normal dependencies, including optional ones.
    pub(crate) dependencies: BTreeSet<String>,
}

/// All packages under `crates/` and `apps/`.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) packages: Vec<Package>,
}

impl Workspace {
    /// Reads the workspace this test belongs to.
    pub(crate) fn load() -> Self {
        let output = cargo(&[
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ]);
        let metadata: Value = serde_json::from_str(&output).unwrap();
        let listed = metadata["packages"].as_array().unwrap();
        let names: BTreeSet<&str> = listed
            .iter()
            .map(|package| text(&package["name"]))
            .collect();
        let packages = listed.iter().map(|package| read_package(package, &names));
        Self {
            root: PathBuf::from(text(&metadata["workspace_root"])),
            packages: packages.collect(),
        }
    }

    /// Returns a path relative to the workspace root, for messages.
    pub(crate) fn name(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.root).unwrap_or(path);
        relative.display().to_string()
    }

    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }

    /// Returns the workspace packages that a package depends on, directly or indirectly.
    pub(crate) fn indirect_dependencies(&self, name: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![name.to_owned()];
        while let Some(next) = open.pop() {
            let package = self.package(&next).unwrap();
            for dependency in &package.dependencies {
                if found.insert(dependency.clone()) {
                    open.push(dependency.clone());
                }
            }
        }
        found
    }
}

impl Package {
    /// Returns all `.rs` files below `src`, sorted.
    pub(crate) fn source_files(&self) -> Vec<PathBuf> {
        rust_files(&self.folder.join("src"))
    }

    /// Returns the files below `src`, without `tests.rs` files and without those in `tests` folders.
    pub(crate) fn program_files(&self) -> Vec<PathBuf> {
        let source = self.folder.join("src");
        let mut files = self.source_files();
        files.retain(|file| {
            let inside = file.strip_prefix(&source).unwrap();
            inside
                .components()
                .all(|part| part.as_os_str() != "tests" && part.as_os_str() != "tests.rs")
        });
        files
    }

    /// Returns all `.rs` files of the package, including tests, examples and benchmarks.
    pub(crate) fn all_files(&self) -> Vec<PathBuf> {
        rust_files(&self.folder)
    }
}

/// Returns the names of all packages in the normal dependency tree of a package, itself included.
pub(crate) fn dependency_tree(name: &str) -> BTreeSet<String> {
    let tree = [
        "tree",
        "-e",
        "normal",
        "--all-features",
        "--offline",
        "--prefix",
        "none",
    ];
    let tree = cargo(&[tree.as_slice(), &["--format", "{p}", "-p", name]].concat());
    let names = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    names.map(ToOwned::to_owned).collect()
}

/// Returns the number of lines of a file.
pub(crate) fn lines(file: &Path) -> usize {
    fs::read_to_string(file).unwrap().lines().count()
}

fn read_package(package: &Value, names: &BTreeSet<&str>) -> Package {
    let manifest = Path::new(text(&package["manifest_path"]));
    let targets = package["targets"].as_array().unwrap().iter();
    let roots = targets.filter(|target| {
        let kinds = target["kind"].as_array().unwrap();
        kinds.iter().any(|kind| kind == "lib" || kind == "bin")
    });
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    // The kind of a normal dependency is null.
    let normal = dependencies.filter(|dependency| dependency["kind"].is_null());
    Package {
        name: text(&package["name"]).to_owned(),
        folder: manifest.parent().unwrap().to_owned(),
        roots: roots
            .map(|target| text(&target["src_path"]).into())
            .collect(),
        dependencies: normal
            .map(|dependency| text(&dependency["name"]))
            .filter(|name| names.contains(name))
            .map(ToOwned::to_owned)
            .collect(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Runs cargo in the workspace and returns what it prints.
fn cargo(arguments: &[&str]) -> String {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}
