//! Locks in a folder: the operating system's, which end with their process.

use crate::{ActorLock, ActorLocks, Holder, LockError, LockInfo};
use async_trait::async_trait;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tdbal_types::ActorId;

/// How the names of locks end.
const SUFFIX: &str = ".lock";

/// The largest lock file in bytes that is read.
const MAX_HOLDER: u64 = 64 << 10;

/// How often a lock is asked for again that another has: looking whether a lock is stale takes it
/// for a moment.
const ATTEMPTS: usize = 3;

/// How long to wait in between.
const PAUSE: Duration = Duration::from_millis(20);

/// How often a file may be replaced between being opened and being locked.
const REPLACEMENTS: usize = 100;

/// Locked files: `{root}/locks/{actor}.lock`, made at first use, which stay. Who has the lock stands
/// in the file, for people; when nobody has it the file is empty, or names one that died.
///
/// The lock is of the machine: on a network file system it may not hold between machines.
#[derive(Debug, Clone)]
pub struct FileLocks {
    folder: Arc<Path>,
}

/// What came of asking the operating system.
enum Asked {
    Ours(File),
    Held(Option<Holder>),
}

impl FileLocks {
    /// Locks below the folder `root` (`{data folder}/.tdbal`), which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            folder: root.into().join("locks").into(),
        }
    }
}

/// Opens and locks a file, if nobody else has.
fn ask(path: &Path, holder: &Holder) -> io::Result<Asked> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    for _ in 0..REPLACEMENTS {
        let mut file = File::options()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Asked::Held(read_holder(&mut file)?.1)),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {
                continue;
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Somebody may have taken the file away meanwhile; a lock on it would exclude nobody.
        if is_at(&file, path)? {
            sign(&mut file, holder);
            return Ok(Asked::Ours(file));
        }
    }
    Err(io::Error::other("the file is replaced again and again"))
}

/// Writes who has the lock into its file. The lock holds without that.
fn sign(file: &mut File, holder: &Holder) {
    let signed = serde_json::to_vec(holder)
        .map_err(io::Error::from)
        .and_then(|text| {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(&text)
        });
    if let Err(error) = signed {
        tracing::warn!(%error, "could not write who has a lock into its file");
    }
}

/// Whether anything stands in a lock's file, and who, if it can be read.
fn read_holder(file: &mut File) -> io::Result<(bool, Option<Holder>)> {
    let mut text = Vec::new();
    file.take(MAX_HOLDER).read_to_end(&mut text)?;
    Ok((!text.is_empty(), serde_json::from_slice(&text).ok()))
}

/// Whether the file that is open is the one at `path`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let open = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((open.dev(), open.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether there is a file at `path`: an open one cannot be replaced on such systems.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    fs::exists(path)
}

/// All locks of a folder that name a holder.
fn look(folder: &Path) -> io::Result<Vec<LockInfo>> {
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
            tracing::warn!(path = %path.display(), "no lock has this name: left out");
            continue;
        };
        let mut file = File::open(&path)?;
        let (true, holder) = read_holder(&mut file)? else {
            continue;
        };
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

/// Does file work where it blocks nobody else; `operation` is a verb.
async fn blocking<T: Send + 'static>(
    path: &Path,
    operation: &'static str,
    work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> Result<T, LockError> {
    let owned = path.to_owned();
    let done = tokio::task::spawn_blocking(move || work(&owned)).await;
    done.unwrap_or_else(|error| Err(io::Error::other(error)))
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
            let ours = holder.clone();
            match blocking(&path, "take", move |path| ask(path, &ours)).await? {
                Asked::Ours(file) => {
                    return Ok(Box::new(FileLock {
                        actor: actor.clone(),
                        path,
                        file: Arc::new(file),
                    }));
                }
                Asked::Held(_) if attempt < ATTEMPTS => tokio::time::sleep(PAUSE).await,
                Asked::Held(holder) => {
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
        blocking(&self.folder, "look at", look).await
    }
}

/// A file that is locked as long as it is open.
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
        if blocking(&self.path, "look at", move |path| is_at(&file, path)).await? {
            return Ok(());
        }
        Err(LockError::Lost {
            actor: self.actor.clone(),
            place: self.path.display().to_string(),
            problem: "its file was removed or replaced".into(),
        })
    }

    async fn release(self: Box<Self>) -> Result<(), LockError> {
        let file = self.file;
        // Emptied while it is still locked, so that no other holder's name goes.
        let release = move |_: &Path| file.set_len(0).and(file.unlock());
        blocking(&self.path, "give back", release).await
    }
}

#[cfg(test)]
mod tests;
