use super::*;

#[test]
fn name_in_url_decides_which_entry_is_redundant() {
    let mut cases = 0;
    for (url, names, expected) in [
        (
            "https://b.s3.amazonaws.com/k/a_1.png",
            vec!["a_1.png", "a_2.png"],
            vec!["a_2.png"],
        ),
        (
            "https://b.s3.amazonaws.com/k/a_1.png?x=/a_2.png",
            vec!["a_2.png", "a_1.png"],
            vec!["a_2.png"],
        ),
        (
            "https://b.s3.amazonaws.com/k/a%201.png",
            vec!["a 1.png", "a%201.png"],
            vec!["a%201.png"],
        ),
        (
            "s3://b/k/a%201.png",
            vec!["a 1.png", "a%201.png"],
            vec!["a 1.png"],
        ),
        ("s3://b/k/a_1.png", vec!["x.png", "y.png"], vec![]),
        ("s3://b/k/", vec!["x.png", "k"], vec![]),
    ] {
        let names: Vec<ImageName> = names
            .into_iter()
            .map(|text| ImageName::new(text).unwrap())
            .collect();
        let found = redundant_names(url, &names);
        assert_eq!(
            found.iter().map(ImageName::as_str).collect::<Vec<_>>(),
            expected,
            "{url}"
        );
        cases += 1;
    }
    assert_eq!(cases, 6);
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<DoubleEntry> {
    DoubleEntry::same_object(
        pairs
            .iter()
            .map(|(url, name)| ((*url).to_owned(), ImageName::new(*name).unwrap())),
    )
}

#[test]
fn url_of_two_or_more_names_is_a_duplicate() {
    assert_eq!(pairs(&[]), []);
    assert_eq!(
        pairs(&[("s3://b/1.png", "1.png"), ("s3://b/2.png", "2.png")]),
        []
    );
    let names = ["c.png", "a.png", "b.png"].map(|name| ImageName::new(name).unwrap());
    assert_eq!(
        pairs(&[
            ("s3://b/a.png", "c.png"),
            ("s3://b/other.png", "other.png"),
            ("s3://b/a.png", "a.png"),
            ("s3://b/a.png", "b.png"),
        ]),
        [DoubleEntry::SameObject {
            s3_url: "s3://b/a.png".into(),
            doubles: vec![names[0].clone(), names[2].clone()],
            names: names.to_vec(),
        }]
    );
}

#[test]
fn file_name_of_two_or_more_entries_is_a_duplicate() {
    let entries = serde_json::json!([
        {"filename": "b.png"},
        {"filename": "a.png"},
        {"filename": ""},
        {"filename": "b.png"},
        {"filename": ""},
        {"filename": 1},
        {"filename": "b.png"},
    ]);
    let entries = entries.as_array().unwrap();
    assert_eq!(
        DoubleEntry::same_file(entries),
        [DoubleEntry::SameFile {
            file_name: "b.png".into(),
            positions: vec![0, 3, 6],
        }]
    );
    assert_eq!(repeated_files(entries), BTreeSet::from([3, 6]));
    assert_eq!(DoubleEntry::same_file(&entries[..3]), []);
    assert_eq!(repeated_files(&entries[..3]), BTreeSet::new());
}

#[test]
fn url_file_name_ends_before_query_or_fragment() {
    for (url, expected) in [
        ("https://h/k/a.png", true),
        ("https://h/k/a.png?x=1", true),
        ("https://h/k/a.png#x", true),
        ("https://h/k/xa.png", false),
        ("https://h/a.png/k", false),
        ("s3://b/k/a.png", true),
        // A key can contain a question mark.
        ("s3://b/k/a.png?x=1", false),
    ] {
        assert_eq!(is_file_of(url, "a.png"), expected, "{url}");
    }
}
