//! Parses what a person types in a review. Pure.

use dataset::people::labels::Wish;
use tdbal_types::{ImageClass, Quality};

/// What a line of input asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Record this about the picture.
    Judge(Judgement),
    /// Skip this picture for now.
    Skip,
    /// Undo the last answer.
    Undo,
    /// End the review.
    Quit,
    /// Explain the keys.
    Help,
}

/// What is said of a picture: its class, or what should become of it, or both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) class: Option<ImageClass>,
    pub(super) quality: Option<Quality>,
    pub(super) wish: Option<Wish>,
}

/// Explains the keys.
pub(super) const HELP: &str = "\
p  photorealistic              k  keep it, whatever its class
b  black-and-white stylised    r  remove it, whatever its class
c  colour stylised             s  skip it for now
1 to 10 after a class is the   u  undo your last answer
   quality: b 7, b 7 k         q  quit; your answers are saved";

/// Lists the keys on one line.
pub(super) const PROMPT: &str = "[p b c, k r, s u q, ? for help]";

/// Shown after the last picture.
pub(super) const LAST_PROMPT: &str = "That was the last picture. [u to undo, anything else to end]";

/// Parses a line: `s`, `u`, `q` or `?` alone, or at most one each of class, quality, and `k` or `r`, in
/// any order. A quality alone is not an answer.
///
/// # Errors
/// Returns a message that says what can be typed.
pub(super) fn parse(line: &str) -> Result<Answer, String> {
    let line = line.trim().to_lowercase();
    match line.as_str() {
        "s" | "skip" => return Ok(Answer::Skip),
        "u" | "undo" => return Ok(Answer::Undo),
        "q" | "quit" => return Ok(Answer::Quit),
        "?" | "h" | "help" => return Ok(Answer::Help),
        _ => {}
    }
    let mut judgement = Judgement::default();
    for word in line.split_whitespace() {
        let is_new = match word {
            "p" | "photorealistic" => put(&mut judgement.class, ImageClass::Photorealistic),
            "b" | "bw_stylized" => put(&mut judgement.class, ImageClass::BwStylized),
            "c" | "color_stylized" => put(&mut judgement.class, ImageClass::ColorStylized),
            "k" | "keep" => put(&mut judgement.wish, Wish::Keep),
            "r" | "remove" => put(&mut judgement.wish, Wish::Remove),
            other => {
                let quality = other.parse().ok().and_then(|n| Quality::new(n).ok());
                let quality = quality.ok_or_else(|| format!("unknown key {word:?}; ? for help"))?;
                put(&mut judgement.quality, quality)
            }
        };
        if !is_new {
            return Err(format!(
                "{line:?} has two answers to one question; ? for help"
            ));
        }
    }
    if judgement.class.is_none() && judgement.wish.is_none() {
        return Err(format!("type a class, k or r; {PROMPT}"));
    }
    Ok(Answer::Judge(judgement))
}

/// Sets a value and returns whether it was not set before.
fn put<T>(slot: &mut Option<T>, value: T) -> bool {
    slot.replace(value).is_none()
}

#[cfg(test)]
mod tests;
