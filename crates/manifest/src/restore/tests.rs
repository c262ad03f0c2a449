use super::*;
use serde_json::json;

/// A set of names of one letter each.
fn names(letters: &str) -> BTreeSet<ImageName> {
    let names = letters.chars().map(ImageName::new);
    names.collect::<Result<_, _>>().unwrap()
}

/// A list of entries that are named with one letter each and say the same.
fn list<'a>(letters: &'a str, value: &'a Value) -> Vec<Named<'a>> {
    let letters = letters.split("").filter(|letter| !letter.is_empty());
    letters.map(|letter| (Some(letter), value)).collect()
}

#[test]
fn entries_come_back_behind_the_nearest_that_is_still_there() {
    let same = json!({"index": 1});
    let before = list("abcd", &same);
    let mut cases = 0;
    for (now, back, out, expected) in [
        ("dx", "abc", "x", "abcd"),
        ("axd", "bc", "", "abcxd"),
        ("xy", "c", "", "cxy"),
        // Somebody sorted the list otherwise: it stays so.
        ("dca", "b", "", "dcab"),
        // What left and came already does not do so again.
        ("abcd", "b", "x", "abcd"),
        // Its name was given to another entry at the end.
        ("acdb", "b", "b", "abcd"),
        ("", "da", "", "ad"),
    ] {
        let list = restored(list(now, &same), &before, &names(back), &names(out)).unwrap();
        let found: String = list.iter().filter_map(|(name, _)| *name).collect();
        assert_eq!(found, expected, "{now} with {back} and without {out}");
        cases += 1;
    }
    assert_eq!(cases, 7);
}

#[test]
fn an_entry_with_other_content_is_in_the_way() {
    let (old, new) = (json!({"index": 1}), json!({"index": 2}));
    let before = list("ab", &old);
    let error = restored(list("b", &new), &before, &names("b"), &names("")).unwrap_err();
    assert!(matches!(error, ManifestError::Changed { name } if name.as_str() == "b"));
    let replaced = restored(list("b", &new), &before, &names("b"), &names("b")).unwrap();
    assert_eq!(replaced, list("b", &old));
}

#[test]
fn entries_of_one_name_and_without_a_name_keep_their_places() {
    let values: Vec<Value> = (0..5).map(|number| json!(number)).collect();
    let named = |list: &[(Option<&'static str>, usize)]| -> Vec<Named<'_>> {
        list.iter()
            .map(|&(name, value)| (name, &values[value]))
            .collect()
    };
    let before = named(&[
        (Some("a"), 0),
        (None, 1),
        (Some("b"), 2),
        (None, 3),
        (Some("a"), 4),
    ]);
    let now = named(&[(None, 1), (Some("b"), 2), (None, 3)]);
    let list = restored(now, &before, &names("a"), &names("")).unwrap();
    assert_eq!(list, before);
}
