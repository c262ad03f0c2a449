//! Generates the pictures for speed measurements: `corpus OUTDIR [ACTORS]`.
//!
//! For each actor NN (20 by default), `OUTDIR/mixed/NN` gets 12 PNG files of 1096 x 1496 pixels and
//! 8 JPEG files of 1360 x 768, and `OUTDIR/jpeg/NN` gets 20 JPEG files. They are the same on every
//! machine.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "an example may panic at the first error"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

#[path = "../benches/corpus/mod.rs"]
#[allow(
    missing_docs,
    clippy::indexing_slicing,
    reason = "shared with the benchmark; it only reads what it wrote itself"
)]
mod corpus;

/// Numbers of PNG and JPEG files of each actor, in the two sets.
const MIXED: (u64, u64) = (12, 8);
const JPEG_ONLY: (u64, u64) = (0, 20);

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let Some(out) = words.next().map(PathBuf::from) else {
        eprintln!("usage: corpus OUTDIR [ACTORS]");
        return ExitCode::from(2);
    };
    let actors: usize = words
        .next()
        .and_then(|word| word.to_str()?.parse().ok())
        .unwrap_or(20);
    let next = AtomicUsize::new(0);
    let failed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let task = next.fetch_add(1, Ordering::Relaxed);
                    let (set, kinds) = [("mixed", MIXED), ("jpeg", JPEG_ONLY)][task % 2];
                    let actor = task / 2;
                    if actor >= actors {
                        break;
                    }
                    let folder = out.join(set).join(format!("{actor:02}"));
                    if let Err(problem) = make(&folder, actor as u64, kinds) {
                        eprintln!("{}: {problem}", folder.display());
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    ExitCode::from(u8::from(failed.into_inner() > 0))
}

fn make(folder: &Path, actor: u64, (pngs, jpegs): (u64, u64)) -> Result<(), String> {
    std::fs::create_dir_all(folder).unwrap();
    let seed = |picture: u64| actor * 1000 + picture + 1;
    let pngs: Vec<_> = (0..pngs)
        .map(|picture| corpus::png(seed(picture)))
        .collect();
    let jpegs: Vec<_> = (0..jpegs)
        .map(|picture| corpus::jpeg(seed(100 + picture)))
        .collect();
    let mut line = String::new();
    write!(
        line,
        "{}: {}",
        folder.display(),
        corpus::check(&pngs, &jpegs)?
    )
    .unwrap();
    let named = |kind: &'static str| move |at: usize| format!("{kind}_{at:02}.{kind}");
    for (at, file) in pngs.iter().enumerate() {
        std::fs::write(folder.join(named("png")(at)), file).unwrap();
    }
    for (at, file) in jpegs.iter().enumerate() {
        std::fs::write(folder.join(named("jpg")(at)), file).unwrap();
    }
    eprintln!("{line}");
    Ok(())
}
