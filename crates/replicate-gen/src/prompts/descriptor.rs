//! The word that a prompt uses for the actor.

/// Returns the word that a prompt uses for an actor: `man`, `woman`, `creature`, `robot`, `alien`
/// or `animal`, or `person` if neither argument is recognised.
///
/// `sex` and `actor_type` come from the metadata in the actor's manifest; a recognised `actor_type`
/// takes precedence. Age is left out because the base picture shows it.
pub fn descriptor(sex: Option<&str>, actor_type: Option<&str>) -> &'static str {
    actor_type
        .and_then(non_human)
        .or_else(|| sex.and_then(gender))
        .unwrap_or("person")
}

/// Returns the word for a non-human actor type, or `None` for any other.
fn non_human(actor_type: &str) -> Option<&'static str> {
    let lower = actor_type.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let not_human =
        words.contains(&"nonhuman") || words.windows(2).any(|pair| *pair == ["non", "human"]);
    words
        .iter()
        .find_map(|word| {
            Some(match *word {
                "creature" | "monster" | "beast" | "demon" | "dragon" | "humanoid" => "creature",
                "robot" | "android" | "cyborg" | "droid" | "mech" | "machine" => "robot",
                "alien" | "extraterrestrial" => "alien",
                "animal" => "animal",
                _ => return None,
            })
        })
        // "non-human" says what the actor is not, so any specific word takes precedence.
        .or(not_human.then_some("creature"))
}

/// Returns the word for a human of the given sex.
fn gender(sex: &str) -> Option<&'static str> {
    match sex.trim().to_lowercase().as_str() {
        "male" | "m" | "man" | "boy" => Some("man"),
        "female" | "f" | "woman" | "girl" => Some("woman"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sex_and_actor_type_determine_the_descriptor() {
        for (sex, actor_type, expected) in [
            (Some("male"), None, "man"),
            (Some(" Female "), None, "woman"),
            (Some("female"), Some("human"), "woman"),
            (Some("male"), Some("warrior"), "man"),
            (Some("male"), Some("creature"), "creature"),
            (None, Some("Sea-Monster"), "creature"),
            (Some("male"), Some("non-human"), "creature"),
            (None, Some("robot_companion"), "robot"),
            (None, Some("android"), "robot"),
            (None, Some("alien"), "alien"),
            (None, Some("animal"), "animal"),
            (None, None, "person"),
            (Some("unknown"), Some(""), "person"),
            (Some("nonbinary"), Some("human"), "person"),
        ] {
            assert_eq!(
                descriptor(sex, actor_type),
                expected,
                "{sex:?} {actor_type:?}"
            );
        }
    }
}
