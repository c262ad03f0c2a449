//! Reading a question: which numbers, in which form, about which sheet.

use super::Asked;
use crate::pictures::{judge_colour, median};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use serde_json::{Map, Value, json};
use tdbal_types::{Fault, ImageClass, Quality};

/// Cells in a row of a sheet.
const COLUMNS: u32 = 5;

/// What a property of a picture's answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Number,
    Class,
    Quality,
    Faults,
    Text,
}

/// The names that an answer has to use.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// The list of pictures.
    pub(super) pictures: String,
    /// The properties of each picture, in order.
    pub(super) picture: Vec<(String, Part)>,
    /// What else there is at the top: texts.
    pub(super) texts: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Question {
    model: String,
    text: String,
    body: Value,
    sheet: RgbImage,
    pub(super) numbers: Vec<u32>,
    pub(super) form: Form,
}

impl Question {
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let mut body: Value =
            serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
        let model = body["model"].as_str().ok_or("no model")?.to_owned();
        let (text, sheet) = read_parts(&mut body)?;
        let schema = &body["response_format"]["json_schema"]["schema"];
        let form = if schema.is_null() {
            Form::usual()
        } else {
            Form::read(schema)?
        };
        let numbers = numbers_of(schema)
            .or_else(|| numbers_in(&text))
            .ok_or("neither the schema nor the text says which numbers to judge")?;
        Ok(Self {
            model,
            text,
            body,
            sheet,
            numbers,
            form,
        })
    }

    pub(super) fn asked(&self) -> Asked {
        Asked {
            model: self.model.clone(),
            numbers: self.numbers.clone(),
            sheet: self.sheet.dimensions(),
            text: self.text.clone(),
            body: self.body.clone(),
        }
    }

    /// What is in the cell of a number: the median of the middle of the cell, away from the number
    /// that is drawn beside the picture or in a corner.
    pub(super) fn judge(&self, number: u32) -> Option<(ImageClass, Quality)> {
        let edge = self.sheet.width() / COLUMNS;
        let position = number.checked_sub(1)?;
        let at = (position % COLUMNS * edge, position / COLUMNS * edge);
        judge_colour(median(&self.sheet, at, (edge, edge))?)
    }
}

/// The words of the question and its picture; the data URI in `body` is cut short.
fn read_parts(body: &mut Value) -> Result<(String, RgbImage), String> {
    let messages = body["messages"].as_array_mut().ok_or("no messages")?;
    let mut text = String::new();
    let mut sheets = Vec::new();
    for message in messages {
        let Some(parts) = message["content"].as_array_mut() else {
            continue;
        };
        for part in parts {
            if let Some(words) = part["text"].as_str() {
                text.push_str(words);
                text.push('\n');
            }
            if let Some(url) = part["image_url"]["url"].as_str() {
                let data = url
                    .strip_prefix("data:image/jpeg;base64,")
                    .ok_or("the picture is no data URI of a JPEG")?;
                let file = STANDARD
                    .decode(data)
                    .map_err(|error| format!("the data URI: {error}"))?;
                let format = image::ImageFormat::Jpeg;
                let sheet = image::load_from_memory_with_format(&file, format)
                    .map_err(|error| format!("the sheet: {error}"))?;
                sheets.push(sheet.to_rgb8());
                part["image_url"]["url"] = json!("data:image/jpeg;base64,...");
            }
        }
    }
    match sheets.pop() {
        Some(sheet) if sheets.is_empty() => Ok((text, sheet)),
        Some(_) => Err("more than one picture".to_owned()),
        None => Err("no picture".to_owned()),
    }
}

/// The numbers that the schema lists in an enum.
fn numbers_of(schema: &Value) -> Option<Vec<u32>> {
    if let Some(values) = schema["enum"].as_array() {
        let numbers: Option<Vec<u32>> = values
            .iter()
            .map(|value| u32::try_from(value.as_u64()?).ok())
            .collect();
        if numbers.is_some() {
            return numbers;
        }
    }
    match schema {
        Value::Object(object) => object.values().find_map(numbers_of),
        Value::Array(values) => values.iter().find_map(numbers_of),
        _ => None,
    }
}

