//! Detection of keys that occur more than once in a JSON object.
//!
//! Parsers silently keep the last value, so writing the document back would lose the others.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// Paths of all repeated keys, such as `images["a.png"]`, in document order and without duplicates.
pub(crate) fn repeated_keys(bytes: &[u8]) -> Result<Vec<String>, serde_json::Error> {
    let mut found = Vec::new();
    let mut document = serde_json::Deserializer::from_slice(bytes);
    let scan = Scan {
        path: &Path::Root,
        found: &mut found,
    };
    scan.deserialize(&mut document)?;
    Ok(found)
}

/// Path of a value in the document.
enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(Self::Root, key) if is_word(key) => f.write_str(key),
            Self::Key(parent, key) if is_word(key) => write!(f, "{parent}.{key}"),
            Self::Key(parent, key) => write!(f, "{parent}[{key:?}]"),
            Self::Item(parent, position) => write!(f, "{parent}[{position}]"),
        }
    }
}

fn is_word(key: &str) -> bool {
    !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

/// Visits one value and collects only the repeated keys.
struct Scan<'a> {
    path: &'a Path<'a>,
    found: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for position in 0.. {
            let scan = Scan {
                path: &Path::Item(self.path, position),
                found: self.found,
            };
            if items.next_element_seed(scan)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        while let Some(key) = entries.next_key::<String>()? {
            let path = Path::Key(self.path, &key);
            entries.next_value_seed(Scan {
                path: &path,
                found: self.found,
            })?;
            let count = counts.entry(key.clone()).or_default();
            *count += 1;
            // Reported at the second occurrence only, so each path is listed once.
            if *count == 2 {
                self.found.push(path.to_string());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
