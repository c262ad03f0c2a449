//! What persons say of pictures, as the truth that judges are compared with.

use anyhow::Context as _;
use calibration::HumanWord;
use dataset::people::labels::Labels;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use tdbal_types::{ActorId, ActorQuery, Digest, ImageClass, ImageName};
use verdict::Label;

/// What draws a sample: the same pictures each time.
const SEED: &str = "calibration 1";

/// What a person says of one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// The actor of which it was a picture.
    pub(super) actor: ActorId,
    /// Which of its pictures.
    pub(super) picture: Named,
    /// What is said.
    pub(super) said: HumanWord,
}

/// How a picture is named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// By its bytes; the name is what it was called then.
    Bytes(Digest, ImageName),
    /// By what it is called now.
    File(ImageName),
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(_, name) | Self::File(name) => name.fmt(f),
        }
    }
}

/// The words that are kept with the data.
pub(super) fn of_labels(labels: &Labels) -> Vec<Word> {
    let all = labels.iter();
    all.filter_map(|(picture, said)| {
        let last = said.last()?;
        Some(Word {
            actor: last.actor.clone(),
            picture: Named::Bytes(*picture, last.file.clone()),
            said: human_word(labels.word(picture)?),
        })
    })
    .collect()
}

/// Reads words from a file: of the form of `labels.json`, or a class for each file of each actor.
///
/// # Errors
/// When it is in neither form, or names an actor that is not in the data.
pub(super) fn of_file(path: &Path, actors: &[ActorId]) -> anyhow::Result<Vec<Word>> {
    let cannot = || format!("cannot use the labels in {}", path.display());
    let bytes = std::fs::read(path).with_context(cannot)?;
    parse(&bytes, actors).with_context(cannot)
}

fn parse(bytes: &[u8], actors: &[ActorId]) -> anyhow::Result<Vec<Word>> {
    let document: Map<String, Value> = serde_json::from_slice(bytes)
        .context("expected labels.json, or {\"ACTOR\": {\"FILE\": \"CLASS\"}}")?;
    if document.contains_key("labels") {
        let labels = serde_json::from_value(Value::Object(document))?;
        return Ok(of_labels(&labels));
    }
    let mut words = Vec::new();
    for (name, files) in document {
        let actor = ActorQuery(name.clone()).resolve(actors)?;
        let files = files
            .as_object()
            .with_context(|| format!("{name}: expected {{\"FILE\": \"CLASS\"}}"))?;
        for (file, said) in files {
            let what = || format!("{name}: {file}: {said}");
            words.push(Word {
                actor: actor.clone(),
                picture: Named::File(ImageName::new(file.as_str()).with_context(what)?),
                said: human_word(label(said).with_context(what)?),
            });
        }
    }
    Ok(words)
}

/// A class, or class and quality.
fn label(said: &Value) -> anyhow::Result<Label> {
    if let Some(class) = said.as_str() {
        return Ok(Label {
            class: Some(class.parse::<ImageClass>()?),
            quality: None,
        });
    }
    let label: Label = serde_json::from_value(said.clone())?;
    anyhow::ensure!(
        label != Label::default(),
        "expected a class, or {{\"class\": ..., \"quality\": ...}}"
    );
    Ok(label)
}

const fn human_word(label: Label) -> HumanWord {
    HumanWord {
        class: label.class,
        quality: label.quality,
    }
}

/// Keeps the words about these actors, and of them so many that are drawn by their own names, in the
/// order of actors.
pub(super) fn choose(
    mut words: Vec<Word>,
    actors: Option<&BTreeSet<ActorId>>,
    sample: Option<usize>,
) -> Vec<Word> {
    words.retain(|word| actors.is_none_or(|actors| actors.contains(&word.actor)));
    if let Some(number) = sample {
        words.sort_by_cached_key(|word| {
            let name = match &word.picture {
                Named::Bytes(digest, _) => digest.to_string(),
                Named::File(name) => name.to_string(),
            };
            storage::sha256(format!("{SEED} {} {name}", word.actor).as_bytes())
        });
        words.truncate(number);
    }
    words.sort_by(|a, b| (&a.actor, &a.picture).cmp(&(&b.actor, &b.picture)));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tdbal_types::Quality;

    fn actors() -> Vec<ActorId> {
        ["0001_a", "0002_b"]
            .map(|name| ActorId::new(name).unwrap())
            .to_vec()
    }

    fn read(document: &Value) -> anyhow::Result<Vec<Word>> {
        parse(document.to_string().as_bytes(), &actors())
    }

    #[test]
    fn a_file_says_a_class_or_more_for_each_file_of_an_actor() {
        let words = read(&json!({
            "0001": {"a.png": "photorealistic", "b.png": {"class": "bw_stylized", "quality": 3}},
            "0002_b": {"c.png": {"quality": 9}},
        }))
        .unwrap();
        let quality = |points| Some(Quality::new(points).unwrap());
        let expected = [
            (0, "a.png", Some(ImageClass::Photorealistic), None),
            (0, "b.png", Some(ImageClass::BwStylized), quality(3)),
            (1, "c.png", None, quality(9)),
        ];
        assert_eq!(words.len(), expected.len());
        for (word, (actor, file, class, quality)) in words.iter().zip(expected) {
            assert_eq!(word.actor, actors()[actor]);
            assert_eq!(word.picture, Named::File(ImageName::new(file).unwrap()));
            assert_eq!(word.said, HumanWord { class, quality });
        }
    }

    #[test]
    fn the_programs_own_file_is_read_and_of_what_was_said_the_last_counts() {
        let said = |class: &str, file: &str| json!({"actor": "0001_a", "file": file, "class": class, "said_at": "", "said_by": ""});
        let digest = "ab".repeat(32);
        let words = read(&json!({
            "labels": {&digest: [said("bw_stylized", "old.png"), said("photorealistic", "new.png")]}
        }))
        .unwrap();
        assert_eq!(words.len(), 1);
        assert_eq!(words[0].picture.to_string(), "new.png");
        assert_eq!(words[0].said.class, Some(ImageClass::Photorealistic));
    }

    #[test]
    fn what_makes_no_sense_is_told_with_its_place() {
        for (document, says) in [
            (json!({"0001": {"a.png": "sepia"}}), "a.png"),
            (json!({"0001": {"a.png": {}}}), "a.png"),
            (json!({"0001": "bw_stylized"}), "0001"),
            (json!({"0009": {}}), "0009"),
            (json!([]), "labels.json"),
        ] {
            let error = format!("{:#}", read(&document).unwrap_err());
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_sample_is_the_same_each_time_and_of_the_actors_that_are_named() {
        let all: Vec<Word> = (0..40)
            .map(|n| Word {
                actor: actors()[n % 2].clone(),
                picture: Named::File(ImageName::new(format!("{n}.png")).unwrap()),
                said: HumanWord::default(),
            })
            .collect();
        let drawn = choose(all.clone(), None, Some(10));
        assert_eq!(drawn.len(), 10);
        let mut turned = all.clone();
        turned.reverse();
        assert_eq!(choose(turned, None, Some(10)), drawn);
        let first: Vec<Word> = all.iter().take(10).cloned().collect();
        assert_ne!(choose(first, None, None), drawn, "drawn, not the first");
        let one = BTreeSet::from([actors()[1].clone()]);
        let of_one = choose(all, Some(&one), Some(30));
        assert_eq!(of_one.len(), 20);
        assert!(of_one.iter().all(|word| word.actor == actors()[1]));
    }
}
