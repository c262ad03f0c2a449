//! The chunks of a PNG file.

/// One chunk of a PNG file.
pub(crate) struct Chunk<'a> {
    pub(crate) kind: &'a [u8; 4],
    pub(crate) data: &'a [u8],
    /// The CRC-32 of `kind` and `data` that the file declares; not verified here.
    #[cfg(feature = "fast")]
    pub(crate) checksum: u32,
}

/// Iterates over the complete chunks of a file, up to and including `IEND`.
///
/// A truncated file ends the iteration early, without an error.
pub(crate) struct Chunks<'a> {
    rest: &'a [u8],
}

/// Length of the signature at the start of every PNG file, in bytes.
const SIGNATURE: usize = 8;

impl<'a> Chunks<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes.get(SIGNATURE..).unwrap_or_default(),
        }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let (length, after) = self.rest.split_first_chunk::<4>()?;
        let (kind, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (data, after) = after.split_at_checked(length)?;
        let (checksum, after) = after.split_first_chunk::<4>()?;
        self.rest = if kind == b"IEND" { &[] } else { after };
        #[cfg(not(feature = "fast"))]
        let _ = checksum;
        Some(Chunk {
            kind,
            data,
            #[cfg(feature = "fast")]
            checksum: u32::from_be_bytes(*checksum),
        })
    }
}
