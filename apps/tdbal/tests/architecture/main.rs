//! Structure of the workspace: imports inside crates, sizes, and dependencies between crates.
//!
//! Reads only source text, `cargo metadata` and `cargo tree`; nothing is compiled. Each failing test
//! lists everything that breaks its rule, and each test checks that it saw a plausible number of
//! files or crates, so it cannot pass by looking at the wrong folder.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a failed assumption should stop the test"
)]

mod circles;
mod guide;
mod modules;
mod resolve;
mod sample;
mod source;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use workspace::{Package, Workspace, dependency_tree};

/// Maximum number of lines of a source file.
const MAX_LINES_PER_FILE: usize = 500;

/// Maximum number of source files directly in a folder, outside `tests` folders.
const MAX_FILES_PER_FOLDER: usize = 15;

/// Maximum number of lines in the `src` folder of a crate, without `tests.rs` files and `tests`
/// folders. Inline test modules count.
const MAX_LINES_PER_CRATE: usize = 6_000;

/// Crates whose size does not matter, because they are not part of the program.
const UNLIMITED_CRATES: &[&str] = &["test-support"];

/// Layers from the bottom up. A crate may depend on crates of lower layers only.
const LAYERS: &[&[&str]] = &[
    &["tdbal-types"],
    &["storage"],
    &["journal", "services"],
    &["dataset", "results"],
    &["evaluation"],
    &["run-plan"],
    // Settings are values: nothing that changes data may be needed to resolve them.
    &["execution", "settings"],
    &["doctor"],
    &["pipeline"],
    &["render"],
    &["tdbal", "tdbal-core"],
];

/// Crates that only compute: no network and no asynchronous code.
const PURE_CRATES: &[&str] = &[
    "tdbal-types",
    "manifest",
    "balance-planner",
    "composite",
    "evidence",
    "verdict",
    "calibration",
    "selection",
];

/// Packages that no pure crate may depend on, directly or indirectly. `*` stands for any ending.
const IMPURE_PACKAGES: &[&str] = &["tokio", "reqwest", "aws-*"];

/// Every library crate: what the program and `tdbal-core` may use.
const LIBRARIES: &[&str] = &[
    "actor-lock",
    "balance-planner",
    "calibration",
    "composite",
    "dataset",
    "doctor",
    "evaluation",
    "evidence",
    "execution",
    "http-support",
    "journal",
    "manifest",
    "pipeline",
    "render",
    "replicate-gen",
    "results",
    "run-plan",
    "selection",
    "services",
    "settings",
    "storage",
    "storage-s3",
    "tdbal-types",
    "verdict",
    "vision-eval",
];

