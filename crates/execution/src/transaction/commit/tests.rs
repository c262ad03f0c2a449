use super::*;
use journal::run::record::{Added, Leaving};
use serde_json::json;

const RUN: &str = "20261122T110650Z-00000001";
const EARLIER: &str = "20261121T110650Z-00000002";

/// A manifest that lists these pictures, each by one letter, with the mark of who changed it last.
fn manifest(pictures: &str, mark: Option<&str>) -> TrainingManifest {
    let images: serde_json::Map<_, _> = pictures
        .chars()
        .map(|name| (format!("{name}.png"), json!({ "prompt": "p" })))
        .collect();
    let document = json!({ "actor_id": "9001_a", "images": images });
    let parsed = TrainingManifest::parse(document.to_string().as_bytes()).unwrap();
    match mark {
        Some(mark) => parsed.marked(mark),
        None => parsed,
    }
}

fn change(added: &str, leaving: &str) -> Change {
    let names = |letters: &str| -> Vec<ImageName> {
        let names = letters.chars().map(|name| format!("{name}.png"));
        names.map(|name| ImageName::new(name).unwrap()).collect()
    };
    let sha256 = Digest::from_bytes([1; 32]);
    Change {
        from: None,
        before: None,
        after: None,
        added: names(added)
            .into_iter()
            .map(|name| Added {
                name,
                sha256,
                places: Vec::new(),
            })
            .collect(),
        leaving: names(leaving)
            .into_iter()
            .map(|name| Leaving {
                name,
                sha256,
                places: Vec::new(),
            })
            .collect(),
    }
}

type Marked<'a> = (&'a str, Option<&'a str>);

#[test]
fn mark_or_entries_show_whether_the_commit_was_written() {
    let (run, earlier) = (Some(RUN), Some(EARLIER));
    // Before, after, what a person made of it, what comes, what leaves, whether it was written.
    let cases: [(Marked, Marked, Marked, &str, &str, bool); 12] = [
        // A run: a person deleted what came, or listed again what left.
        (("ab", None), ("bc", run), ("b", run), "c", "a", true),
        (("ab", None), ("bc", run), ("abc", run), "c", "a", true),
        // The run only adds, and a person listed one of its files before the write.
        (
            ("a", earlier),
            ("abc", run),
            ("ab", earlier),
            "bc",
            "",
            false,
        ),
        (("a", None), ("abc", run), ("ab", None), "bc", "", false),
        // Someone rebuilt the manifest from the folder after the commit: the mark is lost.
        (("ab", None), ("bc", run), ("bc", None), "c", "a", true),
        (("ab", None), ("bc", run), ("abc", None), "c", "a", false),
        // An undo that restores a manifest byte for byte, and a person who deletes what came back.
        (("b", run), ("ab", None), ("b", None), "a", "", true),
        (("b", run), ("ab", earlier), ("b", earlier), "a", "", true),
        (("bc", run), ("ab", None), ("b", None), "a", "c", true),
        // The undo was not written: the mark is still the run's.
        (("b", run), ("ab", None), ("b", run), "a", "", false),
        (("b", run), ("abc", None), ("ab", run), "ac", "", false),
        // Nothing shows a removal that leaves no trace.
        (("ab", run), ("a", run), ("a", run), "", "b", false),
    ];
    let mut seen = 0;
    for (before, after, now, added, leaving, is_written) in cases {
        let [before, after, now] = [before, after, now].map(|(names, mark)| manifest(names, mark));
        let shown = shows_commit(Some(&before), Some(&after), &now, &change(added, leaving));
        assert_eq!(
            shown, is_written,
            "case {seen}: {added} comes, {leaving} leaves"
        );
        seen += 1;
    }
    assert_eq!(seen, 12);
}

#[test]
fn first_manifest_shows_its_commit_by_mark() {
    let after = manifest("ab", Some(RUN));
    let all = change("ab", "");
    let edited = manifest("b", Some(RUN));
    assert!(shows_commit(None, Some(&after), &edited, &all));
    assert!(!shows_commit(
        None,
        Some(&after),
        &manifest("b", None),
        &all
    ));
    assert!(shows_commit(
        None,
        Some(&after),
        &manifest("abc", None),
        &all
    ));
}
