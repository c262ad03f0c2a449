//! How many pictures each actor has, without looking at any.

use crate::discovery::Discovery;
use crate::folder::DataReader;
use crate::set;
use serde::Serialize;
use tdbal_types::time::Clock;
use tdbal_types::{ActorId, Target, chain};

/// Actors by the number of their pictures, as the original's `show_stats` told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Actors with training data.
    pub actors: usize,
    /// All their pictures.
    pub images: usize,
    /// Actors with more pictures than wanted.
    pub over: usize,
    /// Actors with fewer.
    pub under: usize,
    /// Actors with exactly as many as wanted.
    pub exact: usize,
    /// Actors whose manifest cannot be read.
    pub failed: usize,
    /// Each actor.
    pub by_actor: Vec<ActorStats>,
}

/// The number of pictures of one actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActorStats {
    /// The actor.
    pub actor: ActorId,
    /// How many pictures it has; none where its manifest cannot be read.
    pub images: Option<usize>,
    /// How many are wanted.
    pub wanted: usize,
    /// Why its pictures could not be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Counts the pictures of every actor.
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
        match images.map(|images| (images, images.cmp(&wanted))) {
            Some((images, order)) => {
                stats.images += images;
                match order {
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
