//! Perceptual hashes.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Bytes of a hash.
const BYTES: usize = 32;

/// A perceptual hash of 256 bits; written as 64 lower-case hexadecimal digits.
///
/// Two hashes say how alike two pictures are by their [`distance`](Self::distance); there is no
/// order among them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PerceptualHash([u8; BYTES]);

/// A text that is not a perceptual hash.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{text:?} is not a perceptual hash: expected 64 hexadecimal digits")]
pub struct PerceptualHashError {
    /// The text.
    pub text: String,
}

impl PerceptualHash {
    /// Wraps the bytes of a hash.
    pub const fn from_bytes(bytes: [u8; BYTES]) -> Self {
        Self(bytes)
    }

    /// How many of the 256 bits differ (Hamming distance).
    ///
    /// Measured: the same picture encoded anew, at half its size, or brighter is within 16;
    /// different pictures, in one pose before one backdrop even, are 52 and more apart. A picture
    /// that was cropped by 3 % is mostly not known again.
    pub fn distance(&self, other: &Self) -> u32 {
        self.0
            .iter()
            .zip(other.0)
            .map(|(one, other)| (one ^ other).count_ones())
            .sum()
    }
}

impl fmt::Display for PerceptualHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PerceptualHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PerceptualHash({self})")
    }
}

impl FromStr for PerceptualHash {
    type Err = PerceptualHashError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_hex(text)
            .map(Self)
            .ok_or_else(|| PerceptualHashError {
                text: text.to_owned(),
            })
    }
}

/// Reads exactly 64 hexadecimal digits, in either case.
fn parse_hex(text: &str) -> Option<[u8; BYTES]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != BYTES || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; BYTES];
    for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = (digit_value(high)? << 4) | digit_value(low)?;
    }
    Some(bytes)
}

/// The value of one hexadecimal digit.
///
/// `u8::from_str_radix` on two characters would not do: it also accepts a sign, as in `+f`.
fn digit_value(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

impl TryFrom<String> for PerceptualHash {
    type Error = PerceptualHashError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PerceptualHash> for String {
    fn from(hash: PerceptualHash) -> Self {
        hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_as_64_digits_and_read_again() {
        let mut bytes = [0; BYTES];
        bytes[0] = 0xab;
        let hash = PerceptualHash::from_bytes(bytes);
        let text = serde_json::to_string(&hash).unwrap();
        assert_eq!(text, format!("\"ab{}\"", "0".repeat(62)));
        assert_eq!(serde_json::from_str::<PerceptualHash>(&text).unwrap(), hash);
        let mut refused = 0;
        for wrong in [
            "",
            "ab",
            &"0".repeat(63),
            &"0".repeat(66),
            &"g".repeat(64),
            &"+f".repeat(32),
        ] {
            let error = wrong.parse::<PerceptualHash>().unwrap_err();
            assert!(
                error.to_string().contains("64 hexadecimal digits"),
                "{error}"
            );
            assert!(serde_json::from_value::<PerceptualHash>(wrong.into()).is_err());
            refused += 1;
        }
        assert_eq!(refused, 6);
    }

    #[test]
    fn distance_counts_the_bits_that_differ() {
        let zero = PerceptualHash::from_bytes([0; BYTES]);
        let one = PerceptualHash::from_bytes([0b0101_0001; BYTES]);
        assert_eq!(zero.distance(&zero), 0);
        assert_eq!(zero.distance(&one), 3 * 32);
        assert_eq!(one.distance(&zero), 3 * 32);
    }
}
