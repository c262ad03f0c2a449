//! Unknown keys, and the valid key that was probably meant.

use crate::sections::{
    LimitSettings, LockSettings, ReplicateSettings, S3Settings, ServiceSettings, SettingsFile,
    TrustSettings,
};
use serde::de::{Deserialize, Deserializer, Error, Visitor, value};
use serde_ignored::Path;

/// The lowest similarity, 0 to 1, at which a key is suggested: one or two wrong letters.
const MIN_SIMILARITY: f64 = 0.8;

/// A key of the settings file that no setting has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// The key, as a path: `s3.buket`.
    pub path: String,
    /// The path of the most similar valid key, if any is similar.
    pub suggestion: Option<String>,
}

impl UnknownKey {
    pub(crate) fn new(path: &Path<'_>) -> Self {
        let mut segments = segments(path);
        let path = segments.join(".");
        let suggestion = segments.pop().and_then(|key| {
            let similar = nearest(&key, valid_keys(&segments))?;
            segments.push(similar.to_owned());
            Some(segments.join("."))
        });
        Self { path, suggestion }
    }
}

fn segments(path: &Path<'_>) -> Vec<String> {
    let (parent, segment) = match path {
        Path::Root => return Vec::new(),
        Path::Map { parent, key } => (parent, Some(key.clone())),
        Path::Seq { parent, index } => (parent, Some(index.to_string())),
        Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => (parent, None),
    };
    let mut segments = segments(parent);
    segments.extend(segment);
    segments
}

/// Returns the candidate that is most similar to `key`.
fn nearest<'c>(key: &str, candidates: &[&'c str]) -> Option<&'c str> {
    candidates
        .iter()
        .map(|candidate| (strsim::jaro(key, candidate), *candidate))
        .filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// Returns the keys of a table. None for tables that report their unknown keys as errors.
fn valid_keys(table: &[String]) -> &'static [&'static str] {
    let table: Vec<&str> = table.iter().map(String::as_str).collect();
    match table.as_slice() {
        [] => fields_of::<SettingsFile>(),
        ["limits"] => fields_of::<LimitSettings>(),
        ["trust"] => fields_of::<TrustSettings>(),
        ["trust", "rates"] => fields_of::<verdict::ErrorRates>(),
        ["suspecting"] => fields_of::<verdict::TrustSettings>(),
        ["lock"] => fields_of::<LockSettings>(),
        ["retry"] => fields_of::<http_support::RetryPolicy>(),
        ["s3"] => fields_of::<S3Settings>(),
        ["openai"] => fields_of::<ServiceSettings>(),
        ["replicate"] => fields_of::<ReplicateSettings>(),
        ["models", _] => fields_of::<vision_eval::ModelOverrides>(),
        _ => &[],
    }
}

/// Returns the field names of a struct, as files have them.
fn fields_of<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut fields: &[&str] = &[];
    // Always fails: it ends as soon as the struct has named its fields.
    let _ = T::deserialize(FieldNames(&mut fields));
    fields
}

/// A deserializer that has no data; it notes the fields that a struct asks for.
struct FieldNames<'f>(&'f mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(Error::custom("only field names are wanted"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_the_settings_names_its_fields() {
        for table in [
            "",
            "limits",
            "trust",
            "suspecting",
            "lock",
            "retry",
            "s3",
            "openai",
            "replicate",
        ] {
            let path: Vec<String> = table.split('.').map(str::to_owned).collect();
            let path = if table.is_empty() { &[][..] } else { &path };
            assert!(!valid_keys(path).is_empty(), "[{table}]");
        }
        let of_model = valid_keys(&["models".to_owned(), "gpt".to_owned()]);
        assert!(of_model.contains(&"base_url"), "{of_model:?}");
    }

    #[test]
    fn a_typo_suggests_the_nearest_key_and_other_words_none() {
        let keys = ["tolerance", "target", "targets", "jobs"];
        assert_eq!(nearest("tolerence", &keys), Some("tolerance"));
        assert_eq!(nearest("jbos", &keys), Some("jobs"));
        assert_eq!(nearest("tarket", &keys), Some("target"));
        assert_eq!(nearest("colour", &keys), None);
    }
}
