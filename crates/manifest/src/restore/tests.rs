use super::*;
use serde_json::json;

/// A set of one-letter names.
fn names(letters: &str) -> BTreeSet<ImageName> {
    let names = letters.chars().map(ImageName::new);
    names.collect::<Result<_, _>>().unwrap()
}

/// A list of entries with one-letter names and the same value.
fn list<'a>(letters: &'a str, value: &'a Value) -> Vec<NamedEntry<'a>> {
    let letters = letters.split("").filter(|letter| !letter.is_empty());
    letters.map(|letter| (Some(letter), value)).collect()
}

#[test]
fn entry_is_restored_after_its_nearest_predecessor() {
    let same = json!({"index": 1});
    let before = list("abcd", &same);
    let mut cases = 0;
    for (current, back, out, expected) in [
        ("dx", "abc", "x", "abcd"),
        ("axd", "bc", "", "abcxd"),
        ("xy", "c", "", "cxy"),
        // A list in another order keeps that order.
        ("dca", "b", "", "dcab"),
        // Restoring again changes nothing.
        ("abcd", "b", "x", "abcd"),
        // The name now belongs to another entry at the end.
        ("acdb", "b", "b", "abcd"),
        ("", "da", "", "ad"),
    ] {
        let list = restored(list(current, &same), &before, &names(back), &names(out)).unwrap();
        let found: String = list.iter().filter_map(|(name, _)| *name).collect();
        assert_eq!(found, expected, "{current} with {back} and without {out}");
        cases += 1;
    }
    assert_eq!(cases, 7);
}

#[test]
fn entry_with_different_content_is_an_error() {
    let (old, new) = (json!({"index": 1}), json!({"index": 2}));
    let before = list("ab", &old);
    let error = restored(list("b", &new), &before, &names("b"), &names("")).unwrap_err();
    assert!(matches!(error, ManifestError::Changed { name } if name.as_str() == "b"));
    let replaced = restored(list("b", &new), &before, &names("b"), &names("b")).unwrap();
    assert_eq!(replaced, list("b", &old));
}

#[test]
fn entries_with_equal_or_no_names_keep_their_places() {
    let values: Vec<Value> = (0..5).map(|number| json!(number)).collect();
    let named = |list: &[(Option<&'static str>, usize)]| -> Vec<NamedEntry<'_>> {
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
    let current = named(&[(None, 1), (Some("b"), 2), (None, 3)]);
    let list = restored(current, &before, &names("a"), &names("")).unwrap();
    assert_eq!(list, before);
}

#[test]
fn entries_named_in_out_are_removed_and_nothing_else() {
    let same = json!({"index": 1});
    let current = list("abcb", &same);
    let result = restored(current.clone(), &[], &names(""), &names("b")).unwrap();
    assert_eq!(result, list("ac", &same));
    let result = restored(current.clone(), &[], &names(""), &names("")).unwrap();
    assert_eq!(result, current);
}

#[test]
fn restoring_a_name_restores_all_its_entries() {
    let values = [json!(0), json!(1), json!(2)];
    let before: Vec<NamedEntry<'_>> = vec![
        (Some("a"), &values[0]),
        (Some("b"), &values[1]),
        (Some("a"), &values[2]),
    ];
    let result = restored(Vec::new(), &before, &names("a"), &names("")).unwrap();
    assert_eq!(result, [before[0], before[2]]);
    // Only one of the two entries is there, so the name counts as changed.
    let error = restored(vec![before[0]], &before, &names("a"), &names("")).unwrap_err();
    assert!(matches!(error, ManifestError::Changed { .. }));
}
