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
mod tests;
