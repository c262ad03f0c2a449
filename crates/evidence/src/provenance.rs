//! The class that a picture was meant to have, from its prompt or its record.

use tdbal_types::ImageClass;

/// Phrases that name photography, unless negated.
const PHOTOGRAPH: &[&str] = &[
    "photorealistic",
    "photorealism",
    "photograph",
    "photography",
    "photo",
    "film still",
    "movie still",
    "cinematic still",
    "dslr",
];

/// Words that, soon after "candid", name a photograph. Prompts for drawings use "candid" too, but
/// with other words, as in "a candid moment".
const CAMERA: &[&str] = &["shot", "close up", "photo", "portrait", "footage"];

/// Maximum number of words after "candid" in which a word of [`CAMERA`] is searched for.
const CANDID_REACH: usize = 4;

/// Phrases that name a drawing, print or painting, which may have colour or not.
const DRAWN: &[&str] = &[
    "illustration",
    "illustrated",
    "drawing of",
    "sketch of",
    "painting of",
    "print of",
    "poster of",
    "panel of",
    "collage of",
    "portrait drawing",
    "line drawing",
    "line art",
    "comic book",
    "comic style",
    "comic panel",
    "graphic novel",
    "cartoon",
    "anime",
    "manga",
    "cel shaded",
    "flat vector",
    "vector art",
    "concept art",
    "woodblock print",
    "screen printed",
    "lithograph",
    "lithography",
    "engraving",
    "stylized",
    "stylised",
];

/// Techniques without colour, unless the prompt states colour.
const WITHOUT_COLOUR: &[&str] = &[
    "pen and ink",
    "ink drawing",
    "ink sketch",
    "ink wash",
    "ink illustration",
    "charcoal drawing",
    "charcoal sketch",
    "charcoal illustration",
    "charcoal portrait",
    "charcoal study",
    "graphite drawing",
    "graphite pencil",
    "graphite sketch",
    "pencil sketch",
    "woodcut",
    "linocut",
    "scratchboard",
    "stippled",
    "stippling",
    "etching",
    "copperplate",
    "crosshatching",
    "cross hatching",
    "conté crayon",
    "conte crayon",
];

/// Techniques with colour, unless the prompt excludes it.
const WITH_COLOUR: &[&str] = &[
    "watercolor",
    "gouache",
    "oil painting",
    "oil on canvas",
    "impasto",
    "acrylic painting",
    "pastel drawing",
    "pastel painting",
    "pastel illustration",
    "soft pastel",
    "oil pastel",
    "colored pencil",
    "color pencil",
    "risograph",
    "animation cel",
    "cut paper collage",
    "pop art",
];

/// Phrases that exclude colour.
const COLOURLESS: &[&str] = &[
    "black and white",
    "b w",
    "monochrome",
    "monochromatic",
    "grayscale",
    "black ink",
];

/// Words that state colour, unless negated.
const COLOURED: &[&str] = &["color", "colors", "multicolor"];

/// Words that negate the phrase after them.
const NEGATIONS: &[&str] = &["no", "not", "non", "never", "without"];

