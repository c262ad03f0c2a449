//! The order of the pictures on a sheet.

use tdbal_types::{Digest, ImageName};

/// The order of the pictures on sheet number `vote`: as given up to sheet 1, then shuffled.
///
/// The shuffle depends only on `vote` and on the digests of the pictures, not on their names or on
/// the order they are given in; pictures with equal digests are sorted by name.
///
/// The algorithm is part of the file format: cached answers are found by the order of their sheet.
/// A library's shuffle could change with its version, so this one is written out here.
pub fn sheet_order(pictures: Vec<(ImageName, Digest)>, vote: u32) -> Vec<ImageName> {
    if vote <= 1 {
        return pictures.into_iter().map(|(name, _)| name).collect();
    }
    // Sorted, so the seed does not depend on the order in which the pictures are given.
    let mut digests: Vec<Digest> = pictures.iter().map(|(_, digest)| *digest).collect();
    digests.sort_unstable();
    let seed = digests.iter().fold(u64::from(vote), mix_digest);
    let mut keyed: Vec<(u64, Digest, ImageName)> = pictures
        .into_iter()
        .map(|(name, digest)| (mix_digest(seed, &digest), digest, name))
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, _, name)| name).collect()
}

/// A hash of the seed and of every bit of the digest.
fn mix_digest(seed: u64, digest: &Digest) -> u64 {
    let (words, _) = digest.as_bytes().as_chunks::<8>();
    words
        .iter()
        .fold(seed, |state, word| mix(state ^ u64::from_le_bytes(*word)))
}

/// One step of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
/// generators, 2014).
fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests;
