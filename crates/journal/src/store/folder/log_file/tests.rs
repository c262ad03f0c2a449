use super::*;
use std::fs::OpenOptions;

/// A file on a disk that has room for some bytes more and then is full.
struct FullDisk {
    file: File,
    room: usize,
    is_flush_broken: bool,
}

impl LogFile for FullDisk {
    fn write_at_end(&mut self, end: u64, bytes: &[u8]) -> io::Result<()> {
        let fits = bytes.len().min(self.room);
        self.file.write_at_end(end, &bytes[..fits])?;
        if fits < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn flush_to_disk(&mut self) -> io::Result<()> {
        if self.is_flush_broken {
            return Err(io::Error::other("input/output error"));
        }
        self.file.sync_all()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.cut(length)
    }
}

#[test]
fn a_full_disk_leaves_the_log_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let first = b"{\"n\":1}\n";
    let held = Seen {
        length: first.len() as u64,
        records: 1,
    };
    let record = b"{\"n\":2}";
    let mut cases = 0;
    for is_flush_broken in [false, true] {
        // Room for the whole line is enough, unless it cannot be flushed.
        for room in 0..=record.len() + usize::from(is_flush_broken) {
            fs::write(&path, first).unwrap();
            let file = OpenOptions::new().write(true).open(&path).unwrap();
            let mut disk = FullDisk {
                file,
                room,
                is_flush_broken,
            };
            let refusal = add(&mut disk, held.length, held, record).unwrap_err();
            assert!(matches!(refusal, Refusal::Io(_)));
            assert_eq!(fs::read(&path).unwrap(), first, "room for {room} bytes");
            cases += 1;
        }
    }
    assert_eq!(cases, 8 + 9);
}

#[test]
fn records_are_counted_again_only_where_the_length_differs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, "1\n2\n").unwrap();
    // A number that is not true shows whether it is believed.
    let believed = Seen {
        length: 4,
        records: 7,
    };
    let seen = append(&path, folder.path(), 8, b"8", Some(believed)).unwrap();
    assert_eq!((seen.length, seen.records), (6, 8));
    let refusal = append(&path, folder.path(), 9, b"9", Some(believed)).unwrap_err();
    assert!(matches!(refusal, Refusal::Gap { held: 3 }), "{refusal:?}");
}
