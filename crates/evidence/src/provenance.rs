//! Which class a picture was made to be, by the words that it was made with.

use tdbal_types::ImageClass;

/// Names of photography, where they are not denied.
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

/// What a candid picture is called when it is one of a camera; stylised ones are of a "candid
/// moment".
const CAMERA: &[&str] = &["shot", "close up", "photo", "portrait", "footage"];

/// Words between "candid" and what it says of the camera, at most.
const CANDID_REACH: usize = 4;

/// Names of drawing, print and painting that leave open whether there is colour.
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

/// Techniques that are without colour unless it is said.
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

/// Techniques that are in colour unless it is denied.
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

/// Words that say that there is no colour.
const COLOURLESS: &[&str] = &[
    "black and white",
    "b w",
    "monochrome",
    "monochromatic",
    "grayscale",
    "black ink",
];

/// Words that say that there is colour, where they are not denied.
const COLOURED: &[&str] = &["color", "colors", "multicolor"];

/// Words that deny what follows them.
const DENIALS: &[&str] = &["no", "not", "non", "never", "without"];

/// What kind of picture a prompt asks for, by its words: photograph, drawing without colour, or
/// drawing in colour. Nothing where the words do not say, or say two things, as "a black-and-white
/// photograph" does: it would be photorealistic and without colour at once.
///
/// The rule, on English words, in any case and either spelling:
/// 1. It is photographic if it names photography ("photorealistic", "film still", "a candid ...
///    shot") without denying it, and drawn if it names a technique, or denies photography ("not
///    photorealistic"). Neither, or both: nothing.
/// 2. A photograph is photorealistic, unless black and white is asked for.
/// 3. What is drawn is without or in colour as the words say ("monochrome", "no color"; "flat
///    colors"); where they say neither, as its technique is by custom (charcoal; gouache). Both, or
///    neither: nothing.
///
/// Words such as "medium shot" count for nothing alone: prompts for drawings have them too. This
/// is evidence of what was wanted; generators miss a style now and then.
pub fn class_of_prompt(prompt: &str) -> Option<ImageClass> {
    let words = Words::of(prompt);
    let is_photograph = words.state_any(PHOTOGRAPH) || words.is_candid_camera();
    let lacks_colour_by_custom = words.state_any(WITHOUT_COLOUR);
    let has_colour_by_custom = words.state_any(WITH_COLOUR);
    let is_drawn = lacks_colour_by_custom
        || has_colour_by_custom
        || words.state_any(DRAWN)
        || words.deny_any(PHOTOGRAPH);
    let is_colourless = words.state_any(COLOURLESS) || words.deny_any(COLOURED);
    let is_coloured = words.state_any(COLOURED);
    match (is_photograph, is_drawn) {
        (true, false) => (!is_colourless).then_some(ImageClass::Photorealistic),
        (false, true) => match (is_colourless, is_coloured) {
            (true, false) => Some(ImageClass::BwStylized),
            (false, true) => Some(ImageClass::ColorStylized),
            (true, true) => None,
            (false, false) => match (lacks_colour_by_custom, has_colour_by_custom) {
                (true, false) => Some(ImageClass::BwStylized),
                (false, true) => Some(ImageClass::ColorStylized),
                _ => None,
            },
        },
        _ => None,
    }
}

/// The class that a record names: one of [`ImageClass`]'s own names, in any case, with spaces,
/// hyphens or underscores, and in either spelling. Nothing for other names, such as "existing",
/// which a manifest has for pictures whose class nobody recorded.
pub fn class_of_record(name: &str) -> Option<ImageClass> {
    let name = Words::of(name).0.join("_");
    match name.as_str() {
        "photorealistic" => Some(ImageClass::Photorealistic),
        "bw_stylized" | "bw_stylised" => Some(ImageClass::BwStylized),
        "color_stylized" | "color_stylised" => Some(ImageClass::ColorStylized),
        _ => None,
    }
}

/// The words of a text in lower case, American spelling, without punctuation.
struct Words(Vec<String>);

impl Words {
    fn of(text: &str) -> Self {
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

    /// Whether a phrase stands here that nothing denies.
    fn state_any(&self, phrases: &[&str]) -> bool {
        self.places(phrases).any(|place| !self.is_denied(place))
    }

    /// Whether a phrase stands here that is denied.
    fn deny_any(&self, phrases: &[&str]) -> bool {
        self.places(phrases).any(|place| self.is_denied(place))
    }

    /// Whether "candid" is said of what a camera takes.
    fn is_candid_camera(&self) -> bool {
        self.places(&["candid"]).any(|place| {
            let after = self.0.iter().skip(place + 1).take(CANDID_REACH);
            Self(after.cloned().collect()).state_any(CAMERA)
        })
    }

    /// Where the phrases begin.
    fn places(&self, phrases: &[&str]) -> impl Iterator<Item = usize> {
        let begins = |place: usize, phrase: &str| {
            let mut words = self.0.iter().skip(place);
            phrase
                .split(' ')
                .all(|wanted| words.next().is_some_and(|word| word == wanted))
        };
        (0..self.0.len()).filter(move |&place| phrases.iter().any(|phrase| begins(place, phrase)))
    }

    /// Whether the word before, an article apart, denies what stands at a place.
    fn is_denied(&self, place: usize) -> bool {
        self.0
            .iter()
            .take(place)
            .rev()
            .find(|word| !matches!(word.as_str(), "a" | "an" | "the"))
            .is_some_and(|word| DENIALS.contains(&word.as_str()))
    }
}

#[cfg(test)]
mod tests;
