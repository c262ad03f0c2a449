//! Perceptual hashing: recognising a picture after re-encoding or resizing.

use image::GrayImage;
use image_hasher::{HashAlg, HasherConfig};
use tdbal_types::PerceptualHash;

use crate::picture::Rgb;

/// The hash has `SIDE` x `SIDE` bits.
const SIDE: u32 = 16;

/// Length of a hash in bytes.
const BYTES: usize = (SIDE * SIDE / 8) as usize;

/// Computes the perceptual hash of a picture.
///
/// The luma is scaled to 32 x 32 pixels and transformed with the discrete cosine transform. Each of
/// the 16 x 16 lowest frequencies gives one bit: whether it is at least their median.
///
/// This is "pHash" (Krawetz, "Looks Like It", 2011; Zauner, "Implementation and Benchmarking of
/// Perceptual Image Hash Functions", 2010) with 256 bits instead of 64. With 64 bits, different
/// portraits come as close as 4 bits.
///
/// The frequencies of a flat picture are rounding errors, so distances to its hash say nothing. A
/// picture without pixels has the hash of a black one.
pub fn perceptual_hash(picture: &Rgb<'_>) -> PerceptualHash {
    // The hasher cannot scale an empty picture, so measure a black pixel instead.
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
    PerceptualHash::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_picture_never_changes() {
        // Hashes are stored in cached answers and in the records of runs. This fails if a new
        // version of the hasher gives other ones.
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
