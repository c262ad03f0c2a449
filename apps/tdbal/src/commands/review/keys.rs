//! What can be typed in a review. Pure.

use dataset::people::labels::Wish;
use tdbal_types::{ImageClass, Quality};

/// What a line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Something is said of the picture.
    Say(PersonInput),
    /// The next picture; this one is asked about another time.
    Skip,
    /// What was said last is taken back.
    Undo,
    /// The review ends.
    Quit,
    /// The keys are explained.
    Help,
}

/// What is said of a picture: its class, or what should become of it, or both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PersonInput {
    pub(super) class: Option<ImageClass>,
    pub(super) quality: Option<Quality>,
    pub(super) wish: Option<Wish>,
}

/// What each key is for.
pub(super) const HELP: &str = "\
p  photorealistic              k  keep it, whatever is decided
b  black-and-white stylised    r  remove it, whatever it is
c  colour stylised             s  skip it for now
1 to 10 after a class is the   u  undo what you said last
   quality: b 7, b 7 k         q  quit; what was said is kept";

/// The keys on one line.
pub(super) const PROMPT: &str = "[p b c, k r, s u q, ? for help]";

/// What can be done when all pictures were asked about.
pub(super) const LAST_PROMPT: &str = "That was the last. [u to undo, anything else to end]";

/// Reads a line: `s`, `u`, `q` or `?` alone, or a class, a quality and a wish, of each at most one.
///
/// # Errors
/// When it is none of these: what can be typed.
pub(super) fn parse(line: &str) -> Result<Answer, String> {
    let line = line.trim().to_lowercase();
    match line.as_str() {
        "s" | "skip" => return Ok(Answer::Skip),
        "u" | "undo" => return Ok(Answer::Undo),
        "q" | "quit" => return Ok(Answer::Quit),
        "?" | "h" | "help" => return Ok(Answer::Help),
        _ => {}
    }
    let mut words = PersonInput::default();
    for word in line.split_whitespace() {
        let is_new = match word {
            "p" | "photorealistic" => put(&mut words.class, ImageClass::Photorealistic),
            "b" | "bw_stylized" => put(&mut words.class, ImageClass::BwStylized),
            "c" | "color_stylized" => put(&mut words.class, ImageClass::ColorStylized),
            "k" | "keep" => put(&mut words.wish, Wish::Keep),
            "r" | "remove" => put(&mut words.wish, Wish::Remove),
            other => {
                let quality = other.parse().ok().and_then(|n| Quality::new(n).ok());
                let quality = quality.ok_or_else(|| format!("{word:?} is no key; ? for help"))?;
                put(&mut words.quality, quality)
            }
        };
        if !is_new {
            return Err(format!("{line:?} says two things at once; ? for help"));
        }
    }
    if words.class.is_none() && words.wish.is_none() {
        return Err(format!("say what it is; {PROMPT}"));
    }
    Ok(Answer::Say(words))
}

/// Puts a value where none is, and says whether there was none.
fn put<T>(place: &mut Option<T>, value: T) -> bool {
    place.replace(value).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_a_class_a_quality_and_a_wish_in_any_order() {
        let bw = PersonInput {
            class: Some(ImageClass::BwStylized),
            ..PersonInput::default()
        };
        let quality = Some(Quality::new(7).unwrap());
        let wish = Some(Wish::Keep);
        for (line, words) in [
            ("b", bw),
            (" BW_stylized\n", bw),
            ("b 7", PersonInput { quality, ..bw }),
            (
                "k 7 b",
                PersonInput {
                    quality,
                    wish,
                    ..bw
                },
            ),
            (
                "k",
                PersonInput {
                    wish,
                    ..PersonInput::default()
                },
            ),
            (
                "r",
                PersonInput {
                    wish: Some(Wish::Remove),
                    ..PersonInput::default()
                },
            ),
        ] {
            assert_eq!(parse(line), Ok(Answer::Say(words)), "{line:?}");
        }
        for (line, class) in [("p", 0), ("c", 2), ("photorealistic", 0)] {
            let class = Some(ImageClass::ALL[class]);
            let words = PersonInput {
                class,
                ..PersonInput::default()
            };
            assert_eq!(parse(line), Ok(Answer::Say(words)), "{line:?}");
        }
    }

    #[test]
    fn single_keys_do_not_stand_beside_others() {
        for (line, answer) in [
            ("s", Answer::Skip),
            ("U\r\n", Answer::Undo),
            ("quit", Answer::Quit),
            ("?", Answer::Help),
        ] {
            assert_eq!(parse(line), Ok(answer), "{line:?}");
        }
        for (line, says) in [
            ("", "say what it is"),
            ("7", "say what it is"),
            ("x", "\"x\" is no key"),
            ("b 11", "\"11\" is no key"),
            ("b s", "\"s\" is no key"),
            ("b p", "two things at once"),
            ("k r", "two things at once"),
            ("b 7 8", "two things at once"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(says), "{line:?}: {error}");
        }
    }
}
