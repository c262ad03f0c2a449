use super::*;

/// Keywords that strict structured outputs support. `description` is an annotation and always
/// allowed.
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
struct LintReport {
    properties: usize,
    depth: usize,
    enum_values: usize,
    violations: Vec<String>,
}

/// Checks a schema against the rules for strict structured outputs.
fn lint(schema: &Value, path: &str, depth: usize, report: &mut LintReport) {
    let Some(object) = schema.as_object() else {
        report
            .violations
            .push(format!("{path}: not an object: {schema}"));
        return;
    };
    for keyword in object.keys() {
        if keyword != "description" && !SUPPORTED.contains(&keyword.as_str()) {
            report.violations.push(format!("{path}: {keyword}"));
        }
    }
    report.depth = report.depth.max(depth);
    if let Some(values) = object.get("enum").and_then(Value::as_array) {
        report.enum_values += values.len();
    }
    if object.get("type") == Some(&json!("object")) {
        let properties = object["properties"].as_object().unwrap();
        report.properties += properties.len();
        let required: Vec<_> = properties.keys().map(|name| json!(name)).collect();
        if object.get("required") != Some(&json!(required)) {
            report.violations.push(format!("{path}: not all required"));
        }
        if object.get("additionalProperties") != Some(&json!(false)) {
            report.violations.push(format!("{path}: open"));
        }
        for (name, inner) in properties {
            lint(inner, &format!("{path}/{name}"), depth + 1, report);
        }
    }
    if let Some(items) = object.get("items") {
        lint(items, &format!("{path}[]"), depth + 1, report);
    }
}

const SHEET: LookKind = LookKind::Sheet { vote: 1 };

fn numbers(count: usize) -> Vec<SheetNumber> {
    (0..count).map(SheetNumber::from_position).collect()
}

#[test]
fn schemas_follow_the_rules_of_strict_outputs() {
    let cases = [1, 20, 900, 2_000].map(|count| (SHEET, count, 6));
    for (look, count, properties) in cases.into_iter().chain([(LookKind::Close, 1, 4)]) {
        let schema = reply_schema(look, &numbers(count));
        let mut report = LintReport::default();
        lint(&schema, "", 1, &mut report);
        assert_eq!(report.violations, Vec::<String>::new());
        assert_eq!(
            schema["type"], "object",
            "strict outputs need an object at the root"
        );
        assert_eq!(report.properties, properties);
        assert!(report.depth <= 10 && report.enum_values <= 1_000);
        assert!(schema.to_string().len() < 120_000);
    }
}

#[test]
fn lint_reports_violations() {
    let mut report = LintReport::default();
    let open = json!({"type": "object", "properties": {"a": {"type": "string", "format": "x"}}});
    lint(&open, "", 1, &mut report);
    assert_eq!(
        report.violations,
        [": not all required", ": open", "/a: format"]
    );
}

#[test]
fn sheet_schema_lists_the_numbers_of_the_question() {
    let some = [2, 5, 7].map(|number| SheetNumber::new(number).unwrap());
    insta::assert_json_snapshot!(reply_schema(SHEET, &some));
}

#[test]
fn close_look_schema_puts_the_description_first() {
    insta::assert_json_snapshot!(reply_schema(LookKind::Close, &numbers(1)));
}

#[test]
fn transform_makes_a_default_schema_strict() {
    #[derive(Default, serde::Serialize, JsonSchema)]
    #[serde(default)]
    struct Open {
        maybe: Option<String>,
        choice: Choice,
    }
    #[derive(Default, serde::Serialize, JsonSchema)]
    #[allow(dead_code, reason = "only its schema is used")]
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
    let mut report = LintReport::default();
    lint(&schema, "", 1, &mut report);
    lint(&schema["$defs"]["Choice"], "/$defs", 1, &mut report);
    assert_eq!(report.violations, Vec::<String>::new(), "{schema:#}");
    assert_eq!(schema["$defs"]["Choice"]["anyOf"][1]["enum"], json!(["B"]));
}

#[test]
fn digest_is_independent_of_the_numbers() {
    // Any change to either schema changes the digest, so a new snapshot must be intended.
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
