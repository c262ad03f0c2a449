//! Reading, resuming and counting progress.

use super::*;
use proptest::prelude::*;

fn actor(number: u8) -> ActorId {
    ActorId::new(format!("{number:04}_a")).unwrap()
}

fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

fn basis(data: &str, settings: u8) -> Basis {
    Basis {
        data_dir: data.into(),
        settings: digest(settings),
    }
}

#[test]
fn file_of_the_original_system_is_read() {
    let old = r#"{
        "started_at": "2025-10-17T14:30:14.003751", "last_updated": "2025-10-17T15:00:00.000000",
        "total_count": 5, "completed_count": 2, "failed_count": 1, "skipped_count": 0,
        "completed_actors": ["0000_a", "0001_a"],
        "failed_actors": [{"actor_id": "0002_a", "error": "boom", "timestamp": "t"}],
        "skipped_actors": [], "current_actor": "0003_a"
    }"#;
    let progress: Progress = serde_json::from_str(old).unwrap();
    insta::assert_snapshot!(progress, @r"
    Started:     2025-10-17T14:30:14.003751
    Last update: 2025-10-17T15:00:00.000000
    Total:       5
    Completed:   2 (40.0%)
    Failed:      1
    Skipped:     0
    Remaining:   2
    Processing:  0003_a

    Failed actors:
      0002_a: boom
    ");
    assert!(
        !progress.is_completed(&actor(0), &digest(0)),
        "the file has no fingerprints"
    );
}

#[test]
fn progress_is_resumed_only_on_the_same_basis() {
    let begin = |last: Option<Progress>, data, settings| {
        let last = last.filter(|last| !last.is_finished());
        Progress::begin(last, [actor(0), actor(1)], basis(data, settings), "now")
    };
    let mut first = begin(None, "data", 1);
    first.complete(&actor(0), digest(7));
    assert!(begin(Some(first.clone()), "data", 1).is_completed(&actor(0), &digest(7)));
    assert!(!begin(Some(first.clone()), "data", 1).is_completed(&actor(0), &digest(8)));
    assert!(!begin(Some(first.clone()), "other", 1).is_completed(&actor(0), &digest(7)));
    assert!(!begin(Some(first.clone()), "data", 2).is_completed(&actor(0), &digest(7)));
    first.complete(&actor(1), digest(7));
    assert!(first.is_finished());
    assert!(!begin(Some(first), "data", 1).is_completed(&actor(0), &digest(7)));
}

#[test]
fn run_with_a_failure_is_not_finished() {
    let mut progress = Progress::begin(None, [actor(0)], basis("data", 1), "now");
    progress.fail(&actor(0), "unassessed: no answer".into(), "now");
    assert_eq!(progress.remaining(), 0);
    assert!(!progress.is_finished());
}

proptest! {
    #[test]
    fn counts_in_the_file_match_its_lists(steps in proptest::collection::vec((0_u8..6, 0_u8..5), 0..40)) {
        let mut progress = Progress::begin(None, (0..6).map(actor), basis("data", 1), "now");
        for (number, action) in steps {
            match action {
                0 => progress.start(&actor(number)),
                1 => progress.complete(&actor(number), digest(number)),
                2 => progress.fail(&actor(number), "boom".into(), "now"),
                3 => progress.skip(&actor(number)),
                _ => progress.abandon(&actor(number)),
            }
        }
        let value = serde_json::to_value(&progress).unwrap();
        for (count, list) in [
            ("completed_count", "completed_actors"),
            ("failed_count", "failed_actors"),
            ("skipped_count", "skipped_actors"),
        ] {
            prop_assert_eq!(
                value[count].as_u64().unwrap() as usize,
                value[list].as_array().unwrap().len()
            );
        }
        prop_assert_eq!(&value["total_count"], 6);
        prop_assert_eq!(serde_json::from_value::<Progress>(value).unwrap(), {
            let mut read = progress.clone();
            read.old_total = 6;
            read
        });
    }
}
