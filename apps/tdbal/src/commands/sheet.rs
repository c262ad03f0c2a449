//! `tdbal sheet`: makes composites (pictures with numbers on one sheet), without actors, manifests or
//! keys.

use crate::cli::SheetArgs;
use crate::exit::Exit;
use crate::render;
use crate::settings::file;
use anyhow::Context as _;
use composite::{Cell, Limits, PictureError, SheetOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use storage::{LocalStore, ObjectKey, ObjectStore as _, PutMode};
use tdbal_types::{ImageName, SheetNumber};

/// Pictures that need more memory than this to decode, in bytes, are decoded one at a time.
const LARGE: u64 = 8 * 1024 * 1024;

/// One composite to make.
struct Job {
    source: Pictures,
    output: PathBuf,
}

/// The pictures of a composite.
enum Pictures {
    Files(Vec<PathBuf>),
    InFolder(PathBuf),
}

/// Shared by all threads.
struct Shared {
    options: SheetOptions,
    limits: Limits,
    max_bytes: u64,
    /// Held while decoding a picture that needs much memory.
    large: Mutex<()>,
}

/// `tdbal sheet`: makes one composite of files, or one composite for each folder.
pub(crate) fn sheet(args: &SheetArgs, folder: &Path) -> anyhow::Result<Exit> {
    let loaded = file::load(&folder.join(file::FILE_NAME))?;
    let limits = loaded.settings.limits;
    let shared = Shared {
        options: SheetOptions::default(),
        limits: Limits {
            max_width: limits.max_width,
            max_height: limits.max_height,
            max_pixels: limits.max_pixels,
        },
        max_bytes: limits.max_bytes,
        large: Mutex::new(()),
    };
    let jobs = jobs(args)?;
    let threads = args
        .jobs
        .map_or_else(
            || std::thread::available_parallelism().map_or(1, usize::from),
            usize::from,
        )
        .min(jobs.len());
    let next = AtomicUsize::new(0);
    let failures: Vec<anyhow::Error> = std::thread::scope(|scope| {
        let work = || {
            let mut failures = Vec::new();
            while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                match make(job, &shared) {
                    Ok(line) => render::note(&line),
                    Err(error) => failures.push(error),
                }
            }
            failures
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|_| died()))
            .collect()
    });
    for error in &failures {
        render::error(error);
    }
    Ok(if failures.is_empty() {
        Exit::Success
    } else {
        Exit::Error
    })
}

fn died() -> Vec<anyhow::Error> {
    vec![anyhow::anyhow!(
        "a worker thread panicked; please report this bug"
    )]
}

fn jobs(args: &SheetArgs) -> anyhow::Result<Vec<Job>> {
    let folders = args.inputs.iter().filter(|path| path.is_dir()).count();
    if folders == 0 {
        let source = Pictures::Files(args.inputs.clone());
        let output = args.output.clone();
        return Ok(vec![Job { source, output }]);
    }
    anyhow::ensure!(
        folders == args.inputs.len(),
        "give either pictures or folders, not both"
    );
    anyhow::ensure!(
        !args.output.is_file(),
        "{} is a file: with folders as input, -o must be the folder for their composites",
        args.output.display()
    );
    let mut jobs: Vec<Job> = Vec::new();
    for input in &args.inputs {
        let name = sheet_name(input)?;
        let output = args.output.join(format!("{name}_composite.jpg"));
        anyhow::ensure!(
            jobs.iter().all(|job| job.output != output),
            "two folders are named {name}, so their composites would overwrite each other"
        );
        let source = Pictures::InFolder(input.clone());
        jobs.push(Job { source, output });
    }
    Ok(jobs)
}

/// The name for the composite of a folder: the folder's name, or for `training_data` the actor's.
fn sheet_name(folder: &Path) -> anyhow::Result<String> {
    let absolute = std::path::absolute(folder)
        .with_context(|| format!("cannot use the folder {}", folder.display()))?;
    let mut names = absolute.components().rev().filter_map(|part| match part {
        std::path::Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    let own = names
        .next()
        .with_context(|| format!("{} has no name", folder.display()))?;
    Ok(match names.next() {
        Some(actor) if own == "training_data" => actor,
        _ => own,
    })
}

/// The pictures directly in a folder, sorted by name.
fn pictures_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read the folder {}", folder.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(cannot)? {
        let name = entry.with_context(cannot)?.file_name().into_string().ok();
        names.extend(name.and_then(|name| ImageName::new(name).ok()));
    }
    names.retain(ImageName::has_picture_extension);
    names.sort();
    anyhow::ensure!(!names.is_empty(), "no pictures in {}", folder.display());
    Ok(names
        .iter()
        .map(|name| folder.join(name.as_str()))
        .collect())
}

fn make(job: &Job, shared: &Shared) -> anyhow::Result<String> {
    let mut cells = Vec::new();
    let mut unreadable = 0;
    let pictures = match &job.source {
        Pictures::Files(files) => files.clone(),
        Pictures::InFolder(folder) => pictures_in(folder)?,
    };
    for (position, path) in pictures.iter().enumerate() {
        let cell = cell(path, shared)?;
        unreadable += usize::from(matches!(cell, Cell::Unreadable));
        cells.push((SheetNumber::from_position(position), cell));
    }
    let sheet = composite::sheet(&cells, &shared.options)?;
    let size = format!("{} x {}", sheet.width, sheet.height);
    write(&job.output, sheet.jpeg)?;
    let marked = match unreadable {
        0 => String::new(),
        n => format!(", {n} unreadable"),
    };
    Ok(format!(
        "{}: {} pictures{marked}, {size}",
        job.output.display(),
        cells.len()
    ))
}

/// The cell of a picture. A file that is not a usable picture gets the mark for unreadable pictures and
/// a warning; a file that cannot be opened is an error, because the path is probably wrong.
fn cell(path: &Path, shared: &Shared) -> anyhow::Result<Cell> {
    let cannot = || format!("cannot read {}", path.display());
    let size = std::fs::metadata(path).with_context(cannot)?.len();
    anyhow::ensure!(
        size <= shared.max_bytes,
        "{} has {size} bytes, more than limits.max_bytes = {}",
        path.display(),
        shared.max_bytes
    );
    let bytes = std::fs::read(path).with_context(cannot)?;
    let result = composite::read_header(&bytes, &shared.limits).and_then(|header| {
        let _large = (header.working_set > LARGE)
            .then(|| shared.large.lock().unwrap_or_else(PoisonError::into_inner));
        composite::thumbnail(&bytes, shared.options.cell, &shared.limits)
    });
    Ok(match result {
        Ok(thumbnail) => Cell::Picture(thumbnail),
        Err(error) => {
            render::warning(&format!("{}: {}", path.display(), describe(&error)));
            Cell::Unreadable
        }
    })
}

fn describe(error: &PictureError) -> String {
    tdbal_types::chain(error)
}

/// Writes a whole file or nothing.
fn write(path: &Path, jpeg: Vec<u8>) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let absolute = std::path::absolute(path).with_context(cannot)?;
    let folder = absolute.parent().with_context(cannot)?;
    let name = absolute
        .file_name()
        .and_then(|name| name.to_str())
        .with_context(cannot)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let store = LocalStore::new(folder);
    let key = ObjectKey::new(name).with_context(cannot)?;
    runtime
        .block_on(store.put(&key, jpeg.into(), PutMode::Overwrite))
        .with_context(cannot)?;
    Ok(())
}
