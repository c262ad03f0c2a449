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
