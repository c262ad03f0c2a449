//! Checks folders on this machine: whether they are writable, how much space is free, and which
//! temporary files a crash left behind.

use crate::finding::{Finding, Problem};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A disk with less free space than this many bytes is nearly full: 1 GiB, some hundreds of pictures.
const LITTLE_SPACE: u64 = 1 << 30;

/// Prefix and suffix of the names of temporary files.
const TEMPORARY: (&str, &str) = (".tdbal-", ".tmp");

/// Checks whether a folder is writable, by creating a temporary file and deleting it. For a folder
/// that does not exist its nearest existing ancestor is checked. `token` makes the file's name unique.
pub fn check_writable(folder: &Path, token: &str) -> Option<Finding> {
    let folder_on_disk = existing(folder);
    let (prefix, suffix) = TEMPORARY;
    let file = folder_on_disk.join(format!("{prefix}doctor-{token}{suffix}"));
    let tried = File::create_new(&file).and_then(|made| {
        drop(made);
        fs::remove_file(&file)
    });
    let error = tried.err()?;
    Some(Finding {
        actor: None,
        problem: Problem::NotWritable {
            folder: folder.display().to_string(),
            problem: error.to_string(),
        },
    })
}

/// Returns the folder, or its nearest ancestor that exists.
pub fn existing(folder: &Path) -> PathBuf {
    let mut there = folder;
    loop {
        if there.as_os_str().is_empty() {
            return PathBuf::from(".");
        }
        if fs::symlink_metadata(there).is_ok() {
            return there.to_owned();
        }
        match there.parent() {
            Some(parent) => there = parent,
            None => return there.to_owned(),
        }
    }
}

/// Checks whether a disk with this many free bytes is nearly full: less than 1 GiB free.
pub fn check_space(folder: &Path, free_bytes: u64) -> Option<Finding> {
    (free_bytes < LITTLE_SPACE).then(|| Finding {
        actor: None,
        problem: Problem::LittleSpace {
            folder: folder.display().to_string(),
            free_bytes,
        },
    })
}

/// Finds temporary files anywhere below a folder, sorted by path. Links are not followed. Folders that
/// cannot be listed are skipped; other checks report them.
pub fn half_written(folder: &Path) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.filter_map(io::Result::ok) {
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let (prefix, suffix) = TEMPORARY;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if name.starts_with(prefix) && name.ends_with(suffix) {
                found.push(entry.path().display().to_string());
            }
        }
    }
    found.sort_unstable();
    let findings = found.into_iter().map(|path| Finding {
        actor: None,
        problem: Problem::HalfWritten { path },
    });
    findings.collect()
}
