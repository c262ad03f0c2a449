use super::*;
use std::fs::OpenOptions;

/// A file on a disk with `room` bytes left.
struct FullDisk {
    file: File,
    room: usize,
    is_sync_failing: bool,
}

impl LogFile for FullDisk {
    fn write_at(&mut self, end: u64, bytes: &[u8]) -> io::Result<()> {
        let fits = bytes.len().min(self.room);
        self.file.write_at(end, &bytes[..fits])?;
        if fits < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.is_sync_failing {
            return Err(io::Error::other("input/output error"));
        }
        self.file.sync_all()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.truncate(length)
    }
}

#[test]
fn append_to_full_disk_leaves_log_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let first = b"{\"n\":1}\n";
    let end = LogEnd {
        length: first.len() as u64,
        records: 1,
    };
    let record = b"{\"n\":2}";
    let mut cases = 0;
    for is_sync_failing in [false, true] {
        // With room for the whole line only a failing sync can fail the append.
        for room in 0..=record.len() + usize::from(is_sync_failing) {
            fs::write(&path, first).unwrap();
            let file = OpenOptions::new().write(true).open(&path).unwrap();
            let mut disk = FullDisk {
                file,
                room,
                is_sync_failing,
            };
            let error = append_line(&mut disk, end.length, end, record).unwrap_err();
            assert!(matches!(error, AppendError::Io(_)));
            assert_eq!(fs::read(&path).unwrap(), first, "room for {room} bytes");
            cases += 1;
        }
    }
    assert_eq!(cases, 8 + 9);
}

#[test]
fn records_are_recounted_only_if_length_differs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, "1\n2\n").unwrap();
    // The count is wrong on purpose, which shows whether it is used.
    let known = LogEnd {
        length: 4,
        records: 7,
    };
    let end = append(&path, folder.path(), 8, b"8", Some(known)).unwrap();
    assert_eq!((end.length, end.records), (6, 8));
    let error = append(&path, folder.path(), 9, b"9", Some(known)).unwrap_err();
    assert!(matches!(error, AppendError::Gap { held: 3 }), "{error:?}");
}
