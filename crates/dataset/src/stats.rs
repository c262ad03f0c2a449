//! The number of pictures of each actor, from listings and manifests; no picture is read.

use crate::discovery::Discovery;
use crate::folder::DataReader;
use crate::set;
use serde::Serialize;
use tdbal_types::time::Clock;
use tdbal_types::{ActorId, Target, chain};

/// Actors compared by their number of pictures, with the counts of `show_stats` in the original
/// system (the scripts that tdbal replaces).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Number of actors with training data.
    pub actors: usize,
    /// Number of pictures of all actors that could be counted.
    pub images: usize,
    /// Number of actors with more pictures than their target.
    pub over: usize,
    /// Number of actors with fewer pictures than their target.
    pub under: usize,
    /// Number of actors with exactly as many pictures as their target.
    pub exact: usize,
    /// Number of actors whose pictures could not be counted.
    pub failed: usize,
    /// The counts of each actor, sorted by name.
    pub by_actor: Vec<ActorStats>,
}

/// The number of pictures of one actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActorStats {
    /// The actor that was counted.
    pub actor: ActorId,
    /// The number of pictures; `None` if they could not be counted.
    pub images: Option<usize>,
    /// The number of pictures in the target.
    pub wanted: usize,
    /// Why the pictures could not be counted; absent if they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Counts the pictures of every actor and compares them with its target.
pub async fn stats(
    data: &DataReader,
    discovery: &Discovery,
    target: impl Fn(&ActorId) -> Target,
    clock: &Clock,
) -> Stats {
    let mut stats = Stats::default();
    for (actor, files) in &discovery.actors {
        let wanted = target(actor).total();
        let loaded = set::load(data, actor, files, &clock.stamp()).await;
        let (images, error) = match loaded {
            Ok(set) => (Some(set.pictures.len()), None),
            Err(error) => (None, Some(chain(&error))),
        };
        stats.actors += 1;
        match images {
            Some(images) => {
                stats.images += images;
                match images.cmp(&wanted) {
                    std::cmp::Ordering::Greater => stats.over += 1,
                    std::cmp::Ordering::Less => stats.under += 1,
                    std::cmp::Ordering::Equal => stats.exact += 1,
                }
            }
            None => stats.failed += 1,
        }
        stats.by_actor.push(ActorStats {
            actor: actor.clone(),
            images,
            wanted,
            error,
        });
    }
    stats
}
