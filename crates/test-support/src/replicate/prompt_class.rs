//! Finds out which class of picture a prompt asks for.

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

/// Returns the class that a prompt asks for, or photorealistic if it names no medium.
///
/// Only the first sentence counts, because it names the medium. Later sentences may name media that
/// the picture must not look like.
pub fn class_in(prompt: &str) -> ImageClass {
    let medium = prompt.split('.').next().unwrap_or(prompt).to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| begins_word(&medium, word));
    // Checked first: "black-and-white photo" and "ink illustration" match later lists as well.
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

/// Returns true if a word of the text starts with `word`. "Stretching" does not contain an etching.
fn begins_word(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(char::is_alphabetic))
}

#[cfg(test)]
mod tests;
