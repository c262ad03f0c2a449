//! Makes one sheet for each folder of pictures: `sheets FOLDER... -o OUTDIR [--jobs N]`.
//!
//! This is what `tdbal sheet` does with this crate, for `benches/compare.sh` to measure. Pictures
//! are in the order of their file names, and each sheet is named after its folder.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "an example does not handle every error"
)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use composite::{Cell, Limits, PictureError, SheetOptions, sheet, thumbnail};
use tdbal_types::SheetNumber;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let Some((folders, out, jobs)) = arguments() else {
        eprintln!("usage: sheets FOLDER... -o OUTDIR [--jobs N]");
        return ExitCode::from(2);
    };
    std::fs::create_dir_all(&out).unwrap();
    let next = AtomicUsize::new(0);
    let failed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(folder) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = make(folder, &out) {
                        eprintln!("{}: {error}", folder.display());
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    ExitCode::from(u8::from(failed.into_inner() > 0))
}

fn arguments() -> Option<(Vec<PathBuf>, PathBuf, usize)> {
    let mut folders = Vec::new();
    let mut out = None;
    let mut jobs = 1;
    let mut words = std::env::args_os().skip(1);
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("-o") => out = words.next().map(PathBuf::from),
            Some("--jobs") => jobs = words.next()?.to_str()?.parse().ok()?,
            _ => folders.push(PathBuf::from(word)),
        }
    }
    (!folders.is_empty()).then_some((folders, out?, jobs))
}

fn make(folder: &Path, out: &Path) -> Result<(), Failure> {
    let options = SheetOptions::default();
    let limits = Limits::default();
    let mut files = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    let mut cells = Vec::new();
    for (position, file) in files.iter().enumerate() {
        let cell = match thumbnail(&std::fs::read(file)?, options.cell, &limits) {
            Ok(thumbnail) => Cell::Picture(thumbnail),
            Err(error @ PictureError::Unreadable { .. }) => {
                eprintln!("{}: {error}", file.display());
                Cell::Unreadable
            }
            Err(error) => return Err(format!("{}: {error}", file.display()).into()),
        };
        cells.push((SheetNumber::from_position(position), cell));
    }
    let mut name = folder
        .file_name()
        .map_or_else(|| OsString::from("sheet"), OsString::from);
    name.push(".jpg");
    std::fs::write(out.join(name), sheet(&cells, &options)?.jpeg)?;
    Ok(())
}
