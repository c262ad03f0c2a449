//! The form of an answer, as OpenAI's strict structured outputs want it.

use crate::look::LookKind;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tdbal_types::{Digest, Fault, ImageClass, SheetNumber};

/// How many enum values a strict schema may hold in all, with room for classes and faults (the
/// service's limit is 1,000).
const MAX_NUMBERS_IN_ENUM: usize = 900;

// What a model answers about a sheet. It writes the fields in this order: what it sees comes before
// how good it finds it. Doc comments here are part of the schema, and so of what is sent.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "describes the answer; reading it has to be laxer")]
struct SheetAnswer {
    /// One entry for each number in the list, in its order.
    pictures: Vec<PictureAnswer>,
    /// Two or three sentences on the best and the weakest pictures.
    analysis: String,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "describes the answer; reading it has to be laxer")]
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

// What a model answers about one picture.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "describes the answer; reading it has to be laxer")]
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

/// Brings a schema to the subset that strict structured outputs take: every object closed, every
/// property required, nothing that the service does not list.
#[derive(Clone)]
struct Strict;

impl Transform for Strict {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        for unlisted in ["$schema", "title", "default", "format"] {
            object.remove(unlisted);
        }
        if let Some(choices) = object.remove("oneOf") {
            object.insert("anyOf".to_owned(), choices);
        }
        if let Some(only) = object.remove("const") {
            object.insert("enum".to_owned(), json!([only]));
        }
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

/// The schema of an answer, without any question's numbers.
fn base_schema<Answer: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .with_transform(Strict)
        .into_generator()
        .into_root_schema_for::<Answer>()
        .to_value()
}

/// The schema of an answer to such a question. Of a sheet: as many entries as numbers, each with
/// one of them; that no number comes twice cannot be said in it and is checked afterwards. Of a
/// close look: one object without a number.
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
    if let Some(number) = object_at(&mut schema, number)
        && numbers.len() <= MAX_NUMBERS_IN_ENUM
    {
        number.remove("minimum");
        number.insert("enum".to_owned(), json!(numbers));
    }
    schema
}

/// What the schema of such a question is called when it is sent.
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

/// The digest of the schemas of a sheet and of a close look, without any question's numbers.
pub fn schema_digest() -> Digest {
    let text = json!([base_schema::<SheetAnswer>(), base_schema::<CloseAnswer>()]).to_string();
    Digest::from_bytes(Sha256::digest(text).into())
}

#[cfg(test)]
mod tests;
