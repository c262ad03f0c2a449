//! What is planned for each kind of problem, and what is not.

use super::*;
use crate::test_facts::{
    FILES, LISTING, SIZE, TRAINING, broken, digest, facts, healthy, name, names, picture, present,
};

#[tokio::test]
async fn healthy_actor_needs_no_fix() {
    assert_eq!(actor_fix(&healthy().await), None);
}

#[tokio::test]
async fn actor_with_an_unfinished_run_is_not_fixed() {
    let mut facts = facts(TRAINING, LISTING, &FILES[..1]).await;
    assert!(actor_fix(&facts).is_some());
    facts.is_unfinished = true;
    assert_eq!(actor_fix(&facts), None);
}

#[tokio::test]
async fn adopted_file_takes_the_number_in_its_name_or_the_next() {
    let files = [FILES[0], FILES[1], "9001_test_9.png", "a.png", "b.png"];
    let mut facts = facts(TRAINING, LISTING, &files).await;
    for (position, file) in files[2..].iter().enumerate() {
        let read = picture(u8::try_from(position).unwrap());
        facts.read.insert(name(file), read);
    }
    let address = "s3://bucket/9001_test/a.png";
    facts.found_objects.insert(name("a.png"), address.into());
    let fix = actor_fix(&facts).unwrap();
    let adopted = |file: &str, byte, index, s3_url: Option<&str>| Adopt {
        name: name(file),
        sha256: digest(byte),
        index,
        s3_url: s3_url.map(str::to_owned),
    };
    assert_eq!(
        fix.adopt,
        [
            adopted("9001_test_9.png", 0, 9, None),
            adopted("a.png", 1, 10, Some(address)),
            adopted("b.png", 2, 11, None),
        ]
    );
    assert!(fix.changes_training_manifest());
    assert!(fix.fetch.is_empty());
}

#[tokio::test]
async fn broken_or_unread_file_is_not_adopted() {
    let files = [FILES[0], FILES[1], "broken.png", "unread.png"];
    let mut facts = facts(TRAINING, LISTING, &files).await;
    facts.read.insert(name("broken.png"), broken());
    assert_eq!(actor_fix(&facts), None);
}

#[tokio::test]
async fn only_a_readable_object_is_downloaded() {
    for (object, expected) in [
        (present(SIZE, None), Some(None)),
        (present(SIZE, Some(picture(3))), Some(Some(digest(3)))),
        (present(SIZE, Some(broken())), None),
        (present(0, None), None),
        (ObjectState::Absent, None),
        (ObjectState::BadAddress("no scheme".into()), None),
    ] {
        let mut facts = facts(TRAINING, LISTING, &FILES[..1]).await;
        let told = format!("{object:?}");
        facts.objects.states.insert(name(FILES[1]), object);
        let expected = expected.map(|sha256| Fetch {
            name: name(FILES[1]),
            s3_url: format!("s3://bucket/9001_test/{}", FILES[1]),
            size: SIZE,
            sha256,
        });
        let fix = actor_fix(&facts);
        let fetch = fix.iter().flat_map(|fix| &fix.fetch).next();
        assert_eq!(fetch, expected.as_ref(), "{told}");
        assert_eq!(fix.is_some(), expected.is_some(), "{told}");
        assert!(!fix.is_some_and(|fix| fix.changes_training_manifest()));
    }
}

/// A training manifest with a third entry that names the object of the first, and a wrong count.
fn with_duplicate() -> String {
    TRAINING.replace(
        "\"images\": {",
        r#""images": {"copy.png": {"index": 3, "s3_url": "s3://bucket/9001_test/9001_test_1.png"},"#,
    )
}

#[tokio::test]
async fn dropped_entry_is_not_downloaded() {
    let mut facts = facts(&with_duplicate(), LISTING, &FILES).await;
    let object = present(SIZE, None);
    facts.objects.states.insert(name("copy.png"), object);
    let fix = actor_fix(&facts).unwrap();
    assert_eq!(fix.drop_entries, names(&["copy.png"]));
    assert!(fix.recount);
    assert_eq!(fix.fetch, []);
}

#[tokio::test]
async fn manifest_with_repeated_keys_is_not_written() {
    let training = with_duplicate().replacen('{', "{\"note\": 1, \"note\": 2,", 1);
    let mut facts = facts(&training, LISTING, &[FILES[0], "new.png"]).await;
    facts.read.insert(name("new.png"), picture(1));
    let fix = actor_fix(&facts).unwrap();
    assert!(!fix.changes_training_manifest(), "{fix:?}");
    assert_eq!(fix.fetch.len(), 1, "downloads need no manifest");
}

#[tokio::test]
async fn repeated_listings_are_dropped_unless_keys_are_repeated() {
    let twice = LISTING.replace("[{", "[{\"filename\": \"9001_test_1.png\"}, {");
    let repeated = twice.replacen('{', "{\"note\": 1, \"note\": 2,", 1);
    let fixed = actor_fix(&facts(TRAINING, &twice, &FILES).await).unwrap();
    assert_eq!(fixed.drop_listings, [FILES[0]]);
    assert!(!fixed.changes_training_manifest());
    assert_eq!(actor_fix(&facts(TRAINING, &repeated, &FILES).await), None);
}

#[tokio::test]
async fn each_fix_is_one_line_with_the_actor() {
    let twice = LISTING.replace("[{", "[{\"filename\": \"9001_test_1.png\"}, {");
    let files = [FILES[0], "new.png"];
    let mut facts = facts(&with_duplicate(), &twice, &files).await;
    facts.read.insert(name("new.png"), picture(1));
    assert_eq!(
        actor_fix(&facts).unwrap().lines(),
        [
            "9001_test: add entries for new.png",
            "9001_test: download 9001_test_2.png",
            "9001_test: remove duplicate entries: copy.png",
            "9001_test: correct total_images",
            "9001_test: remove duplicate listings of 9001_test_1.png from the actor manifest",
        ]
    );
}

#[test]
fn stored_plan_reads_back_with_its_markers() {
    let stored = r#"{
      "schema_version": 1,
      "run_id": "fix-1",
      "made_at": "2026-11-22T12:00:00.000000",
      "marks": [{"run": "run-9", "actor": "9001_test"}],
      "actors": [{
        "actor": "9001_test", "training_manifest": null, "adopt": [], "fetch": [],
        "drop_entries": [], "recount": true, "drop_listings": []
      }]
    }"#;
    let plan: FixPlan = serde_json::from_str(stored).unwrap();
    assert!(!plan.is_empty());
    assert_eq!(
        plan.lines(),
        [
            "9001_test: remove the open marker of run run-9, which is finished",
            "9001_test: correct total_images",
        ]
    );
    let written: serde_json::Value = serde_json::to_value(&plan).unwrap();
    let expected: serde_json::Value = serde_json::from_str(stored).unwrap();
    assert_eq!(written, expected);
}

#[test]
fn plan_is_empty_only_without_markers_and_actors() {
    let marker = OpenMarker {
        run: RunId::new("run-9").unwrap(),
        actor: ActorId::new("9001_test").unwrap(),
    };
    let mut plan = FixPlan {
        schema_version: FIX_SCHEMA_VERSION,
        run_id: RunId::new("fix-1").unwrap(),
        made_at: String::new(),
        marks: Vec::new(),
        actors: Vec::new(),
    };
    assert!(plan.is_empty());
    plan.marks.push(marker);
    assert!(!plan.is_empty());
}
