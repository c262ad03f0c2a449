//! Telling from a prompt what kind of picture it asks for.

use tdbal_types::ImageClass;

const PHOTOGRAPH: [&str; 3] = ["photo", "film still", "film frame"];

const BLACK_AND_WHITE: [&str; 17] = [
    "black-and-white",
    "black and white",
    "monochrome",
    "black ink",
    "black-ink",
    "pen-and-ink",
    "pen and ink",
    "graphite",
    "charcoal",
    "scratchboard",
    "stipple",
    "woodcut",
    "linocut",
    "etching",
    "engraving",
    "black conté",
    "halftone",
];

const COLOUR: [&str; 16] = [
    "illustration",
    "painting",
    "comic",
    "watercolo",
    "gouache",
    "pastel",
    "cel-shaded",
    "animation",
    "cartoon",
    "screen-print",
    "screen print",
    "risograph",
    "woodblock",
    "collage",
    "coloured-pencil",
    "poster",
];

/// The class that a prompt asks for, by the words of its first sentence, which name the medium; the
/// rest says what is shown and what it must not look like.
pub fn class_in(prompt: &str) -> ImageClass {
    let medium = prompt.split('.').next().unwrap_or(prompt).to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| begins_word(&medium, word));
    if has(&BLACK_AND_WHITE) {
        ImageClass::BwStylized
    } else if has(&PHOTOGRAPH) {
        ImageClass::Photorealistic
    } else if has(&COLOUR) {
        ImageClass::ColorStylized
    } else {
        ImageClass::Photorealistic
    }
}

/// Whether a word of the text begins so: who is stretching is no etching.
fn begins_word(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::fixtures_dir;
    use replicate_gen::{Catalogue, PromptQueue, descriptor};
    use std::collections::BTreeSet;
    use std::fs;

    #[test]
    fn the_media_of_the_catalogue_are_told_apart() {
        let path = fixtures_dir().join("../crates/replicate-gen/data/catalogue.toml");
        let text = fs::read_to_string(path).unwrap();
        let mut class = None;
        let mut seen = 0;
        for line in text.lines() {
            if let Some(table) = line.strip_prefix('[') {
                class = ImageClass::ALL
                    .into_iter()
                    .find(|class| table.contains(class.as_str()));
            }
            if let Some(medium) = line.strip_prefix("medium = ") {
                assert_eq!(Some(class_in(medium)), class, "{medium}");
                seen += 1;
            }
        }
        assert!(seen >= 28, "{seen} techniques");
    }

    #[test]
    fn every_prompt_of_the_catalogue_is_of_the_class_that_it_is_for() {
        let catalogue = Catalogue::builtin();
        let mut seen = 0;
        for class in ImageClass::ALL {
            for seed in 0..20 {
                let subject = descriptor(Some("male"), None);
                let queue = PromptQueue::new(&catalogue, class, &BTreeSet::new(), subject, seed);
                for prompt in queue.take(200) {
                    assert_eq!(class_in(&prompt.text), class, "{}", prompt.text);
                    seen += 1;
                }
            }
        }
        assert!(seen > 3000, "{seen} prompts");
    }
}