/// Every crate of the workspace and the workspace crates it may have as normal dependencies.
const ALLOWED_DEPENDENCIES: &[(&str, &[&str])] = &[
    ("tdbal-types", &[]),
    // Pure crates.
    ("manifest", &["tdbal-types"]),
    ("balance-planner", &["tdbal-types"]),
    ("composite", &["tdbal-types"]),
    ("evidence", &["tdbal-types"]),
    ("calibration", &["tdbal-types"]),
    ("selection", &["tdbal-types"]),
    ("verdict", &["balance-planner", "evidence", "tdbal-types"]),
    // Stores and services.
    ("storage", &["tdbal-types"]),
    ("storage-s3", &["storage", "tdbal-types"]),
    ("actor-lock", &["storage", "tdbal-types"]),
    ("http-support", &["tdbal-types"]),
    ("vision-eval", &["http-support", "tdbal-types"]),
    ("replicate-gen", &["http-support", "tdbal-types"]),
    (
        "services",
        &[
            "http-support",
            "replicate-gen",
            "storage",
            "storage-s3",
            "vision-eval",
        ],
    ),
    // Readable without a model, a generator or the pipeline, so other programs can read runs.
    ("journal", &["storage", "tdbal-types"]),
    (
        "dataset",
        &[
            "evidence",
            "journal",
            "manifest",
            "storage",
            "tdbal-types",
            "verdict",
        ],
    ),
    ("results", &["storage", "tdbal-types", "verdict"]),
    // Reads only: without locks and without the generator it cannot change a set.
    (
        "evaluation",
        &[
            "balance-planner",
            "composite",
            "dataset",
            "evidence",
            "journal",
            "manifest",
            "results",
            "storage",
            "tdbal-types",
            "verdict",
            "vision-eval",
        ],
    ),
    // Readable, shown and checked without the code that applies it.
    (
        "run-plan",
        &[
            "balance-planner",
            "dataset",
            "evaluation",
            "journal",
            "replicate-gen",
            "results",
            "storage",
            "tdbal-types",
            "verdict",
            "vision-eval",
        ],
    ),
    (
        "settings",
        &[
            "balance-planner",
            "composite",
            "dataset",
            "evidence",
            "http-support",
            "replicate-gen",
            "run-plan",
            "storage",
            "tdbal-types",
            "verdict",
            "vision-eval",
        ],
    ),
    (
        "execution",
        &[
            "actor-lock",
            "balance-planner",
            "composite",
            "dataset",
            "evaluation",
            "evidence",
            "journal",
            "manifest",
            "replicate-gen",
            "results",
            "run-plan",
            "storage",
            "tdbal-types",
            "verdict",
            "vision-eval",
        ],
    ),
    (
        "doctor",
        &[
            "actor-lock",
            "composite",
            "dataset",
            "evaluation",
            "evidence",
            "execution",
            "journal",
            "manifest",
            "replicate-gen",
            "results",
            "run-plan",
            "storage",
            "tdbal-types",
            "verdict",
            "vision-eval",
        ],
    ),
    (
        "pipeline",
        &[
            "actor-lock",
            "balance-planner",
            "calibration",
            "composite",
            "dataset",
            "doctor",
            "evaluation",
            "evidence",
            "execution",
            "journal",
            "manifest",
            "replicate-gen",
            "results",
            "run-plan",
            "storage",
            "tdbal-types",
            "verdict",
            "vision-eval",
        ],
    ),
    (
        "render",
        &[
            "balance-planner",
            "calibration",
            "dataset",
            "doctor",
            "evaluation",
            "execution",
            "pipeline",
            "results",
            "run-plan",
            "storage",
            "tdbal-types",
            "vision-eval",
        ],
    ),
    ("tdbal", LIBRARIES),
    ("tdbal-core", LIBRARIES),
    // For tests: a dev-dependency everywhere, so no crate may list it as a normal one.
    ("test-support", &["tdbal-types"]),
];

/// Smallest plausible numbers of crates and source files.
const FEWEST_CRATES: usize = 17;
const FEWEST_FILES: usize = 450;
const FEWEST_SOURCE_FILES: usize = 300;

/// Fails with all `problems`, one per line, if there are any.
#[track_caller]
fn assert_none(rule: &str, problems: &[String]) {
    assert!(
        problems.is_empty(),
        "{rule}; {} found:\n{}",
        match problems.len() {
            1 => "1 problem".to_owned(),
            count => format!("{count} problems"),
        },
        problems.join("\n")
    );
}

#[test]
fn files_of_a_crate_do_not_import_in_circles() {
    let workspace = Workspace::load();
    let (mut files, mut imports, mut problems) = (0, 0, Vec::new());
    for package in &workspace.packages {
        let mut unread: BTreeSet<_> = package.source_files().into_iter().collect();
        for root in &package.roots {
            let tree = modules::Tree::read(root);
            let uses = resolve::uses(&tree);
            for file in tree.files.iter().chain(&tree.test_files) {
                unread.remove(file);
            }
            files += tree.files.len();
            imports += uses.len();
            problems.extend(circles::describe(&tree, &uses, |file| workspace.name(file)));
        }
        assert!(unread.is_empty(), "no module declares {unread:?}");
    }
    assert!(files >= FEWEST_SOURCE_FILES, "only {files} files");
    assert!(imports >= 2 * FEWEST_SOURCE_FILES, "only {imports} imports");
    assert_none("no file may use a file that uses it", &problems);
}

#[test]
fn source_files_are_within_the_line_limit() {
    let workspace = Workspace::load();
    let (mut files, mut problems) = (0, Vec::new());
    for file in workspace.packages.iter().flat_map(Package::all_files) {
        files += 1;
        let lines = workspace::lines(&file);
        if lines > MAX_LINES_PER_FILE {
            problems.push(format!("{}: {lines} lines", workspace.name(&file)));
        }
    }
    assert!(files >= FEWEST_FILES, "only {files} files");
    let rule = format!("a file may have at most {MAX_LINES_PER_FILE} lines");
    assert_none(&rule, &problems);
}

