//! In which order pictures stand on a sheet.

use tdbal_types::{Digest, ImageName};

/// The order of the pictures on the sheet of a vote: as given for the first one, else shuffled.
///
/// The shuffle depends on the vote and on which pictures there are, not on the order in which they are
/// given or on what they are called, except that exact doubles stand in the order of their names. It
/// is made here, and not by a library that may change its mind, since answers are found again by their
/// order.
pub fn sheet_order(pictures: Vec<(ImageName, Digest)>, vote: u32) -> Vec<ImageName> {
    if vote <= 1 {
        return pictures.into_iter().map(|(name, _)| name).collect();
    }
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

/// A value that depends on every bit of both.
fn mix_digest(seed: u64, digest: &Digest) -> u64 {
    let (words, _) = digest.as_bytes().as_chunks::<8>();
    words
        .iter()
        .fold(seed, |state, word| mix(state ^ u64::from_le_bytes(*word)))
}

/// One step of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests;
