//! Locks in a folder: file locks of the operating system, which end with their process.

use crate::{ActorLock, ActorLocks, Holder, LockError, LockInfo};
use async_trait::async_trait;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tdbal_types::ActorId;

/// File extension of locks.
const SUFFIX: &str = ".lock";

/// Maximum number of bytes read from a lock file.
const MAX_HOLDER: u64 = 64 << 10;

/// Attempts to acquire a held lock. More than one, because `list` in another process holds a lock
/// for a moment to find out whether it is stale.
const ATTEMPTS: usize = 3;

/// Pause between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// How often the file may be replaced between opening and locking it before `acquire` gives up.
const MAX_REPLACEMENTS: usize = 100;

/// Locked files `{root}/locks/{actor}.lock`, created on first use and never deleted.
///
/// A lock file contains its [`Holder`] as JSON, for people and for [`ActorLocks::list`]. The file
/// of a released lock is empty; one that a crash left still names the dead holder.
///
/// On a network file system the locks may not exclude processes on other machines.
#[derive(Debug, Clone)]
pub struct FileLocks {
    folder: Arc<Path>,
}

/// Result of one attempt to lock a file.
enum Attempt {
    Acquired(File),
    Held(Option<Holder>),
}

impl FileLocks {
    /// Locks below the folder `root` (`{data folder}/.tdbal`), which may not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            folder: root.into().join("locks").into(),
        }
    }
}

/// Opens a file and tries to lock it.
fn try_acquire(path: &Path, holder: &Holder) -> io::Result<Attempt> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    for _ in 0..MAX_REPLACEMENTS {
        let mut file = File::options()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Attempt::Held(read_holder(&mut file)?.1)),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {
                continue;
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // The file may have been deleted or replaced since it was opened. A lock on the old file
        // would exclude nothing.
        if is_file_at(&file, path)? {
            write_holder(&mut file, holder);
            return Ok(Attempt::Acquired(file));
        }
    }
    Err(io::Error::other("the lock file keeps being replaced"))
}

/// Writes the holder into the lock file. A failure is only logged: the lock holds without the name.
fn write_holder(file: &mut File, holder: &Holder) {
    let written = serde_json::to_vec(holder)
        .map_err(io::Error::from)
        .and_then(|text| {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(&text)
        });
    if let Err(error) = written {
        tracing::warn!(%error, "could not write the holder into a lock file");
    }
}

/// Returns whether a lock file has content, and its holder if the content can be parsed.
fn read_holder(file: &mut File) -> io::Result<(bool, Option<Holder>)> {
    let mut text = Vec::new();
    file.take(MAX_HOLDER).read_to_end(&mut text)?;
    Ok((!text.is_empty(), serde_json::from_slice(&text).ok()))
}

/// Whether the open file is the one at `path`.
#[cfg(unix)]
fn is_file_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let open = file.metadata()?;
    match fs::metadata(path) {
        Ok(current) => Ok((open.dev(), open.ino()) == (current.dev(), current.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a file exists at `path`. Outside Unix an open file cannot be replaced.
#[cfg(not(unix))]
fn is_file_at(_: &File, path: &Path) -> io::Result<bool> {
    fs::exists(path)
}

/// Lists the locks of a folder whose files are not empty.
fn list_locks(folder: &Path) -> io::Result<Vec<LockInfo>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut locks = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let actor = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_suffix(SUFFIX))
            .and_then(|name| ActorId::new(name).ok());
        let Some(actor) = actor else {
            tracing::warn!(path = %path.display(), "skipping a file that is not a lock");
            continue;
        };
        let mut file = File::open(&path)?;
        let (true, holder) = read_holder(&mut file)? else {
            continue;
        };
        // A shared lock is granted only if no process holds the lock exclusively.
        let stale = match file.try_lock_shared() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(error)) => return Err(error),
        };
        locks.push(LockInfo {
            actor,
            place: path.display().to_string(),
            holder,
            until: None,
            stale,
        });
    }
    locks.sort_by(|a, b| a.actor.cmp(&b.actor));
    Ok(locks)
}

/// Runs file operations on a thread where they may block; `operation` names them in errors.
async fn run_blocking<T: Send + 'static>(
    path: &Path,
    operation: &'static str,
    work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> Result<T, LockError> {
    let owned = path.to_owned();
    let result = tokio::task::spawn_blocking(move || work(&owned)).await;
    result
        .unwrap_or_else(|error| Err(io::Error::other(error)))
        .map_err(|source| LockError::File {
            place: path.display().to_string(),
            operation,
            source,
        })
}

#[async_trait]
impl ActorLocks for FileLocks {
    async fn acquire(
        &self,
        actor: &ActorId,
        holder: &Holder,
    ) -> Result<Box<dyn ActorLock>, LockError> {
        let path = self.folder.join(format!("{actor}{SUFFIX}"));
        let mut attempt = 1;
        loop {
            let holder = holder.clone();
            match run_blocking(&path, "acquire the lock", move |path| {
                try_acquire(path, &holder)
            })
            .await?
            {
                Attempt::Acquired(file) => {
                    return Ok(Box::new(FileLock {
                        actor: actor.clone(),
                        path,
                        file: Arc::new(file),
                    }));
                }
                Attempt::Held(_) if attempt < ATTEMPTS => tokio::time::sleep(PAUSE).await,
                Attempt::Held(holder) => {
                    return Err(LockError::Held {
                        actor: actor.clone(),
                        holder: holder.map(Box::new),
                        until: None,
                        again_after: None,
                    });
                }
            }
            attempt += 1;
        }
    }

    async fn list(&self) -> Result<Vec<LockInfo>, LockError> {
        run_blocking(&self.folder, "list the locks in", list_locks).await
    }
}

/// A file that stays locked while it is open.
#[derive(Debug)]
struct FileLock {
    actor: ActorId,
    path: PathBuf,
    file: Arc<File>,
}

#[async_trait]
impl ActorLock for FileLock {
    async fn check(&self) -> Result<(), LockError> {
        let file = Arc::clone(&self.file);
        if run_blocking(&self.path, "check the lock", move |path| {
            is_file_at(&file, path)
        })
        .await?
        {
            return Ok(());
        }
        Err(LockError::Lost {
            actor: self.actor.clone(),
            place: self.path.display().to_string(),
            problem: "the lock file was removed or replaced".into(),
        })
    }

    async fn release(self: Box<Self>) -> Result<(), LockError> {
        let file = self.file;
        // Emptied before it is unlocked: afterwards the file may already name the next holder.
        let release = move |_: &Path| file.set_len(0).and(file.unlock());
        run_blocking(&self.path, "release the lock", release).await
    }
}

#[cfg(test)]
mod tests;
