use super::*;
use crate::answer::check_reply;
use crate::look::Shown;
use crate::model::SheetImage;
use bytes::Bytes;
use serde_json::{Value, json};
use tdbal_types::{Digest, SheetNumber};

const FIRST: LookKind = LookKind::Sheet { vote: 1 };

/// A question about one picture per byte; the picture's digest repeats the byte.
fn question(look: LookKind, pictures: &[u8]) -> Question {
    Question {
        actor: ActorId::new("0004_x").unwrap(),
        look,
        sheet: SheetImage {
            jpeg: Bytes::new(),
            width: 1,
            height: 1,
        },
        pictures: (0..)
            .zip(pictures)
            .map(|(position, byte)| Shown {
                number: SheetNumber::from_position(position),
                sha256: Digest::from_bytes([*byte; 32]),
            })
            .collect(),
        correction: None,
    }
}

fn digests(pictures: &[u8]) -> Vec<Digest> {
    pictures
        .iter()
        .map(|byte| Digest::from_bytes([*byte; 32]))
        .collect()
}

async fn text(replay: &Replay, look: LookKind) -> String {
    replay.ask(&question(look, &[])).await.unwrap().text
}

/// A usable answer about a sheet of pictures that all have the same quality.
fn sheet_text(pictures: u32, quality: u8) -> String {
    let pictures: Vec<Value> = (1..=pictures)
        .map(|number| {
            json!({"number": number, "class": "bw_stylized", "faults": [], "quality": quality})
        })
        .collect();
    json!({"pictures": pictures, "analysis": "Fine."}).to_string()
}

/// A folder with these lines as the exchanges of actor 0004_x.
fn recorded(lines: &[String]) -> (tempfile::TempDir, Replay) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("0004_x")).unwrap();
    let path = dir.path().join("0004_x/exchanges.jsonl");
    std::fs::write(path, lines.join("\n")).unwrap();
    let replay = Replay::new(dir.path());
    (dir, replay)
}

/// An exchange with the required fields only.
fn line(look: LookKind, pictures: &[u8], text: &str) -> String {
    json!({"look": look, "pictures": digests(pictures), "text": text}).to_string()
}

#[tokio::test]
async fn single_sheet_files_are_chosen_by_look_and_short_name() {
    let dir = tempfile::tempdir().unwrap();
    let replay = Replay::new(dir.path());
    let write = |name: &str| std::fs::write(dir.path().join(name), name).unwrap();
    write("0004_x_evaluation.json");
    assert_eq!(text(&replay, FIRST).await, "0004_x_evaluation.json");
    write("0004_x.json");
    assert_eq!(text(&replay, FIRST).await, "0004_x.json");
    write("0004_x_generated.json");
    assert_eq!(
        text(&replay, LookKind::Generated).await,
        "0004_x_generated.json"
    );
    assert_eq!(replay.estimate(FIRST, 20, 1_000, 800), Estimate::default());
}

#[tokio::test]
async fn missing_recording_names_both_files() {
    let replay = Replay::new("/recordings");
    assert_eq!(replay.to_string(), "replay:/recordings");
    let error = replay.ask(&question(FIRST, &[])).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no recorded answer for 0004_x (sheet of vote 1): looked for /recordings/0004_x.json and \
         /recordings/0004_x_evaluation.json; record one, or leave this actor out"
    );
    assert!(!error.stops_run());
    assert_eq!(error.cost(), Usd::ZERO);
}

#[tokio::test]
async fn unreadable_recording_is_not_reported_as_missing() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("0004_x.json"), b"\xff\xfe").unwrap();
    let replay = Replay::new(dir.path());
    let error = replay.ask(&question(FIRST, &[])).await.unwrap_err();
    assert!(matches!(error, VisionError::UnreadableRecording { .. }));

    // A folder in place of the file cannot be read either.
    std::fs::create_dir_all(dir.path().join("0004_x/exchanges.jsonl")).unwrap();
    let error = replay.ask(&question(FIRST, &[])).await.unwrap_err();
    assert!(matches!(error, VisionError::UnreadableRecording { .. }));
}

#[tokio::test]
async fn single_sheet_recording_answers_no_other_look() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["0004_x.json", "0004_x_generated.json"] {
        std::fs::write(dir.path().join(name), name).unwrap();
    }
    let replay = Replay::new(dir.path());
    let actor = ActorId::new("0004_x").unwrap();
    assert_eq!(replay.repertoire(&actor).await, Repertoire::OneSheet);
    let mut seen = 0;
    for look in [
        LookKind::Sheet { vote: 2 },
        LookKind::Close,
        LookKind::Control,
    ] {
        let error = replay.ask(&question(look, &[1])).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "no recorded answer for 0004_x ({look}): a recording of one sheet has no other \
                 looks; record this actor with --record, or leave it out"
            )
        );
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[tokio::test]
async fn exchanges_are_found_by_look_and_picture_order() {
    let close = |seen: &str| {
        json!({"seen": seen, "class": "photorealistic", "faults": [], "quality": 5}).to_string()
    };
    let second = LookKind::Sheet { vote: 2 };
    let lines = [
        line(FIRST, &[1, 2], &sheet_text(2, 1)),
        line(second, &[2, 1], &sheet_text(2, 2)),
        line(FIRST, &[2, 1], &sheet_text(2, 3)),
        line(LookKind::Close, &[1], &close("one")),
        line(LookKind::Close, &[2], &close("two")),
        line(LookKind::Generated, &[1, 2], &sheet_text(2, 4)),
        line(LookKind::Control, &[1, 2], &sheet_text(2, 5)),
    ];
    let (dir, replay) = recorded(&lines);
    // A file of the older format next to the exchanges is ignored.
    std::fs::write(dir.path().join("0004_x.json"), "{}").unwrap();
    let actor = ActorId::new("0004_x").unwrap();
    assert_eq!(replay.repertoire(&actor).await, Repertoire::Everything);
    let other = ActorId::new("0005_y").unwrap();
    assert_eq!(replay.repertoire(&other).await, Repertoire::OneSheet);

    let cases: [(LookKind, &[u8], String); 7] = [
        (FIRST, &[1, 2], sheet_text(2, 1)),
        (second, &[2, 1], sheet_text(2, 2)),
        (FIRST, &[2, 1], sheet_text(2, 3)),
        (LookKind::Close, &[1], close("one")),
        (LookKind::Close, &[2], close("two")),
        (LookKind::Generated, &[1, 2], sheet_text(2, 4)),
        (LookKind::Control, &[1, 2], sheet_text(2, 5)),
    ];
    for (look, pictures, expected) in cases {
        let reply = replay.ask(&question(look, pictures)).await.unwrap();
        assert_eq!(reply.text, expected, "{look}");
        assert_eq!((reply.cost, reply.tokens), (Usd::ZERO, Tokens::default()));
        assert_eq!(reply.model, replay.to_string());
    }
}

