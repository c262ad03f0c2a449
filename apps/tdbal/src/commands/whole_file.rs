//! Writes files that are complete or not there at all.

use std::io::Write as _;
use std::path::Path;

/// Writes a whole file, replacing an older one only once everything is on disk.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
