//! Packages that a crate must not depend on.

use std::process::Command;

/// All packages that a package depends on, and itself.
fn tree(package: &str) -> Vec<String> {
    list(package, &[])
}

fn list(package: &str, more: &[&str]) -> Vec<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "tree",
            "--package",
            package,
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--offline",
        ])
        .args(["--format", "{p}"])
        .args(more)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let name = |line: &str| line.split(' ').next().map(str::to_owned);
    text.lines().filter_map(name).collect()
}

#[test]
fn no_crate_depends_on_forbidden_packages() {
    let outside = [
        "tokio",
        "reqwest",
        "hyper",
        "aws-sdk-s3",
        "aws-config",
        "clap",
        "dotenvy",
    ];
    let vendors = [
        "storage-s3",
        "reqwest",
        "aws-sdk-s3",
        "aws-config",
        "clap",
        "indicatif",
    ];
    let rules: [(&str, &[&str]); 17] = [
        ("tdbal-types", &outside),
        ("manifest", &outside),
        ("balance-planner", &outside),
        ("composite", &outside),
        ("evidence", &outside),
        ("verdict", &outside),
        ("calibration", &outside),
        ("selection", &outside),
        ("pipeline", &vendors),
        ("run-plan", &vendors),
        ("render", &vendors),
        // Clients are made from plain values; the program reads credentials and flags.
        ("services", &["aws-config", "clap", "dotenvy", "indicatif"]),
        // Settings are resolved from plain values, without a store.
        (
            "settings",
            &["aws-sdk-s3", "aws-config", "clap", "dotenvy", "storage-s3"],
        ),
        ("storage", &["aws-sdk-s3", "aws-config", "reqwest", "clap"]),
        ("storage-s3", &["aws-config", "dotenvy", "clap"]),
        ("vision-eval", &["reqwest", "clap", "dotenvy", "aws-config"]),
        (
            "replicate-gen",
            &["reqwest", "clap", "dotenvy", "aws-config"],
        ),
    ];
    for (package, absent) in rules {
        let packages = tree(package);
        assert!(
            packages.iter().any(|name| name == package),
            "the tree of {package} was not read"
        );
        for name in absent {
            assert!(
                !packages.iter().any(|seen| seen == name),
                "{package} depends on {name}"
            );
        }
    }
    // The clock of the shared types is passed in, so they need no runtime.
    assert_eq!(
        direct("tdbal-types"),
        ["jiff", "rand", "serde", "thiserror"],
        "tdbal-types depends on these crates only"
    );
}

/// Direct dependencies of a package.
fn direct(package: &str) -> Vec<String> {
    let mut names = list(package, &["--depth", "1"]);
    names.retain(|name| name != package);
    names.sort();
    names
}

#[test]
fn no_library_reads_the_environment_or_ends_the_process() {
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates");
    let mut files = 0;
    for entry in std::fs::read_dir(&crates).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() == "test-support" {
            continue;
        }
        files += check(&entry.path().join("src"));
    }
    assert!(files > 80, "only {files} files were read");
}

fn check(folder: &std::path::Path) -> usize {
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += check(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files += 1;
            let text = std::fs::read_to_string(&path).unwrap();
            for forbidden in ["env::var", "env::vars", "process::exit", "SystemTime::now"] {
                assert!(
                    !text.contains(forbidden),
                    "{} has {forbidden}",
                    path.display()
                );
            }
        }
    }
    files
}
