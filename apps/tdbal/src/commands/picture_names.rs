//! How pictures are named on the command line. Pure.

use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ActorId, ActorQuery, ImageName};

/// The folder of an actor's pictures.
const FOLDER: &str = "training_data";

/// Pictures by actor.
pub(crate) type Pictures = BTreeMap<ActorId, BTreeSet<ImageName>>;

/// A picture as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedPicture<'a> {
    text: &'a str,
    /// The actor's id or whole name, where one was said.
    pub(crate) actor: Option<&'a str>,
    file: &'a str,
    /// Whether it is a path.
    pub(crate) is_path: bool,
}

impl<'a> NamedPicture<'a> {
    /// Takes a path that ends in `{actor}/training_data/{file}`, or `{actor}/{file}`, or `{file}`.
    ///
    /// # Errors
    /// When it is none of these.
    pub(crate) fn parse(text: &'a str) -> Result<Self, String> {
        let segments: Vec<&str> = text
            .split('/')
            .filter(|segment| !segment.is_empty() && *segment != ".")
            .collect();
        let (actor, file, is_path) = match segments.as_slice() {
            [file] => (None, *file, false),
            [.., actor, folder, file] if *folder == FOLDER => (Some(*actor), *file, true),
            [actor, file] if !text.starts_with('/') => (Some(*actor), *file, false),
            _ => {
                return Err(format!(
                    "{text:?} is no training picture: use .../ACTOR/{FOLDER}/FILE, ACTOR/FILE, or FILE"
                ));
            }
        };
        Ok(Self {
            text,
            actor,
            file,
            is_path,
        })
    }

    /// The picture that is meant.
    ///
    /// # Errors
    /// When there is none, or more than one; `what` is what is looked among.
    pub(crate) fn find(
        &self,
        pictures: &Pictures,
        what: &str,
    ) -> Result<(ActorId, ImageName), String> {
        let text = self.text;
        let named = |names: &BTreeSet<ImageName>| {
            let found = names.iter().find(|name| name.as_str() == self.file);
            found.cloned()
        };
        if let Some(actor) = self.actor {
            let actors: Vec<ActorId> = pictures.keys().cloned().collect();
            let actor = ActorQuery(actor.to_owned())
                .resolve(&actors)
                .map_err(|error| format!("{text:?}: {error}"))?;
            let name = pictures.get(&actor).and_then(named);
            return match name {
                Some(name) => Ok((actor, name)),
                None => Err(format!("{text:?}: {actor} has no {what} of that name")),
            };
        }
        let found: Vec<(&ActorId, ImageName)> = pictures
            .iter()
            .filter_map(|(actor, names)| Some((actor, named(names)?)))
            .collect();
        match found.as_slice() {
            [(actor, name)] => Ok(((*actor).clone(), name.clone())),
            [] => Err(format!("{text:?}: no actor has a {what} of that name")),
            several => {
                let actors: Vec<&str> = several.iter().map(|(actor, _)| actor.as_str()).collect();
                Err(format!(
                    "{text:?}: {} have a {what} of that name; say ACTOR/FILE",
                    actors.join(", ")
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pictures() -> Pictures {
        [
            ("0001_a", vec!["0001_a_1.jpg", "x.jpg"]),
            ("0002_b", vec!["0002_b_1.jpg", "x.jpg"]),
        ]
        .into_iter()
        .map(|(actor, names)| {
            let names = names.into_iter().map(|name| ImageName::new(name).unwrap());
            (ActorId::new(actor).unwrap(), names.collect())
        })
        .collect()
    }

    fn find(text: &str) -> Result<String, String> {
        let (actor, name) = NamedPicture::parse(text)?.find(&pictures(), "picture")?;
        Ok(format!("{actor}/{name}"))
    }

    #[test]
    fn a_picture_is_named_by_path_by_actor_or_alone() {
        for text in [
            "data/actors/0001_a/training_data/0001_a_1.jpg",
            "/srv/data/actors/0001_a/training_data/0001_a_1.jpg",
            "s3://bucket/sets/actors/0001_a/training_data/0001_a_1.jpg",
            "0001_a/0001_a_1.jpg",
            "0001/0001_a_1.jpg",
            "./0001_a_1.jpg",
            "0001_a_1.jpg",
        ] {
            assert_eq!(find(text), Ok("0001_a/0001_a_1.jpg".to_owned()), "{text}");
        }
        assert_eq!(find("0002/x.jpg"), Ok("0002_b/x.jpg".to_owned()));
    }

    #[test]
    fn what_is_not_found_is_named_with_why() {
        for (text, why) in [
            ("x.jpg", "0001_a, 0002_b have a picture of that name"),
            ("y.jpg", "no actor has a picture of that name"),
            ("0001/y.jpg", "0001_a has no picture of that name"),
            ("0003/x.jpg", "no actor is called \"0003\""),
            (
                "data/actors/0001_a/base_image/x.jpg",
                "is no training picture",
            ),
            ("/x/y.jpg", "is no training picture"),
            ("", "is no training picture"),
        ] {
            let error = find(text).unwrap_err();
            assert!(
                error.contains(why) && error.contains(text),
                "{text}: {error}"
            );
        }
    }
}
