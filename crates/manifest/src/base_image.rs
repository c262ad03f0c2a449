//! Where the base image of an actor may be.

use crate::document::entry_text;
use serde_json::{Map, Value};
use tdbal_types::ActorId;

/// A place to look for the base image.
///
/// The original's order: `moved_to` of each entry of `base_images`, then `relative_path`, then any
/// picture in the actor's folder `base_image/`, and only then the object at `s3_url`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseImageSource {
    /// A file, as its key below the data folder.
    Key(String),
    /// The first picture, by name, among the files directly below this folder of the data folder.
    Folder(String),
    /// An object.
    Url(String),
}

/// All places for these entries of `base_images`, best first.
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

/// The actor's folder `base_image/`, the only place for an actor without a manifest.
fn folder(actor: &ActorId) -> BaseImageSource {
    BaseImageSource::Folder(format!("actors/{actor}/base_image"))
}

/// The keys that a recorded path can mean: the original wrote paths from its working folder
/// (`data/actors/...`), from the data folder (`actors/...`) and from the actor's own.
fn keys_of(path: &str, actor: &ActorId) -> Vec<String> {
    let path = path.replace('\\', "/");
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
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
