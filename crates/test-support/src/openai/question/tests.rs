use super::*;

#[test]
fn numbers_are_read_from_the_schema_or_the_text() {
    let schema = json!({"properties": {"n": {"enum": [4, 9]}, "c": {"enum": ["a"]}}});
    assert_eq!(numbers_of(&schema), Some(vec![4, 9]));
    assert_eq!(numbers_of(&json!({"enum": ["a"]})), None);
    let text = "The sheet is attached. Numbers to judge (3): 1, 2, 5.\n\nmore: 7";
    assert_eq!(numbers_in(text), Some(vec![1, 2, 5]));
    assert_eq!(numbers_in("What is this?"), None);
}

#[test]
fn property_names_are_read_from_the_schema() {
    let form = Form::read(&json!({"properties": {
        "comment": {"type": "string"},
        "entries": {"type": "array", "items": {"properties": {
            "image_number": {"type": "integer"},
            "kind": {"type": "string", "enum": ["photorealistic", "bw_stylized"]},
            "score": {"type": "integer"},
        }}},
    }}))
    .unwrap();
    let Form::Sheet {
        pictures,
        picture,
        texts,
    } = form
    else {
        panic!("{form:?}");
    };
    assert_eq!(pictures, "entries");
    assert_eq!(texts, ["comment"]);
    let parts: Vec<Part> = picture.iter().map(|(_, part)| *part).collect();
    assert_eq!(parts, [Part::Number, Part::Class, Part::Quality]);
    assert!(Form::read(&json!({"properties": {}})).is_err());
}

#[test]
fn schema_without_a_list_asks_about_one_picture() {
    let form = Form::read(&json!({"properties": {
        "seen": {"type": "string"},
        "class": {"type": "string", "enum": ["photorealistic", "bw_stylized"]},
        "faults": {"type": "array", "items": {"type": "string", "enum": ["distorted"]}},
        "quality": {"type": "integer"},
    }}))
    .unwrap();
    assert_eq!(form, Form::usual("The picture is attached. Judge it."));
    assert_ne!(
        form,
        Form::usual("The picture is attached. Numbers to judge (1): 1.")
    );
}
