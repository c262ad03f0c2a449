//! Possible locations of the base image of an actor.

use crate::document::entry_text;
use serde_json::{Map, Value};
use tdbal_types::ActorId;

/// A possible location of the base image.
///
/// The order is that of the original system: `moved_to` of each entry of `base_images`, then
/// `relative_path`, then a picture in the actor's folder `base_image/`, and finally the object at
/// `s3_url`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseImageSource {
    /// Key of a file below the data folder.
    Key(String),
    /// Key of a folder below the data folder. The base image is its first picture by name, without
    /// subfolders.
    Folder(String),
    /// URL of an object.
    Url(String),
}

/// All locations for these entries of `base_images`, best first.
pub(crate) fn candidates<'a>(
    entries: impl Iterator<Item = &'a Map<String, Value>> + Clone,
    actor: &ActorId,
) -> Vec<BaseImageSource> {
    let mut sources = Vec::new();
    for field in ["moved_to", "relative_path"] {
        for path in entries.clone().filter_map(|entry| entry_text(entry, field)) {
            sources.extend(keys_of(&path, actor).into_iter().map(BaseImageSource::Key));
        }
    }
    sources.push(folder(actor));
    sources.extend(
        entries
            .filter_map(|entry| entry_text(entry, "s3_url"))
            .map(BaseImageSource::Url),
    );
    sources.dedup();
    sources
}

/// The actor's folder `base_image/`, the only location for an actor without a manifest.
fn folder(actor: &ActorId) -> BaseImageSource {
    BaseImageSource::Folder(format!("actors/{actor}/base_image"))
}

/// The keys that a recorded path can stand for. The original system wrote paths relative to its
/// working folder (`data/actors/...`), to the data folder (`actors/...`) and to the actor's folder.
fn keys_of(path: &str, actor: &ActorId) -> Vec<String> {
    let path = path.replace('\\', "/");
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    // A path that climbs could leave the data folder.
    if parts.is_empty() || parts.contains(&"..") {
        return Vec::new();
    }
    match parts.iter().rposition(|part| *part == "actors") {
        Some(at) => vec![parts.get(at..).unwrap_or_default().join("/")],
        None => {
            let joined = parts.join("/");
            vec![format!("actors/{actor}/{joined}"), joined]
        }
    }
}

#[cfg(test)]
mod tests;
