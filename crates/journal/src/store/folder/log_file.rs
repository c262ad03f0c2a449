//! A log as a file of lines.

use bytes::Bytes;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// What a log was after its last append: as long as the length is the same, so are the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Bytes in whole lines.
    pub(super) length: u64,
    /// Whole lines.
    pub(super) records: u64,
}

/// What stood in the way of appending.
#[derive(Debug)]
pub(super) enum Refusal {
    Taken,
    Gap { held: u64 },
    Io(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What appending does to a file, so that tests can have a disk that is full.
trait LogFile {
    fn write_at_end(&mut self, end: u64, bytes: &[u8]) -> io::Result<()>;
    fn flush_to_disk(&mut self) -> io::Result<()>;
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl LogFile for File {
    fn write_at_end(&mut self, end: u64, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(end))?;
        self.write_all(bytes)
    }

    fn flush_to_disk(&mut self) -> io::Result<()> {
        self.sync_all()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// The whole lines without their ends. What stands behind the last end of a line is half of a
/// write that a crash interrupted.
pub(super) fn whole_lines(bytes: &Bytes) -> Vec<Bytes> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (end, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        lines.push(bytes.slice(start..end));
        start = end + 1;
    }
    lines
}

/// Appends record `number` to the log at `path`, which is below `root`. `seen` is what an earlier
/// append returned.
pub(super) fn append(
    path: &Path,
    root: &Path,
    number: u64,
    record: &[u8],
    seen: Option<Seen>,
) -> Result<Seen, Refusal> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::options()
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .open(path)?;
    lock(&file)?;
    let length = file.metadata()?.len();
    let held = match seen {
        Some(seen) if seen.length == length => seen,
        _ => count(&file)?,
    };
    if number <= held.records {
        if line(&file, number)? != record {
            return Err(Refusal::Taken);
        }
        // Whoever wrote it may have died before it was durable.
        file.sync_all()?;
        flush_folders(path, root)?;
        return Ok(held);
    }
    if number > held.records + 1 {
        return Err(Refusal::Gap { held: held.records });
    }
    let after = add(&mut file, length, held, record)?;
    // The first record is durable only with the names of its file and of the folders above. An
    // attempt that died after making them may have left them to be flushed.
    if held.records == 0
        && let Err(error) = flush_folders(path, root)
    {
        undo(&mut file, held);
        return Err(error.into());
    }
    Ok(after)
}

/// Adds a line to a file that has `length` bytes, and leaves the whole lines as they were if that
/// fails.
fn add(file: &mut impl LogFile, length: u64, held: Seen, record: &[u8]) -> Result<Seen, Refusal> {
    if length > held.length {
        file.cut(held.length)?;
    }
    let mut line = Vec::with_capacity(record.len() + 1);
    line.extend_from_slice(record);
    line.push(b'\n');
    let written = file
        .write_at_end(held.length, &line)
        .and_then(|()| file.flush_to_disk());
    if let Err(error) = written {
        undo(file, held);
        return Err(error.into());
    }
    Ok(Seen {
        length: held.length + line.len() as u64,
        records: held.records + 1,
    })
}

/// Takes back what was written. Where even that fails, half a line is left out by whoever reads it,
/// and a whole one is the record that was to be written.
fn undo(file: &mut impl LogFile, held: Seen) {
    let undone = file.cut(held.length).and_then(|()| file.flush_to_disk());
    if let Err(error) = undone {
        tracing::warn!(%error, "could not take back what was written of a record");
    }
}

fn count(mut file: &File) -> io::Result<Seen> {
    file.rewind()?;
    let mut reader = BufReader::new(file);
    let mut seen = Seen {
        length: 0,
        records: 0,
    };
    let mut position = 0;
    loop {
        let part = reader.fill_buf()?;
        if part.is_empty() {
            return Ok(seen);
        }
        for byte in part {
            position += 1;
            if *byte == b'\n' {
                seen.records += 1;
                seen.length = position;
            }
        }
        let read = part.len();
        reader.consume(read);
    }
}

/// The whole line of this number, from 1, without its end.
fn line(mut file: &File, number: u64) -> io::Result<Vec<u8>> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let before = usize::try_from(number - 1).unwrap_or(usize::MAX);
    let lines = whole_lines(&Bytes::from(bytes));
    Ok(lines
        .get(before)
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

/// Makes the names of a file and of all folders up to and with `root` durable.
fn flush_folders(path: &Path, root: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    for folder in path.ancestors().skip(1) {
        let named = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        File::open(named)?.sync_all()?;
        // The name of the root itself stands in the folder above it.
        if !folder.starts_with(root) || folder.as_os_str().is_empty() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
