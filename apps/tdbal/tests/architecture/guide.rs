//! `docs/ARCHITECTURE.md` names only paths that exist: a move must not leave its readers searching.

use crate::workspace::Workspace;
use std::fs;

/// Smallest plausible number of paths.
const FEWEST_PATHS: usize = 40;

#[test]
fn every_path_in_the_guide_exists() {
    let root = Workspace::load().root;
    let guide = fs::read_to_string(root.join("docs/ARCHITECTURE.md")).unwrap();
    let quoted = guide.split('`').skip(1).step_by(2);
    let is_path = |text: &&str| text.contains("/src/") || text.starts_with("apps/");
    let paths: Vec<&str> = quoted.filter(is_path).collect();
    assert!(paths.len() >= FEWEST_PATHS, "only {} paths", paths.len());

    // A path without a top folder is below `crates`.
    let is_missing = |path: &str| {
        let crates = root.join("crates").join(path);
        // A module may be a file or a folder: `journal/src/run/state` names both.
        !(root.join(path).exists() || crates.exists() || crates.with_extension("rs").exists())
    };
    let missing = paths.iter().filter(|path| is_missing(path));
    let problems: Vec<String> = missing.map(|path| (*path).to_owned()).collect();
    crate::assert_none("every path in docs/ARCHITECTURE.md must exist", &problems);
}
