use super::*;
use results::report::Totals;
use tdbal_types::{ActorId, RunId};

fn actor(name: &str, status: ActorStatus) -> ActorReport {
    ActorReport::new(ActorId::new(name).unwrap(), status)
}

const fn counts(photorealistic: usize, bw_stylized: usize, color_stylized: usize) -> ClassCounts {
    ClassCounts {
        photorealistic,
        bw_stylized,
        color_stylized,
    }
}

fn picture(name: &str) -> ImageName {
    ImageName::new(name).unwrap()
}

/// A dry run with an actor of every kind.
fn report() -> RunReport {
    let balanced = ActorReport {
        before: Some(counts(13, 4, 3)),
        after: Some(counts(13, 4, 3)),
        ..actor("0001_balanced", ActorStatus::Balanced)
    };
    let names: Vec<ImageName> = (1..8)
        .map(|n| picture(&format!("0002_to_change_{n}.jpg")))
        .collect();
    let to_change = ActorReport {
        before: Some(counts(20, 2, 2)),
        after: Some(counts(13, 4, 3)),
        to_remove: names,
        to_generate: counts(0, 2, 1),
        unreadable: vec![picture("0002_to_change_9.png")],
        warnings: vec!["the training manifest claims 7 pictures and lists 6".into()],
        ..actor("0002_to_change", ActorStatus::ToChange)
    };
    let reason = "most votes and the close look agree; its pixels contradict the looks";
    let review = ActorReport {
        before: Some(counts(18, 1, 1)),
        after: Some(counts(18, 1, 1)),
        questions: vec![picture("1.jpg"), picture("2.jpg"), picture("3.jpg")],
        doubts: vec![
            format!("1.jpg (Photorealistic?): {reason}"),
            format!("2.jpg (Photorealistic?): {reason}"),
            "3.jpg (Photorealistic?): the votes have no majority".into(),
        ],
        ..actor("0003_review", ActorStatus::NeedsReview)
    };
    let error = "unassessed: the model's answer was unusable, asked twice: no answer for picture 4";
    let unassessed = actor(
        "0004_unassessed",
        ActorStatus::Unassessed {
            error: error.into(),
        },
    );
    let actors = vec![balanced, to_change, review, unassessed];
    RunReport {
        run_id: RunId::new("20261122T110650Z-0123abcd").unwrap(),
        executed: false,
        totals: Totals::of(&actors),
        actors,
        suspicions: vec!["9 of 10 answers about a control sheet are the same".into()],
        stopped: Some(Stopped::Interrupted),
        output_dir: "debug/training_data_evaluation".into(),
        changes: true,
        expected_generation_usd: Usd::from_dollars(0.12),
        seconds: 1.25,
    }
}

#[test]
fn summary_of_every_kind_of_actor_at_80_columns() {
    let style = Style {
        width: Some(80),
        ..Style::default()
    };
    let text = summary(&report(), &style);
    insta::assert_snapshot!(text);
    assert!(text.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn summary_in_a_pipe_does_not_wrap() {
    let text = summary(&report(), &Style::default());
    let names = "remove 0002_to_change_1.jpg, 0002_to_change_2.jpg, 0002_to_change_3.jpg, \
                 0002_to_change_4.jpg, 0002_to_change_5.jpg";
    assert!(text.contains(names), "{text}");
}