/// The numbers behind the last colon of the first line, as in `Numbers to judge (3): 1, 2, 5.`
fn numbers_in(text: &str) -> Option<Vec<u32>> {
    let line = text.lines().next()?;
    let (_, list) = line.rsplit_once(':')?;
    list.trim()
        .trim_end_matches('.')
        .split(',')
        .map(|number| number.trim().parse().ok())
        .collect()
}

impl Form {
    /// The form that the prompt describes, for a question that brings no schema.
    fn usual() -> Self {
        let parts = [
            ("number", Part::Number),
            ("class", Part::Class),
            ("faults", Part::Faults),
            ("quality", Part::Quality),
        ];
        Self {
            pictures: "pictures".to_owned(),
            picture: parts.map(|(name, part)| (name.to_owned(), part)).to_vec(),
            texts: vec!["analysis".to_owned()],
        }
    }

    /// The names that a schema asks for, told apart by what may stand in them.
    fn read(schema: &Value) -> Result<Self, String> {
        let top = properties(schema).ok_or("the schema's root is no object with properties")?;
        let is_list = |value: &Value| value["type"] == "array";
        let (pictures, list) = top
            .iter()
            .find(|(_, value)| is_list(value))
            .ok_or("the schema has no list of pictures")?;
        let picture = properties(&list["items"]).ok_or("the list does not hold objects")?;
        let form = Self {
            pictures: pictures.clone(),
            picture: picture
                .iter()
                .map(|(name, value)| (name.clone(), part(name, value)))
                .collect(),
            texts: top
                .iter()
                .filter(|(_, value)| !is_list(value))
                .map(|(name, _)| name.clone())
                .collect(),
        };
        for wanted in [Part::Number, Part::Class, Part::Quality] {
            if form
                .picture
                .iter()
                .filter(|(_, part)| *part == wanted)
                .count()
                != 1
            {
                return Err(format!(
                    "the schema does not have one property for {wanted:?}"
                ));
            }
        }
        Ok(form)
    }
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema["properties"].as_object()
}

fn part(name: &str, schema: &Value) -> Part {
    let may_be = |word: &str| {
        let listed = schema["enum"].as_array();
        listed.is_some_and(|values| values.iter().any(|value| value == word))
    };
    if may_be(ImageClass::Photorealistic.as_str()) {
        Part::Class
    } else if schema["type"] == "array" && schema.to_string().contains(Fault::Distorted.as_str()) {
        Part::Faults
    } else if schema["type"] == "integer" && name.contains("number") {
        Part::Number
    } else if schema["type"] == "integer" {
        Part::Quality
    } else {
        Part::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_from_the_schema_else_from_the_text() {
        let schema = json!({"properties": {"n": {"enum": [4, 9]}, "c": {"enum": ["a"]}}});
        assert_eq!(numbers_of(&schema), Some(vec![4, 9]));
        assert_eq!(numbers_of(&json!({"enum": ["a"]})), None);
        let text = "The sheet is attached. Numbers to judge (3): 1, 2, 5.\n\nmore: 7";
        assert_eq!(numbers_in(text), Some(vec![1, 2, 5]));
        assert_eq!(numbers_in("What is this?"), None);
    }

    #[test]
    fn names_come_from_the_schema() {
        let form = Form::read(&json!({"properties": {
            "comment": {"type": "string"},
            "entries": {"type": "array", "items": {"properties": {
                "image_number": {"type": "integer"},
                "kind": {"type": "string", "enum": ["photorealistic", "bw_stylized"]},
                "score": {"type": "integer"},
            }}},
        }}))
        .unwrap();
        assert_eq!(form.pictures, "entries");
        assert_eq!(form.texts, ["comment"]);
        let parts: Vec<Part> = form.picture.iter().map(|(_, part)| *part).collect();
        assert_eq!(parts, [Part::Number, Part::Class, Part::Quality]);
        assert!(Form::read(&json!({"properties": {}})).is_err());
    }
}
