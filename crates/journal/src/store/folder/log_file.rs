//! The file format of a log: one record per line.

use bytes::Bytes;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Where a log ends. As long as the file keeps this length, it holds this many records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LogEnd {
    /// Total size of the complete lines in bytes.
    pub(super) length: u64,
    /// Number of complete lines.
    pub(super) records: u64,
}

/// Why a record was not appended; `held` is the number of records in the log.
#[derive(Debug)]
pub(super) enum AppendError {
    Taken,
    Gap { held: u64 },
    Io(io::Error),
}

impl From<io::Error> for AppendError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The file operations of an append, which tests replace to simulate a full disk.
trait LogFile {
    fn write_at(&mut self, end: u64, bytes: &[u8]) -> io::Result<()>;
    fn sync(&mut self) -> io::Result<()>;
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

impl LogFile for File {
    fn write_at(&mut self, end: u64, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(end))?;
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// The complete lines, without their line ends. Bytes after the last line end belong to a write
/// that a crash interrupted and are skipped.
pub(super) fn complete_lines(bytes: &Bytes) -> Vec<Bytes> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (end, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        lines.push(bytes.slice(start..end));
        start = end + 1;
    }
    lines
}

/// Appends record `number` to the log at `path`, which is below `root`, and returns the new end of
/// the log. `known` is the result of an earlier append, if there was one.
pub(super) fn append(
    path: &Path,
    root: &Path,
    number: u64,
    record: &[u8],
    known: Option<LogEnd>,
) -> Result<LogEnd, AppendError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::options()
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .open(path)?;
    // The lock comes before the length: another process may be appending right now.
    lock(&file)?;
    let length = file.metadata()?.len();
    let end = match known {
        Some(known) if known.length == length => known,
        _ => scan(&file)?,
    };
    if number <= end.records {
        if read_record(&file, number)? != record {
            return Err(AppendError::Taken);
        }
        // Its writer may have crashed before the record was durable.
        file.sync_all()?;
        sync_parent_folders(path, root)?;
        return Ok(end);
    }
    if number > end.records + 1 {
        return Err(AppendError::Gap { held: end.records });
    }
    let new_end = append_line(&mut file, length, end, record)?;
    // A first record is durable only once the directory entries of its file and of the folders
    // above are. This holds for a file that an earlier, interrupted attempt created, too.
    if end.records == 0
        && let Err(error) = sync_parent_folders(path, root)
    {
        roll_back(&mut file, end);
        return Err(error.into());
    }
    Ok(new_end)
}

/// Writes a record after the complete lines of a file that has `length` bytes. On an error the
/// complete lines are unchanged.
fn append_line(
    file: &mut impl LogFile,
    length: u64,
    end: LogEnd,
    record: &[u8],
) -> Result<LogEnd, AppendError> {
    // A crash can leave an incomplete line, which would corrupt the new record if it stayed.
    if length > end.length {
        file.truncate(end.length)?;
    }
    let mut line = Vec::with_capacity(record.len() + 1);
    line.extend_from_slice(record);
    line.push(b'\n');
    let written = file.write_at(end.length, &line).and_then(|()| file.sync());
    if let Err(error) = written {
        roll_back(file, end);
        return Err(error.into());
    }
    Ok(LogEnd {
        length: end.length + line.len() as u64,
        records: end.records + 1,
    })
}

/// Removes everything after `end`. If that fails, the log stays valid: readers skip an incomplete
/// line, and a complete one is the record that the caller will append again.
fn roll_back(file: &mut impl LogFile, end: LogEnd) {
    let removed = file.truncate(end.length).and_then(|()| file.sync());
    if let Err(error) = removed {
        tracing::warn!(%error, "could not remove a partly written record from a log");
    }
}

/// Finds the end of the complete lines by reading the whole file.
fn scan(mut file: &File) -> io::Result<LogEnd> {
    file.rewind()?;
    let mut reader = BufReader::new(file);
    let mut end = LogEnd {
        length: 0,
        records: 0,
    };
    let mut position = 0;
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(end);
        }
        for byte in chunk {
            position += 1;
            if *byte == b'\n' {
                end.records += 1;
                end.length = position;
            }
        }
        let read = chunk.len();
        reader.consume(read);
    }
}

/// Reads record `number` (from 1), without the line end; empty if the log is shorter.
fn read_record(mut file: &File, number: u64) -> io::Result<Vec<u8>> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
    let lines = complete_lines(&Bytes::from(bytes));
    Ok(lines
        .get(index)
        .map(|line| line.to_vec())
        .unwrap_or_default())
}

fn lock(file: &File) -> io::Result<()> {
    loop {
        match file.lock() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Makes the directory entries of a file and of all its parent folders up to `root` durable.
fn sync_parent_folders(path: &Path, root: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    for folder in path.ancestors().skip(1) {
        let directory = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        File::open(directory)?.sync_all()?;
        // The directory entry of the root is in its parent, so the loop ends one folder above it.
        if !folder.starts_with(root) || folder.as_os_str().is_empty() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
