use super::*;

#[test]
fn repeated_key_is_found_at_any_depth() {
    let mut cases = 0;
    for (text, paths) in [
        (r#"{"a": 1, "b": [true, null, -1, 2.5, "x"]}"#, vec![]),
        (r#"{"a": 1, "b": {"a": 1}}"#, vec![]),
        (r#"{"a": 1, "a": 1}"#, vec!["a"]),
        // An escaped spelling is the same key, and three occurrences are reported once.
        (r#"{"a": 1, "\u0061": 2, "a": 3}"#, vec!["a"]),
        (
            r#"{"images": {"a.png": {"index": 1, "index": 2}, "a.png": {}}}"#,
            vec![r#"images["a.png"].index"#, r#"images["a.png"]"#],
        ),
        (
            r#"{"training_data": [{}, {"filename": "a", "filename": "b"}]}"#,
            vec!["training_data[1].filename"],
        ),
        (r#"[[], [[{"": 1, "": 2}]]]"#, vec![r#"[1][0][0][""]"#]),
        // A key that is not a word is quoted, at the root too.
        (r#"{"a b": 1, "a b": 2}"#, vec![r#"["a b"]"#]),
        (
            r#"{"a": {"x_1": 1, "x_1": 2, "-": 1, "-": 2}}"#,
            vec!["a.x_1", r#"a["-"]"#],
        ),
    ] {
        assert_eq!(repeated_keys(text.as_bytes()).unwrap(), paths, "{text}");
        cases += 1;
    }
    assert_eq!(cases, 9);
}

#[test]
fn invalid_json_is_an_error() {
    for text in ["", "{", "[1,]", "{\"a\": }"] {
        assert!(repeated_keys(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn scan_expects_any_json_value() {
    let scan = Scan {
        path: &Path::Root,
        found: &mut Vec::new(),
    };
    let error: serde_json::Error = Error::invalid_type(serde::de::Unexpected::Unit, &scan);
    assert!(error.to_string().contains("any JSON value"), "{error}");
}