#[test]
fn folders_are_within_the_file_limit() {
    let workspace = Workspace::load();
    let mut folders: BTreeMap<_, usize> = BTreeMap::new();
    for file in workspace.packages.iter().flat_map(Package::all_files) {
        let folder = file.parent().unwrap().to_owned();
        if folder.components().all(|part| part.as_os_str() != "tests") {
            *folders.entry(folder).or_default() += 1;
        }
    }
    assert!(folders.len() >= 2 * FEWEST_CRATES, "only {}", folders.len());
    let problems: Vec<String> = folders
        .iter()
        .filter(|(_, files)| **files > MAX_FILES_PER_FOLDER)
        .map(|(folder, files)| format!("{}: {files} files", workspace.name(folder)))
        .collect();
    let rule = format!("a folder may have at most {MAX_FILES_PER_FOLDER} .rs files");
    assert_none(&rule, &problems);
}

#[test]
fn crates_are_within_the_line_limit() {
    let workspace = Workspace::load();
    let (mut crates, mut problems) = (0, Vec::new());
    for package in &workspace.packages {
        crates += 1;
        let files = package.program_files();
        let lines: usize = files.iter().map(|file| workspace::lines(file)).sum();
        if lines > MAX_LINES_PER_CRATE && !UNLIMITED_CRATES.contains(&package.name.as_str()) {
            problems.push(format!("{}: {lines} lines", package.name));
        }
    }
    assert!(crates >= FEWEST_CRATES, "only {crates} crates");
    let rule = format!("a crate may have at most {MAX_LINES_PER_CRATE} lines outside its tests");
    assert_none(&rule, &problems);
}

#[test]
fn crates_depend_on_lower_layers_only() {
    let workspace = Workspace::load();
    let layer = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    let (mut crates, mut problems) = (0, Vec::new());
    for package in &workspace.packages {
        let Some(own) = layer(&package.name) else {
            continue;
        };
        crates += 1;
        // Indirect dependencies count: a crate outside the layers must not hide one.
        for dependency in workspace.indirect_dependencies(&package.name) {
            if layer(&dependency).is_some_and(|other| other >= own) {
                problems.push(format!("{} depends on {dependency}", package.name));
            }
        }
    }
    assert!(crates >= 5, "only {crates} crates in layers");
    assert_none("a crate may depend on lower layers only", &problems);
}

#[test]
fn crates_depend_on_allowed_crates_only() {
    let workspace = Workspace::load();
    let allowed: BTreeMap<_, _> = ALLOWED_DEPENDENCIES.iter().copied().collect();
    let listed = LAYERS.iter().copied().flatten().chain(PURE_CRATES);
    for name in listed.chain(UNLIMITED_CRATES) {
        assert!(allowed.contains_key(name), "{name}: misspelt or not listed");
    }
    let (mut dependencies, mut problems) = (0, Vec::new());
    for package in &workspace.packages {
        let Some(allowed) = allowed.get(package.name.as_str()) else {
            problems.push(format!("{}: not in ALLOWED_DEPENDENCIES", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            dependencies += 1;
            if !allowed.contains(&dependency.as_str()) {
                problems.push(format!("{} depends on {dependency}", package.name));
            }
        }
    }
    let missing = allowed
        .keys()
        .filter(|name| workspace.package(name).is_none());
    problems.extend(missing.map(|name| format!("{name}: allowed, but not in the workspace")));
    assert!(workspace.packages.len() >= FEWEST_CRATES);
    assert!(dependencies >= 40, "only {dependencies} dependencies");
    assert_none("a crate may depend on allowed crates only", &problems);
}

#[test]
fn pure_crates_do_not_depend_on_network_or_runtime() {
    let (mut crates, mut packages, mut problems) = (0, 0, Vec::new());
    for name in PURE_CRATES {
        crates += 1;
        let tree = dependency_tree(name);
        assert!(tree.contains(*name), "{name} is missing from its own tree");
        packages += tree.len();
        for package in tree {
            let is_impure = IMPURE_PACKAGES
                .iter()
                .any(|impure| match impure.strip_suffix('*') {
                    Some(start) => package.starts_with(start),
                    None => package == *impure,
                });
            if is_impure {
                problems.push(format!("{name} depends on {package}"));
            }
        }
    }
    assert_eq!(crates, PURE_CRATES.len(), "pure crates");
    assert!(packages >= 100, "only {packages} packages");
    assert_none(
        "pure crates may not use the network or a runtime",
        &problems,
    );
}