#[tokio::test]
async fn missing_exchange_names_its_look_and_pictures() {
    let (dir, replay) = recorded(&[line(FIRST, &[1, 2], &sheet_text(2, 7))]);
    let file = dir.path().join("0004_x/exchanges.jsonl");
    let shorts = digests(&[9]).remove(0).short();
    let cases: [(LookKind, &[u8], String); 4] = [
        (
            FIRST,
            &[9, 2],
            format!("sheet of vote 1 at {shorts} and 1 more"),
        ),
        (
            LookKind::Sheet { vote: 2 },
            &[9, 1, 2],
            format!("sheet of vote 2 at {shorts} and 2 more"),
        ),
        (LookKind::Close, &[9], format!("close look at {shorts}")),
        (
            LookKind::Control,
            &[9],
            format!("control sheet at {shorts}"),
        ),
    ];
    for (look, pictures, named) in cases {
        let error = replay.ask(&question(look, pictures)).await.unwrap_err();
        assert!(matches!(error, VisionError::NoRecording { .. }));
        assert_eq!(
            error.to_string(),
            format!(
                "no recorded answer for 0004_x ({named}): {} has no such look at these pictures \
                 in this order; record it again with --record, or leave this actor out",
                file.display()
            )
        );
        assert!(!error.stops_run());
    }
}

#[tokio::test]
async fn last_usable_answer_of_several_is_replayed() {
    let answer = |quality| line(FIRST, &[1, 2], &sheet_text(2, quality));
    let unusable = |text: &str| line(FIRST, &[1, 2], text);
    let ask = async |lines: &[String]| {
        let (_dir, replay) = recorded(lines);
        let reply = replay.ask(&question(FIRST, &[1, 2])).await;
        reply.unwrap().text
    };
    assert_eq!(ask(&[answer(3), answer(4)]).await, sheet_text(2, 4));
    assert_eq!(
        ask(&[unusable("no"), answer(4), unusable("{}")]).await,
        sheet_text(2, 4)
    );
    // No answer is usable: the last one is returned, and its problems are reported.
    assert_eq!(ask(&[unusable("no"), unusable("{}")]).await, "{}");
    // An answer that is usable only for other numbers does not count.
    let short = unusable(&sheet_text(1, 9));
    assert_eq!(ask(&[answer(5), short]).await, sheet_text(2, 5));
}

#[tokio::test]
async fn invalid_lines_are_skipped() {
    let good = line(FIRST, &[1], &sheet_text(1, 6));
    let lines = [
        String::new(),
        good[..good.len() / 2].to_owned(),
        "not JSON".to_owned(),
        json!({"look": {"kind": "glance"}, "pictures": [], "text": ""}).to_string(),
        good.clone(),
        format!("{}\r", line(LookKind::Close, &[1], "x")),
    ];
    let (_dir, replay) = recorded(&lines);
    let reply = replay.ask(&question(FIRST, &[1])).await.unwrap();
    assert_eq!(reply.text, sheet_text(1, 6));
    let reply = replay.ask(&question(LookKind::Close, &[1])).await.unwrap();
    assert_eq!(reply.text, "x");
}

#[tokio::test]
async fn empty_exchanges_file_counts_as_missing() {
    let (dir, replay) = recorded(&[]);
    std::fs::write(dir.path().join("0004_x.json"), "old").unwrap();
    let actor = ActorId::new("0004_x").unwrap();
    assert_eq!(replay.repertoire(&actor).await, Repertoire::OneSheet);
    assert_eq!(text(&replay, FIRST).await, "old");
}

#[tokio::test]
async fn exchange_in_the_guide_is_valid() {
    let guide = include_str!("../../../../../docs/recording.md");
    let by_hand: Vec<&str> = guide
        .lines()
        .filter(|line| line.starts_with("{\"look\""))
        .collect();
    let [by_hand] = by_hand.as_slice() else {
        panic!("{by_hand:?}");
    };
    let (_dir, replay) = recorded(&[(*by_hand).to_owned()]);
    let reply = replay.ask(&question(LookKind::Close, &[1])).await.unwrap();
    let shown = guide.lines().filter(|line| *line == reply.text).count();
    assert_eq!(shown, 1, "the guide shows the answer by itself too");
    let numbers = [SheetNumber::from_position(0)];
    let checked = check_reply(&reply.text, LookKind::Close, &numbers);
    assert_eq!(checked.unwrap().answers.len(), 1);
}
