//! Applies the checks for new answers to all real recorded answers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and reports on stderr that it is skipped"
)]

use std::path::PathBuf;
use tdbal_types::SheetNumber;
use vision_eval::{CheckedReply, Discrepancy, LookKind, Problem, check_reply, discrepancies};

/// The look that the recordings answer.
const FIRST: LookKind = LookKind::Sheet { vote: 1 };

/// File names and texts of the recorded answers, sorted by name. `None` if there are none here.
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

/// Number of answers in a recording.
fn answers(text: &str) -> usize {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    value["image_classifications"].as_array().unwrap().len()
}

fn checked(name: &str, text: &str) -> CheckedReply {
    check_reply(text, FIRST, &numbers(answers(text)))
        .unwrap_or_else(|problems| panic!("{name}: {problems:?}"))
}

#[test]
fn recording_passes_with_its_own_number_of_pictures() {
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
fn recording_fails_with_one_picture_more_or_fewer() {
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
fn sixteen_recordings_contradict_their_own_counts() {
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
