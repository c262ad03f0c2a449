//! By what a picture is known again when it was encoded or sized anew.

use image::GrayImage;
use image_hasher::{HashAlg, HasherConfig};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::Rgb;

/// Bits along a side of the hash.
const SIDE: u32 = 16;

/// Bytes of a hash.
const BYTES: usize = (SIDE * SIDE / 8) as usize;

/// A perceptual hash of 256 bits; written as 64 lower-case hexadecimal digits.
///
/// Two hashes say how alike two pictures are by their [`distance`](Self::distance); there is no
/// order among them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PerceptualHash([u8; BYTES]);

/// A text that is not a perceptual hash.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("{text:?} is not a perceptual hash: expected 64 hexadecimal digits")]
pub struct PerceptualHashError {
    /// The text.
    pub text: String,
    #[source]
    source: hex::FromHexError,
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
        f.write_str(&hex::encode(self.0))
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
        let mut bytes = [0; BYTES];
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) => Ok(Self(bytes)),
            Err(source) => Err(PerceptualHashError {
                text: text.to_owned(),
                source,
            }),
        }
    }
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

/// The perceptual hash of a picture.
///
/// Its luma is scaled to 32 x 32 pixels and transformed by the discrete cosine transform; of the
/// 16 x 16 lowest frequencies, each is one bit: whether it is at least their median (the "pHash"
/// of Krawetz, "Looks Like It", 2011, with 256 bits instead of 64; Zauner, "Implementation and
/// Benchmarking of Perceptual Image Hash Functions", 2010). 64 bits are too few here: different
/// portraits come as close as 4.
///
/// A flat picture's frequencies are all nothing but rounding: what its hash is near to means
/// nothing. A picture without pixels has the hash of a black one.
pub fn perceptual_hash(picture: &Rgb<'_>) -> PerceptualHash {
    let (luma, height) = picture.luma();
    let grey = GrayImage::from_raw(picture.width, height as u32, luma)
        .filter(|grey| !grey.is_empty())
        .unwrap_or_else(|| GrayImage::new(1, 1));
    let hasher = HasherConfig::with_bytes_type::<[u8; BYTES]>()
        .hash_size(SIDE, SIDE)
        .hash_alg(HashAlg::Median)
        .preproc_dct()
        .to_hasher();
    let mut bytes = [0; BYTES];
    for (byte, hashed) in bytes.iter_mut().zip(hasher.hash_image(&grey).as_bytes()) {
        *byte = *hashed;
    }
    PerceptualHash(bytes)
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
        for wrong in ["", "ab", &"0".repeat(63), &"0".repeat(66), &"g".repeat(64)] {
            let error = wrong.parse::<PerceptualHash>().unwrap_err();
            assert!(
                error.to_string().contains("64 hexadecimal digits"),
                "{error}"
            );
            assert!(serde_json::from_value::<PerceptualHash>(wrong.into()).is_err());
            refused += 1;
        }
        assert_eq!(refused, 5);
    }

    #[test]
    fn distance_counts_the_bits_that_differ() {
        let zero = PerceptualHash::from_bytes([0; BYTES]);
        let one = PerceptualHash::from_bytes([0b0101_0001; BYTES]);
        assert_eq!(zero.distance(&zero), 0);
        assert_eq!(zero.distance(&one), 3 * 32);
        assert_eq!(one.distance(&zero), 3 * 32);
    }

    #[test]
    fn a_hash_stays_what_it_is() {
        // Kept answers and other runs' records hold hashes: a new release of the hasher that gives
        // others must be noticed.
        let pixels: Vec<u8> = (0..96 * 64_u32)
            .flat_map(|at| {
                let (x, y) = (at % 96, at / 96);
                [(x * 2 + y) as u8, (x * x / 40) as u8, ((y * 3) ^ x) as u8]
            })
            .collect();
        let hash = perceptual_hash(&Rgb {
            width: 96,
            height: 64,
            pixels: &pixels,
        });
        assert_eq!(
            hash.to_string(),
            "5555d0362dcb922692b691a42c6984c325d1c667d2b685736cf96ef56d4b7aa4"
        );
    }
}
