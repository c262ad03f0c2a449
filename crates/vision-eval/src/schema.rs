//! The JSON schemas of answers, in the subset that OpenAI's strict structured outputs accept.

use crate::look::LookKind;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tdbal_types::{Digest, Fault, ImageClass, SheetNumber};

/// Maximum number of picture numbers in an enum. A strict schema may have 1,000 enum values in all;
/// the rest is left for classes and faults.
const MAX_NUMBERS_IN_ENUM: usize = 900;

// An answer about a sheet. The doc comments of these types are descriptions in the schema and so
// part of what is sent: changing one is changing the prompt. Models write the fields in this order,
// which puts what they see before how good they find it.
#[derive(JsonSchema)]
#[allow(
    dead_code,
    reason = "only describes the answer; check_reply reads it more leniently"
)]
struct SheetAnswer {
    /// One entry for each number in the list, in its order.
    pictures: Vec<PictureAnswer>,
    /// Two or three sentences on the best and the weakest pictures.
    analysis: String,
}

#[derive(JsonSchema)]
#[allow(
    dead_code,
    reason = "only describes the answer; check_reply reads it more leniently"
)]
struct PictureAnswer {
    /// The number drawn on the cell.
    number: u32,
    /// The kind of picture.
    #[schemars(schema_with = "class_schema")]
    class: ImageClass,
    /// Every fault that clearly applies.
    #[schemars(schema_with = "faults_schema")]
    faults: Vec<Fault>,
    /// From 1 (worst) to 10 (best).
    #[schemars(range(min = 1, max = 10))]
    quality: u8,
}

// An answer to a close look.
#[derive(JsonSchema)]
#[allow(
    dead_code,
    reason = "only describes the answer; check_reply reads it more leniently"
)]
struct CloseAnswer {
    /// One sentence: what the picture shows, and how it looks made.
    seen: String,
    /// The kind of picture.
    #[schemars(schema_with = "class_schema")]
    class: ImageClass,
    /// Every fault that clearly applies.
    #[schemars(schema_with = "faults_schema")]
    faults: Vec<Fault>,
    /// From 1 (worst) to 10 (best).
    #[schemars(range(min = 1, max = 10))]
    quality: u8,
}

fn class_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": ImageClass::ALL.map(ImageClass::as_str)})
}

fn faults_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": {"type": "string", "enum": Fault::ALL.map(Fault::as_str)},
    })
}

/// Reduces a schema to the subset that strict structured outputs accept: no additional properties,
/// every property required, only keywords that the service supports.
#[derive(Clone)]
struct Strict;

impl Transform for Strict {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        for unsupported in ["$schema", "title", "default", "format"] {
            object.remove(unsupported);
        }
        if let Some(choices) = object.remove("oneOf") {
            object.insert("anyOf".to_owned(), choices);
        }
        if let Some(only) = object.remove("const") {
            object.insert("enum".to_owned(), json!([only]));
        }
        // Strict schemas allow no keyword beside a reference.
        if let Some(reference) = object.remove("$ref") {
            object.clear();
            object.insert("$ref".to_owned(), reference);
        }
        let names = object
            .get("properties")
            .and_then(Value::as_object)
            .map(|properties| properties.keys().cloned().collect::<Vec<_>>());
        if let Some(names) = names {
            object.insert("required".to_owned(), json!(names));
            object.insert("additionalProperties".to_owned(), json!(false));
        }
    }
}

/// The schema of an answer before the numbers of a question are filled in.
fn base_schema<Answer: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .with_transform(Strict)
        .into_generator()
        .into_root_schema_for::<Answer>()
        .to_value()
}

/// The JSON schema of an answer to a question about `numbers`.
///
/// For a sheet: a list with as many entries as there are numbers, each entry with one of the
/// numbers. A schema cannot rule out that a number occurs twice;
/// [`check_reply`](crate::check_reply) does. For a close look: one object without a number.
pub fn reply_schema(look: LookKind, numbers: &[SheetNumber]) -> Value {
    if !look.is_sheet() {
        return base_schema::<CloseAnswer>();
    }
    let mut schema = base_schema::<SheetAnswer>();
    if let Some(pictures) = object_at(&mut schema, "/properties/pictures") {
        pictures.insert("minItems".to_owned(), json!(numbers.len()));
        pictures.insert("maxItems".to_owned(), json!(numbers.len()));
    }
    let number = "/properties/pictures/items/properties/number";
    // Without the enum a sheet of more numbers can still be asked about: check_reply rejects unknown
    // numbers in any case.
    if let Some(number) = object_at(&mut schema, number)
        && numbers.len() <= MAX_NUMBERS_IN_ENUM
    {
        number.remove("minimum");
        number.insert("enum".to_owned(), json!(numbers));
    }
    schema
}

/// The name under which the schema is sent.
#[cfg(feature = "http")]
pub(crate) const fn schema_name(look: LookKind) -> &'static str {
    if look.is_sheet() {
        "sheet_answer"
    } else {
        "picture_answer"
    }
}

fn object_at<'a>(schema: &'a mut Value, pointer: &str) -> Option<&'a mut Map<String, Value>> {
    schema.pointer_mut(pointer)?.as_object_mut()
}

/// SHA-256 of the schemas for sheets and close looks, before the numbers of a question are filled
/// in.
pub fn schema_digest() -> Digest {
    // Keys keep the order of the fields, so equal schemas have equal digests.
    let text = json!([base_schema::<SheetAnswer>(), base_schema::<CloseAnswer>()]).to_string();
    Digest::from_bytes(Sha256::digest(text).into())
}

#[cfg(test)]
mod tests;
