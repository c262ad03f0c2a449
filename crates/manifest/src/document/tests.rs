use super::*;
use serde_json::json;

fn parse(text: &str) -> Document {
    Document::parse(text.as_bytes()).unwrap()
}

#[test]
fn text_with_and_without_final_newline_round_trips() {
    for text in ["{\n  \"a\": 1\n}", "{\n  \"a\": 1\n}\n", "{}", "{}\n"] {
        assert_eq!(parse(text).to_bytes(), text.as_bytes(), "{text:?}");
    }
}

#[test]
fn new_document_has_no_final_newline_and_is_writable() {
    let document = Document::new(Map::from_iter([("a".to_owned(), json!([]))]));
    assert_eq!(document.to_bytes(), b"{\n  \"a\": []\n}");
    assert_eq!(document.repeated_keys(), [""; 0]);
    document.check_writable().unwrap();
}

#[test]
fn array_is_empty_if_absent_or_null_and_an_error_otherwise() {
    let document = parse(r#"{"null": null, "list": [1, 2], "object": {}, "text": "[]"}"#);
    assert_eq!(document.array("absent").unwrap(), [] as [Value; 0]);
    assert_eq!(document.array("null").unwrap(), [] as [Value; 0]);
    assert_eq!(document.array("list").unwrap(), [json!(1), json!(2)]);
    for key in ["object", "text"] {
        let error = document.array(key).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("{key} must be an array (")),
            "{error}"
        );
    }
}

#[test]
fn text_is_none_unless_the_value_is_a_string() {
    let document = parse(r#"{"text": "x", "empty": "", "null": null, "number": 1}"#);
    assert_eq!(document.text("text"), Some("x"));
    assert_eq!(document.text("empty"), Some(""));
    for key in ["null", "number", "absent"] {
        assert_eq!(document.text(key), None, "{key}");
    }
}

#[test]
fn entry_text_is_none_if_absent_null_empty_or_not_a_string() {
    let document = parse(r#"{"text": "x", "empty": "", "null": null, "number": 1}"#);
    assert_eq!(entry_text(&document.root, "text").as_deref(), Some("x"));
    for key in ["empty", "null", "number", "absent"] {
        assert_eq!(entry_text(&document.root, key), None, "{key}");
    }
}

#[test]
fn document_with_repeated_key_is_not_writable() {
    let document = parse(r#"{"a": 1, "a": 2}"#);
    assert_eq!(document.root, Map::from_iter([("a".to_owned(), json!(2))]));
    assert_eq!(document.repeated_keys(), ["a"]);
    assert!(matches!(
        document.check_writable(),
        Err(ManifestError::RepeatedKeys { paths }) if paths == ["a"]
    ));
}
