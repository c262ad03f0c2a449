//! Which actors a person means.

use tdbal_types::{ActorId, ActorQuery, AmbiguousActor};

/// The actors that a person asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorSelection<'a> {
    /// Every actor of the data set.
    All,
    /// The actors with these ids (`0004`) or full names.
    Named(&'a [String]),
}

impl<'a> ActorSelection<'a> {
    /// The named actors, or every actor if none is named.
    pub const fn named_or_all(names: &'a [String]) -> Self {
        if names.is_empty() {
            Self::All
        } else {
            Self::Named(names)
        }
    }
}

/// Returns the selected actors among `known`, sorted by name and without repetitions.
///
/// # Errors
/// Returns an error for the first name that matches no actor, or several.
pub fn select_actors(
    selection: ActorSelection<'_>,
    known: &[ActorId],
) -> Result<Vec<ActorId>, AmbiguousActor> {
    let mut actors = match selection {
        ActorSelection::All => known.to_vec(),
        ActorSelection::Named(names) => names
            .iter()
            .map(|name| ActorQuery(name.clone()).resolve(known))
            .collect::<Result<_, _>>()?,
    };
    actors.sort_unstable();
    actors.dedup();
    Ok(actors)
}

#[cfg(test)]
mod tests;
