//! Every real recorded answer, through the same checks as a new one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says on stderr that it skips"
)]

use std::path::PathBuf;
use tdbal_types::SheetNumber;
use vision_eval::{CheckedReply, Discrepancy, LookKind, Problem, check_reply, discrepancies};

/// What the recordings answered.
const FIRST: LookKind = LookKind::Sheet { vote: 1 };

/// The recorded answers, by file name.
fn recorded() -> Option<Vec<(String, String)>> {
    let root = std::env::var_os("TDBAL_RECORDED").map_or_else(
        || {
            PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../../shared/recorded"
            ))
        },
        PathBuf::from,
    );
    let dir = root.join("evaluations");
    let Ok(entries) = std::fs::read_dir(&dir) else {
        eprintln!(
            "SKIPPED: no recorded answers in {}; set TDBAL_RECORDED",
            dir.display()
        );
        return None;
    };
    let mut files: Vec<(String, String)> = entries
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                std::fs::read_to_string(entry.path()).unwrap(),
            )
        })
        .collect();
    files.sort();
    Some(files)
}

fn numbers(count: usize) -> Vec<SheetNumber> {
    (0..count).map(SheetNumber::from_position).collect()
}

/// How many answers a recording holds.
fn answers(text: &str) -> usize {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    value["image_classifications"].as_array().unwrap().len()
}

fn checked(name: &str, text: &str) -> CheckedReply {
    check_reply(text, FIRST, &numbers(answers(text)))
        .unwrap_or_else(|problems| panic!("{name}: {problems:?}"))
}

#[test]
fn every_recording_passes_with_as_many_pictures_as_answers() {
    let Some(files) = recorded() else { return };
    for (name, text) in &files {
        let checked = checked(name, text);
        assert!(
            checked.analysis.is_some() && checked.opinion.is_some(),
            "{name}"
        );
        assert_eq!(checked.answers.len(), answers(text), "{name}");
    }
    assert_eq!(files.len(), 49);
}

#[test]
fn every_recording_fails_with_one_picture_more_or_fewer() {
    let Some(files) = recorded() else { return };
    let mut seen = 0;
    for (_, text) in &files {
        let count = answers(text);
        let last = SheetNumber::from_position(count - 1);
        assert_eq!(
            check_reply(text, FIRST, &numbers(count + 1)).unwrap_err(),
            [Problem::MissingNumber(SheetNumber::from_position(count))]
        );
        assert_eq!(
            check_reply(text, FIRST, &numbers(count - 1)).unwrap_err(),
            [Problem::UnknownNumber(last.to_string())]
        );
        seen += 1;
    }
    assert_eq!(seen, 49);
}

#[test]
fn sixteen_recordings_contradict_their_own_answers_by_their_counts() {
    let Some(files) = recorded() else { return };
    let found = |wanted: fn(&Discrepancy) -> bool| {
        files
            .iter()
            .filter(|(name, text)| discrepancies(&checked(name, text)).iter().any(wanted))
            .count()
    };
    let by_counts = found(|discrepancy| matches!(discrepancy, Discrepancy::Count { .. }));
    let by_sum = found(|discrepancy| matches!(discrepancy, Discrepancy::Sum { .. }));
    let by_total = found(|discrepancy| matches!(discrepancy, Discrepancy::TotalImages { .. }));
    let other_class =
        found(|discrepancy| matches!(discrepancy, Discrepancy::DeletesOtherClass { .. }));
    let both = found(|discrepancy| matches!(discrepancy, Discrepancy::DeletesAndGenerates { .. }));
    assert_eq!(
        (files.len(), by_counts, by_sum, by_total, other_class, both),
        (49, 16, 16, 16, 2, 28)
    );
}
