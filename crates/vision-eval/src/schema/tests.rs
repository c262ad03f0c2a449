use super::*;

/// Keywords that strict structured outputs list as supported. `description` is an annotation.
const SUPPORTED: [&str; 17] = [
    "type",
    "enum",
    "anyOf",
    "$defs",
    "$ref",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "items",
    "properties",
    "required",
    "additionalProperties",
];

#[derive(Default)]
struct Seen {
    properties: usize,
    depth: usize,
    enum_values: usize,
    faults: Vec<String>,
}

/// Checks a schema against the rules for strict structured outputs.
fn lint(schema: &Value, path: &str, depth: usize, seen: &mut Seen) {
    let Some(object) = schema.as_object() else {
        seen.faults.push(format!("{path}: not an object: {schema}"));
        return;
    };
    for keyword in object.keys() {
        if keyword != "description" && !SUPPORTED.contains(&keyword.as_str()) {
            seen.faults.push(format!("{path}: {keyword}"));
        }
    }
    seen.depth = seen.depth.max(depth);
    if let Some(values) = object.get("enum").and_then(Value::as_array) {
        seen.enum_values += values.len();
    }
    if object.get("type") == Some(&json!("object")) {
        let properties = object["properties"].as_object().unwrap();
        seen.properties += properties.len();
        let required: Vec<_> = properties.keys().map(|name| json!(name)).collect();
        if object.get("required") != Some(&json!(required)) {
            seen.faults.push(format!("{path}: not all required"));
        }
        if object.get("additionalProperties") != Some(&json!(false)) {
            seen.faults.push(format!("{path}: open"));
        }
        for (name, inner) in properties {
            lint(inner, &format!("{path}/{name}"), depth + 1, seen);
        }
    }
    if let Some(items) = object.get("items") {
        lint(items, &format!("{path}[]"), depth + 1, seen);
    }
}

const SHEET: LookKind = LookKind::Sheet { vote: 1 };

fn numbers(count: usize) -> Vec<SheetNumber> {
    (0..count).map(SheetNumber::from_position).collect()
}

#[test]
fn the_schema_keeps_to_what_strict_outputs_take() {
    let cases = [1, 20, 900, 2_000].map(|count| (SHEET, count, 6));
    for (look, count, properties) in cases.into_iter().chain([(LookKind::Close, 1, 4)]) {
        let schema = reply_schema(look, &numbers(count));
        let mut seen = Seen::default();
        lint(&schema, "", 1, &mut seen);
        assert_eq!(seen.faults, Vec::<String>::new());
        assert_eq!(schema["type"], "object", "the root must be an object");
        assert_eq!(seen.properties, properties);
        assert!(seen.depth <= 10 && seen.enum_values <= 1_000);
        assert!(schema.to_string().len() < 120_000);
    }
}

#[test]
fn the_lint_sees_what_is_wrong() {
    let mut seen = Seen::default();
    let open = json!({"type": "object", "properties": {"a": {"type": "string", "format": "x"}}});
    lint(&open, "", 1, &mut seen);
    assert_eq!(seen.faults, [": not all required", ": open", "/a: format"]);
}

#[test]
fn a_question_pins_its_numbers() {
    let some = [2, 5, 7].map(|number| SheetNumber::new(number).unwrap());
    insta::assert_json_snapshot!(reply_schema(SHEET, &some));
}

#[test]
fn a_close_look_is_described_before_it_is_judged() {
    insta::assert_json_snapshot!(reply_schema(LookKind::Close, &numbers(1)));
}

#[test]
fn the_transform_closes_what_schemars_leaves_open() {
    #[derive(Default, serde::Serialize, JsonSchema)]
    #[serde(default)]
    struct Open {
        maybe: Option<String>,
        choice: Choice,
    }
    #[derive(Default, serde::Serialize, JsonSchema)]
    #[allow(dead_code, reason = "only described")]
    enum Choice {
        /// Described, so that oneOf and const come up.
        #[default]
        A,
        /// Described.
        B,
    }
    let schema = SchemaSettings::draft2020_12()
        .with_transform(Strict)
        .into_generator()
        .into_root_schema_for::<Open>()
        .to_value();
    let mut seen = Seen::default();
    lint(&schema, "", 1, &mut seen);
    lint(&schema["$defs"]["Choice"], "/$defs", 1, &mut seen);
    assert_eq!(seen.faults, Vec::<String>::new(), "{schema:#}");
    assert_eq!(schema["$defs"]["Choice"]["anyOf"][1]["enum"], json!(["B"]));
}

#[test]
fn the_digest_does_not_depend_on_the_numbers() {
    // Changed by any change of either schema, and then on purpose.
    insta::assert_snapshot!(schema_digest());
    assert_ne!(
        reply_schema(SHEET, &numbers(1)),
        reply_schema(SHEET, &numbers(2))
    );
    for other in [LookKind::Generated, LookKind::Control] {
        assert_eq!(
            reply_schema(other, &numbers(2)),
            reply_schema(SHEET, &numbers(2))
        );
    }
}
