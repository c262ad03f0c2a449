use super::*;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn trash(sizes: &[u64]) -> TrashOfRun {
    let file = |(position, size): (usize, &u64)| TrashFile {
        store: PlaceStore::Data,
        key: ObjectKey::new(format!("trash/run/{position}.png")).unwrap(),
        size: *size,
    };
    TrashOfRun {
        run_id: RunId::new("run").unwrap(),
        at: Some(Timestamp::UNIX_EPOCH),
        in_use: None,
        files: sizes.iter().enumerate().map(file).collect(),
    }
}

#[test]
fn size_is_the_sum_of_all_files() {
    assert_eq!(trash(&[]).size(), 0);
    assert_eq!(trash(&[3, 0, 4]).size(), 7);
}

#[test]
fn trash_may_go_only_after_the_age() {
    let trash = trash(&[1]);
    let at_the_age = Timestamp::UNIX_EPOCH + DAY;
    assert!(!trash.may_go(at_the_age, DAY));
    assert!(trash.may_go(at_the_age + SignedDuration::from_nanos(1), DAY));
    let before = Timestamp::UNIX_EPOCH - DAY;
    assert!(!trash.may_go(before, DAY), "a clock that was set back");
}

#[test]
fn trash_in_use_or_of_unknown_age_never_goes() {
    let later = Timestamp::UNIX_EPOCH + DAY * 1000;
    let in_use = TrashOfRun {
        in_use: Some("the run is unfinished".into()),
        ..trash(&[1])
    };
    assert!(!in_use.may_go(later, DAY));
    let undated = TrashOfRun {
        at: None,
        ..trash(&[1])
    };
    assert!(!undated.may_go(later, DAY));
}
