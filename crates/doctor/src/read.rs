//! What reading the bytes of one picture showed.

use tdbal_types::Digest;

/// Size, digest and readability of a picture's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Read {
    /// Size in bytes.
    pub(crate) size: u64,
    /// SHA-256 of the bytes.
    pub(crate) sha256: Digest,
    /// Why the bytes are not a readable picture; `None` if they are one.
    pub(crate) problem: Option<String>,
}
