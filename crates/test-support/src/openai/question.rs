//! Parses a question: the numbers to judge, the form of the answer and the sheet.

use super::asked::Asked;
use super::recognition;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use serde_json::{Map, Value, json};
use tdbal_types::{Fault, ImageClass, Quality};

/// Number of cells in a row of a sheet.
const COLUMNS: u32 = 5;

/// Meaning of a property in the answer for one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Number,
    Class,
    Quality,
    Faults,
    Text,
}

/// Form of the answer: the property names to use.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Answer about the pictures of a sheet.
    Sheet {
        /// Name of the list of pictures.
        pictures: String,
        /// Properties of each picture, in order.
        picture: Parts,
        /// Names of the other top-level properties, which are texts.
        texts: Vec<String>,
    },
    /// Answer about a single picture: its properties, in order.
    Close(Parts),
}

/// Properties of the answer for one picture, in order.
pub(super) type Parts = Vec<(String, Part)>;

#[derive(Debug)]
pub(super) struct Question {
    model: String,
    text: String,
    body: Value,
    pub(super) sheet: RgbImage,
    /// Numbers to judge; empty for a single picture.
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
            Form::usual(&text)
        } else {
            Form::read(schema)?
        };
        let numbers = match form {
            Form::Close(_) => Vec::new(),
            Form::Sheet { .. } => numbers_of(schema)
                .or_else(|| numbers_in(&text))
                .ok_or("neither the schema nor the text lists numbers to judge")?,
        };
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
            close: matches!(self.form, Form::Close(_)),
            sheet: self.sheet.dimensions(),
            text: self.text.clone(),
            body: self.body.clone(),
        }
    }

    /// Judges the picture in the cell of a number, by the middle of the cell only: the number
    /// itself is drawn beside the picture or in a corner.
    pub(super) fn judge(&self, number: u32) -> Option<(ImageClass, Quality)> {
        let edge = self.sheet.width() / COLUMNS;
        let position = number.checked_sub(1)?;
        let at = (position % COLUMNS * edge, position / COLUMNS * edge);
        recognition::judge(&self.sheet, at, (edge, edge))
    }

    /// Judges a picture that is shown alone.
    pub(super) fn judge_alone(&self) -> Option<(ImageClass, Quality)> {
        recognition::judge(&self.sheet, (0, 0), self.sheet.dimensions())
    }
}

/// Returns the text and the picture of a question, and shortens the data URI in `body`.
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
                    .ok_or("the picture is not a JPEG data URI")?;
                let file = STANDARD
                    .decode(data)
                    .map_err(|error| format!("cannot decode the data URI: {error}"))?;
                // The format is fixed instead of guessed: a mislabelled picture must be rejected.
                let format = image::ImageFormat::Jpeg;
                let sheet = image::load_from_memory_with_format(&file, format)
                    .map_err(|error| format!("cannot decode the sheet: {error}"))?;
                sheets.push(sheet.to_rgb8());
                // Keeps recorded questions small; a sheet is several hundred kilobytes.
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

/// Finds the first enum of numbers in a JSON schema.
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

/// Parses the numbers after the last colon of the first line: `Numbers to judge (3): 1, 2, 5.`
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
    /// Returns the form that tdbal's prompts describe, for a question without a schema. Only a
    /// question about a sheet lists numbers.
    fn usual(text: &str) -> Self {
        let parts = |names: &[(&str, Part)]| {
            let named = names.iter().map(|(name, part)| ((*name).to_owned(), *part));
            named.collect()
        };
        let (class, faults) = (("class", Part::Class), ("faults", Part::Faults));
        let quality = ("quality", Part::Quality);
        if numbers_in(text).is_none() && text.contains("picture is attached") {
            return Self::Close(parts(&[("seen", Part::Text), class, faults, quality]));
        }
        Self::Sheet {
            pictures: "pictures".to_owned(),
            picture: parts(&[("number", Part::Number), class, faults, quality]),
            texts: vec!["analysis".to_owned()],
        }
    }

    /// Reads the form from a JSON schema, recognizing properties by their type and allowed values.
    /// A schema without a list of objects asks about a single picture.
    fn read(schema: &Value) -> Result<Self, String> {
        let top =
            properties(schema).ok_or("the root of the schema is not an object with properties")?;
        let list = |value: &'_ Value| -> Option<Parts> {
            let is_list = value["type"] == "array";
            is_list.then(|| properties(&value["items"]).map(parts))?
        };
        let Some((pictures, picture)) = top
            .iter()
            .find_map(|(name, value)| Some((name.clone(), list(value)?)))
        else {
            let alone = parts(top);
            check_once(&alone, &[Part::Class, Part::Quality])?;
            return Ok(Self::Close(alone));
        };
        check_once(&picture, &[Part::Number, Part::Class, Part::Quality])?;
        let texts = top
            .keys()
            .filter(|name| **name != pictures)
            .cloned()
            .collect();
        Ok(Self::Sheet {
            pictures,
            picture,
            texts,
        })
    }
}

fn parts(properties: &Map<String, Value>) -> Parts {
    properties
        .iter()
        .map(|(name, value)| (name.clone(), part(name, value)))
        .collect()
}

/// Checks that `parts` contains each of `wanted` exactly once.
fn check_once(parts: &Parts, wanted: &[Part]) -> Result<(), String> {
    for wanted in wanted {
        if parts.iter().filter(|(_, part)| part == wanted).count() != 1 {
            return Err(format!(
                "the schema does not have exactly one property for {wanted:?}"
            ));
        }
    }
    Ok(())
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
mod tests;
