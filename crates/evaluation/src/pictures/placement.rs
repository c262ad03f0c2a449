//! Which picture of a set is on which cell of a sheet.

use std::collections::BTreeSet;
use tdbal_types::{Digest, ImageName, SheetNumber};

/// One picture of a set, as far as its place on sheets is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SheetCandidate<'a> {
    /// The picture's file name.
    pub name: &'a ImageName,
    /// The SHA-256 digest of the picture's file.
    pub sha256: Digest,
    /// Whether the picture decodes. The model is never asked about pictures that do not.
    pub is_readable: bool,
}

/// The cells of sheet number `vote` (from 1) as a run lays them out: each cell's number, and the
/// position of its picture in `set`.
///
/// `set` is in the order of [`ActorSet::pictures`](dataset::set::ActorSet::pictures). Pictures that
/// are not readable or whose names are not in `wanted` are left out.
///
/// - Sheet 1 of all readable pictures is the sheet `{actor}_composite.jpg` that people see too.
///   Numbers are positions in the set counted from 1. Pictures that do not decode have a numbered
///   cell there, so their numbers are missing from the result.
/// - Every other sheet shows only the wanted pictures, numbered from 1 without gaps. Sheet 1 has them
///   in the order of the set, later sheets in the order of [`verdict::sheet_order`].
///
/// The same pictures always get the same cells, whatever the machine: cached and recorded answers
/// are found by the order of their sheet.
///
/// ```
/// use evaluation::pictures::placement::{SheetCandidate, sheet_placement};
/// use tdbal_types::{Digest, ImageName};
///
/// let names: Vec<ImageName> = ["a.png", "broken.png", "c.png"]
///     .into_iter()
///     .map(|name| ImageName::new(name).unwrap())
///     .collect();
/// let set: Vec<SheetCandidate<'_>> = names
///     .iter()
///     .enumerate()
///     .map(|(position, name)| SheetCandidate {
///         name,
///         sha256: Digest::from_bytes([position as u8; 32]),
///         is_readable: name.as_str() != "broken.png",
///     })
///     .collect();
/// let wanted = [names[0].clone(), names[2].clone()].into();
/// let numbers = |vote| -> Vec<(u32, usize)> {
///     sheet_placement(&set, vote, &wanted)
///         .into_iter()
///         .map(|(number, position)| (number.get(), position))
///         .collect()
/// };
/// assert_eq!(numbers(1), [(1, 0), (3, 2)]);
/// let second = numbers(2);
/// assert_eq!((second[0].0, second[1].0), (1, 2));
/// ```
#[must_use]
pub fn sheet_placement(
    set: &[SheetCandidate<'_>],
    vote: u32,
    wanted: &BTreeSet<ImageName>,
) -> Vec<(SheetNumber, usize)> {
    let readable = || {
        set.iter()
            .enumerate()
            .filter(|(_, picture)| picture.is_readable)
    };
    let shown: Vec<(usize, &SheetCandidate<'_>)> = readable()
        .filter(|(_, picture)| wanted.contains(picture.name))
        .collect();
    if vote == 1 && shown.len() == readable().count() {
        return shown
            .into_iter()
            .map(|(position, _)| (SheetNumber::from_position(position), position))
            .collect();
    }
    let named = shown
        .iter()
        .map(|(_, picture)| (picture.name.clone(), picture.sha256))
        .collect();
    verdict::sheet_order(named, vote)
        .iter()
        .filter_map(|name| set.iter().position(|picture| picture.name == name))
        .enumerate()
        .map(|(cell, position)| (SheetNumber::from_position(cell), position))
        .collect()
}

#[cfg(test)]
mod tests;
