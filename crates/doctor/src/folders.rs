//! Folders of this machine: whether they can be written to, and what a crash left in them.

use crate::finding::{Finding, Problem};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Below so many free bytes a disk is nearly full: 1 GiB, some hundreds of pictures.
const LITTLE_SPACE: u64 = 1 << 30;

/// How the names of files begin and end that are being written, or that a crash left.
const UNFINISHED: (&str, &str) = (".tdbal-", ".tmp");

/// Tries whether files can be made in a folder, or where it would be made; `token` makes the name of
/// the file that is tried with its own. Nothing is left behind.
pub fn check_writable(folder: &Path, token: &str) -> Option<Finding> {
    let there = existing(folder);
    let (begin, end) = UNFINISHED;
    let file = there.join(format!("{begin}doctor-{token}{end}"));
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

/// The folder, or the nearest one above it that there is.
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

/// Whether what is free on a disk, in bytes, is little.
pub fn check_space(folder: &Path, free_bytes: u64) -> Option<Finding> {
    (free_bytes < LITTLE_SPACE).then(|| Finding {
        actor: None,
        problem: Problem::LittleSpace {
            folder: folder.display().to_string(),
            free_bytes,
        },
    })
}

/// Half-written files anywhere below a folder, sorted; links are not followed. What cannot be listed
/// is passed over: others tell of it.
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
            let (begin, end) = UNFINISHED;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if name.starts_with(begin) && name.ends_with(end) {
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
