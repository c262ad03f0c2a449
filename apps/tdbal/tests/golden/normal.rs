//! Files without what differs from run to run (times, durations, and digests of files with these) and
//! without sentences for people.

use crate::folder::{Tree, text};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The SHA-256 of these bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

/// Asserts that two states agree, except for what differs from run to run.
pub(crate) fn assert_same(written: &Tree, golden: &Tree) {
    let (written, golden) = (stable(written), stable(golden));
    let mut differences = Vec::new();
    for name in golden.keys().filter(|name| !written.contains_key(*name)) {
        differences.push(format!("{name} is missing"));
    }
    for (name, bytes) in &written {
        match golden.get(name) {
            None => differences.push(format!("{name} is new")),
            Some(expected) if expected != bytes => {
                differences.push(format!("{name} differs{}", first(name, bytes, expected)));
            }
            Some(_) => {}
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The first lines that differ, for the message.
fn first(name: &str, written: &[u8], golden: &[u8]) -> String {
    let (Some(written), Some(golden)) = (text(name, written), text(name, golden)) else {
        return String::new();
    };
    let mut lines = written.lines().zip(golden.lines());
    match lines.find(|(written, golden)| written != golden) {
        Some((written, golden)) => format!(":\n  written {written}\n  golden  {golden}"),
        None => ": one is longer".to_owned(),
    }
}

/// The files with times, durations and the digests of such files replaced, also in their names.
pub(crate) fn stable(files: &Tree) -> Tree {
    let mut digests = BTreeMap::new();
    for (name, bytes) in files {
        if let Some(text) = text(name, bytes) {
            let content = without_digests(&without_times(text));
            let short = sha256(content.as_bytes());
            digests.insert(sha256(bytes), format!("[{}]", &short[..16]));
        }
    }
    let replace = |text: &str| {
        let mut text = text.to_owned();
        for (digest, short) in &digests {
            text = text.replace(digest, short);
        }
        text
    };
    let stable = files.iter().map(|(name, bytes)| {
        let bytes = match text(name, bytes) {
            Some(text) => replace(&sorted(name, &without_times(text))).into_bytes(),
            None => bytes.clone(),
        };
        (replace(name), bytes)
    });
    stable.collect()
}

/// Close looks run at the same time, so recordings and cached answers have them in the order of their
/// answers. This sorts them.
fn sorted(name: &str, text: &str) -> String {
    if name.starts_with("recordings/") {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    } else if name.contains("/answers/") {
        // Keys keep their order.
        let mut answers: Value = serde_json::from_str(text).unwrap();
        let close = answers["close"].as_array_mut().unwrap();
        close.sort_by_key(Value::to_string);
        serde_json::to_string_pretty(&answers).unwrap()
    } else {
        text.to_owned()
    }
}

/// Replaces the names of runs (`20261122T110650Z-0123abcd`).
pub(crate) fn without_run_ids(text: &str) -> String {
    const FORM: &str = "00000000T000000Z-xxxxxxxx";
    let is_name = |word: &str| {
        word.bytes()
            .zip(FORM.bytes())
            .all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                b'x' => byte.is_ascii_hexdigit(),
                form => byte == form,
            })
    };
    let mut result = text.to_owned();
    for at in 0..text.len() {
        if let Some(word) = text.get(at..at + FORM.len())
            && is_name(word)
        {
            result = result.replace(word, "[RUN]");
        }
    }
    result
}

/// Replaces times (`2026-11-22T11:06:50.123456`), durations of calls, and sentences.
pub(crate) fn without_times(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let length = time_at(&bytes[at..]);
        if length > 0 {
            result.push_str("[TIME]");
            at += length;
            continue;
        }
        let rest = &text[at..];
        // The digest of a set includes the time in its manifest.
        if rest.starts_with(SETS) {
            let end = rest.find('}').unwrap();
            result.push_str(&without_digests(&rest[..end]));
            at += end;
            continue;
        }
        if let Some(key) = SENTENCES.iter().find(|key| rest.starts_with(*key)) {
            result.push_str(key);
            at += key.len();
            let value = &text[at..at + end_of_text(&text[at..])];
            // A short name is part of the format.
            let is_sentence = value.contains(' ');
            result.push_str(if is_sentence { "[SENTENCE]" } else { value });
            at += value.len();
            continue;
        }
        if let Some(key) = NUMBERS.iter().find(|key| rest.starts_with(*key)) {
            result.push_str(key);
            at += key.len();
            let value = &text[at..];
            at += value
                .find(|c: char| !c.is_ascii_digit() && !" .e-".contains(c))
                .unwrap_or(value.len());
            result.push_str("[NUMBER]");
            continue;
        }
        let next = rest.chars().next().unwrap();
        result.push(next);
        at += next.len_utf8();
    }
    result
}

/// Keys of durations, times and numbers of calls.
const NUMBERS: [&str; 3] = ["\"latency_ms\":", "\"modified_timestamp\":", "req_fake_"];

/// Keys of sentences for people in journals and audit trails. The sentences may change; keys and values
/// that programs read may not.
const SENTENCES: [&str; 4] = [
    "\"reason\":\"",
    "\"refused\":\"",
    "\"problem\":\"",
    "\"failed\":\"",
];

/// Length of a JSON string after its opening quotation mark.
fn end_of_text(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.unwrap()
}

const SETS: &str = "\"set_digests\":";

/// Length of the time at the start of these bytes; 0 if there is none.
fn time_at(bytes: &[u8]) -> usize {
    const FORM: &[u8] = b"0000-00-00T00:00:00";
    let Some(start) = bytes.get(..FORM.len()) else {
        return 0;
    };
    let fits = start.iter().zip(FORM).all(|(byte, form)| match form {
        b'0' => byte.is_ascii_digit(),
        form => byte == form,
    });
    if !fits {
        return 0;
    }
    let more = bytes[FORM.len()..].iter();
    let more = more.take_while(|byte| byte.is_ascii_digit() || b".Z".contains(byte));
    FORM.len() + more.count()
}

/// Replaces every digest.
fn without_digests(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_hexdigit() {
            word.push(c);
            continue;
        }
        result.push_str(if word.len() == 64 { "[DIGEST]" } else { &word });
        word.clear();
        result.push(c);
    }
    result
}
