//! SHA-256 digests of object content.

use crate::Version;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};
use tdbal_types::Digest;

/// The SHA-256 digest of `bytes`.
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::digest(bytes).into())
}

/// The version of this content in the stores of this crate: its SHA-256 in hexadecimal.
pub(crate) fn version_of(bytes: &[u8]) -> Version {
    Version(sha256(bytes).to_string())
}

/// The version of everything that `reader` yields, computed in constant memory.
pub(crate) fn version_of_reader(reader: &mut impl Read) -> io::Result<Version> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => {
                return Ok(Version(
                    Digest::from_bytes(hasher.finalize().into()).to_string(),
                ));
            }
            Ok(count) => hasher.update(buffer.get(..count).unwrap_or_default()),
            // A signal interrupted the call: nothing was read, so read again.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_matches_the_published_example() {
        // The one-block example of FIPS 180-4.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc").to_string(), expected);
        assert_eq!(version_of_reader(&mut &b"abc"[..]).unwrap().0, expected);
    }
}
