//! Rewrites `fixtures/`, or writes the same files to the folder given as the first argument.

use std::path::PathBuf;
use test_support::{fixture_set, fixtures};

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(fixtures::fixtures_dir, PathBuf::from);
    for part in ["data", "replies", "generated"] {
        match std::fs::remove_dir_all(folder.join(part)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fixture_set::write(&folder)
}
