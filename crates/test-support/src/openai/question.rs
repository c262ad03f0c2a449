//! Reading a question: which numbers, in which form, about which sheet.

use super::asked::Asked;
use super::recognition;
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
pub(super) enum Form {
    /// Of the pictures of a sheet.
    Sheet {
        /// The list of pictures.
        pictures: String,
        /// The properties of each picture, in order.
        picture: Parts,
        /// What else there is at the top: texts.
        texts: Vec<String>,
    },
    /// Of one picture that is shown alone: its properties, in order.
    Close(Parts),
}

/// The properties of an answer about one picture, in order.
pub(super) type Parts = Vec<(String, Part)>;

#[derive(Debug)]
pub(super) struct Question {
    model: String,
    text: String,
    body: Value,
    pub(super) sheet: RgbImage,
    /// The numbers to judge; none where one picture is shown alone.
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
                .ok_or("neither the schema nor the text says which numbers to judge")?,
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

    /// What is in the cell of a number: the middle of the cell, away from the number that is drawn
    /// beside the picture or in a corner.
    pub(super) fn judge(&self, number: u32) -> Option<(ImageClass, Quality)> {
        let edge = self.sheet.width() / COLUMNS;
        let position = number.checked_sub(1)?;
        let at = (position % COLUMNS * edge, position / COLUMNS * edge);
        recognition::judge(&self.sheet, at, (edge, edge))
    }

    /// What is in the picture that is shown alone.
    pub(super) fn judge_alone(&self) -> Option<(ImageClass, Quality)> {
        recognition::judge(&self.sheet, (0, 0), self.sheet.dimensions())
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
    /// The form that the prompt describes, for a question that brings no schema. A sheet's question
    /// lists numbers.
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

    /// The names that a schema asks for, told apart by what may stand in them. One without a list of
    /// objects asks about one picture.
    fn read(schema: &Value) -> Result<Self, String> {
        let top = properties(schema).ok_or("the schema's root is no object with properties")?;
        let list = |value: &'_ Value| -> Option<Parts> {
            let is_list = value["type"] == "array";
            is_list.then(|| properties(&value["items"]).map(parts))?
        };
        let Some((pictures, picture)) = top
            .iter()
            .find_map(|(name, value)| Some((name.clone(), list(value)?)))
        else {
            let alone = parts(top);
            only_once(&alone, &[Part::Class, Part::Quality])?;
            return Ok(Self::Close(alone));
        };
        only_once(&picture, &[Part::Number, Part::Class, Part::Quality])?;
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

/// Whether there is one property for each of these.
fn only_once(parts: &Parts, wanted: &[Part]) -> Result<(), String> {
    for wanted in wanted {
        if parts.iter().filter(|(_, part)| part == wanted).count() != 1 {
            return Err(format!(
                "the schema does not have one property for {wanted:?}"
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