/// The class that a prompt asks for, by its words, or `None` if the words are unclear or
/// contradictory. "A black-and-white photograph" is contradictory: no class is both photorealistic
/// and without colour.
///
/// The rules work on English words, in upper or lower case and British or American spelling:
/// 1. The prompt asks for a photograph if it names photography without negating it
///    ("photorealistic", "film still", "a candid ... shot"). It asks for a drawing if it names a
///    technique or negates photography ("not photorealistic"). If it does neither or both, the
///    result is `None`.
/// 2. A photograph is photorealistic. If the prompt also excludes colour, the result is `None`.
/// 3. A drawing is in colour or not as the prompt states ("flat colors"; "monochrome", "no
///    color"). If it states neither, the technique decides (gouache; charcoal). If that leaves both
///    or neither, the result is `None`.
///
/// Terms such as "medium shot" do not count, because prompts for drawings contain them too. The
/// result is evidence of what was asked for; generators sometimes miss the style.
pub fn class_of_prompt(prompt: &str) -> Option<ImageClass> {
    let words = Words::of(prompt);
    let is_photograph = words.states_any(PHOTOGRAPH) || words.has_candid_photograph();
    let is_colourless_technique = words.states_any(WITHOUT_COLOUR);
    let is_coloured_technique = words.states_any(WITH_COLOUR);
    // Negating photography implies a drawing: "not photorealistic".
    let is_drawn = is_colourless_technique
        || is_coloured_technique
        || words.states_any(DRAWN)
        || words.negates_any(PHOTOGRAPH);
    let is_colourless = words.states_any(COLOURLESS) || words.negates_any(COLOURED);
    let is_coloured = words.states_any(COLOURED);
    match (is_photograph, is_drawn) {
        (true, false) => (!is_colourless).then_some(ImageClass::Photorealistic),
        (false, true) => match (is_colourless, is_coloured) {
            (true, false) => Some(ImageClass::BwStylized),
            (false, true) => Some(ImageClass::ColorStylized),
            // Colour both stated and excluded.
            (true, true) => None,
            (false, false) => match (is_colourless_technique, is_coloured_technique) {
                (true, false) => Some(ImageClass::BwStylized),
                (false, true) => Some(ImageClass::ColorStylized),
                _ => None,
            },
        },
        _ => None,
    }
}

/// The class that a record names, or `None` if the name is not a class.
///
/// Accepts the names of [`ImageClass`] in upper or lower case, with spaces, hyphens or underscores,
/// and in British or American spelling. Manifests also contain other names, such as "existing" for
/// a picture whose class was never recorded.
pub fn class_of_record(name: &str) -> Option<ImageClass> {
    let name = Words::of(name).0.join("_");
    match name.as_str() {
        "photorealistic" => Some(ImageClass::Photorealistic),
        "bw_stylized" | "bw_stylised" => Some(ImageClass::BwStylized),
        "color_stylized" | "color_stylised" => Some(ImageClass::ColorStylized),
        _ => None,
    }
}

/// The words of a text, in lower case and American spelling, without punctuation.
struct Words(Vec<String>);

impl Words {
    fn of(text: &str) -> Self {
        // Splitting at hyphens too makes "non-photorealistic" a negation.
        let words = text
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(|word| {
                word.to_lowercase()
                    .replace("colour", "color")
                    .replace("grey", "gray")
            });
        Self(words.collect())
    }

    /// Whether any of the phrases occurs without being negated.
    fn states_any(&self, phrases: &[&str]) -> bool {
        self.positions(phrases)
            .any(|position| !self.is_negated(position))
    }

    /// Whether any of the phrases occurs negated.
    fn negates_any(&self, phrases: &[&str]) -> bool {
        self.positions(phrases)
            .any(|position| self.is_negated(position))
    }

    /// Whether "candid" describes a photograph.
    fn has_candid_photograph(&self) -> bool {
        self.positions(&["candid"]).any(|position| {
            let after = self.0.iter().skip(position + 1).take(CANDID_REACH);
            Self(after.cloned().collect()).states_any(CAMERA)
        })
    }

    /// The positions at which any of the phrases starts.
    fn positions(&self, phrases: &[&str]) -> impl Iterator<Item = usize> {
        let starts_at = |position: usize, phrase: &str| {
            let mut words = self.0.iter().skip(position);
            phrase
                .split(' ')
                .all(|wanted| words.next().is_some_and(|word| word == wanted))
        };
        (0..self.0.len())
            .filter(move |&position| phrases.iter().any(|phrase| starts_at(position, phrase)))
    }

    /// Whether the phrase at a position is negated by the word before it, ignoring articles.
    fn is_negated(&self, position: usize) -> bool {
        self.0
            .iter()
            .take(position)
            .rev()
            .find(|word| !matches!(word.as_str(), "a" | "an" | "the"))
            .is_some_and(|word| NEGATIONS.contains(&word.as_str()))
    }
}

#[cfg(test)]
mod tests;
