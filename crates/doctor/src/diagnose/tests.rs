//! Each finding, from facts made by hand.

use super::*;
use crate::test_facts::{
    FILES, LISTING, SIZE, TRAINING, broken, digest, facts, healthy, name, names, picture, present,
};
use storage::ObjectKey;

fn problems(facts: &Facts) -> Vec<Problem> {
    let findings = diagnose(facts).into_iter();
    findings
        .map(|finding| {
            assert_eq!(finding.actor.as_ref(), Some(&facts.set.actor));
            finding.problem
        })
        .collect()
}

#[tokio::test]
async fn healthy_actor_has_no_findings() {
    assert_eq!(problems(&healthy().await), []);
}

#[tokio::test]
async fn actor_without_base_image_is_reported() {
    let mut facts = healthy().await;
    facts.base_image = Some("no base image found".into());
    let problem = "no base image found".into();
    assert_eq!(problems(&facts), [Problem::BaseImage { problem }]);
}

#[tokio::test]
async fn total_images_other_than_the_entries_is_reported() {
    let training = TRAINING.replace("\"total_images\": 2", "\"total_images\": 7");
    let facts = facts(&training, LISTING, &FILES).await;
    let expected = Problem::TotalImages {
        claimed: 7,
        entries: 2,
    };
    assert_eq!(problems(&facts), [expected]);
}

#[tokio::test]
async fn training_manifest_of_another_actor_is_reported() {
    let training = TRAINING.replace("\"9001_test\"", "\"9002_other\"");
    let facts = facts(&training, LISTING, &FILES).await;
    let named = "9002_other".into();
    assert_eq!(problems(&facts), [Problem::OtherActor { named }]);
}

#[tokio::test]
async fn object_of_another_size_differs_from_the_copy() {
    let mut facts = healthy().await;
    let other = present(SIZE + 1, None);
    facts.objects.states.insert(name(FILES[0]), other);
    let expected = Problem::CopiesDiffer {
        file: name(FILES[0]),
        local_bytes: SIZE,
        object_bytes: SIZE + 1,
        sha256: None,
    };
    assert_eq!(problems(&facts), [expected]);
}

#[tokio::test]
async fn digests_are_compared_only_if_both_copies_were_read() {
    let mut facts = healthy().await;
    let read = |byte| Some(picture(byte));
    let file = name(FILES[0]);
    facts
        .objects
        .states
        .insert(file.clone(), present(SIZE, read(2)));
    assert_eq!(problems(&facts), [], "the local copy was not read");
    facts.read.insert(file.clone(), picture(2));
    assert_eq!(problems(&facts), [], "both are the same");
    facts.read.insert(file.clone(), picture(1));
    let expected = Problem::CopiesDiffer {
        file,
        local_bytes: SIZE,
        object_bytes: SIZE,
        sha256: Some((digest(1), digest(2))),
    };
    assert_eq!(problems(&facts), [expected]);
}

#[tokio::test]
async fn absent_object_with_a_copy_is_not_a_missing_picture() {
    let mut facts = facts(TRAINING, LISTING, &FILES[..1]).await;
    for file in FILES {
        facts.objects.states.insert(name(file), ObjectState::Absent);
    }
    let expected = [
        Problem::Missing {
            files: names(&FILES[1..]),
        },
        Problem::NoObject {
            files: names(&FILES[..1]),
        },
    ];
    assert_eq!(problems(&facts), expected);
}

#[tokio::test]
async fn picture_in_a_silent_bucket_is_not_missing() {
    let mut facts = facts(TRAINING, LISTING, &FILES[..1]).await;
    facts.objects.states.clear();
    assert_eq!(problems(&facts), []);
}

#[tokio::test]
async fn entry_without_file_and_address_is_missing() {
    let training = TRAINING.replace(
        "\"index\": 2, \"s3_url\": \"s3://bucket/9001_test/9001_test_2.png\"",
        "\"index\": 2",
    );
    let mut facts = facts(&training, LISTING, &FILES[..1]).await;
    facts.objects.states.remove(&name(FILES[1]));
    let files = names(&FILES[1..]);
    assert_eq!(problems(&facts), [Problem::Missing { files }]);
}

#[tokio::test]
async fn picture_without_a_copy_is_reported() {
    let facts = facts(TRAINING, LISTING, &FILES[..1]).await;
    let files = names(&FILES[1..]);
    assert_eq!(problems(&facts), [Problem::NoCopy { files }]);
}

#[tokio::test]
async fn empty_or_broken_object_without_a_copy_is_no_picture() {
    for object in [present(0, None), present(SIZE, Some(broken()))] {
        let mut facts = facts(TRAINING, LISTING, &FILES[..1]).await;
        facts.objects.states.insert(name(FILES[1]), object);
        let found = problems(&facts);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            matches!(&found[1], Problem::NotAPicture { file, .. } if *file == name(FILES[1])),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn orphans_are_only_the_files_that_are_pictures() {
    let files = [FILES[0], FILES[1], "broken.png", "good.png", "locked.png"];
    let mut facts = facts(TRAINING, LISTING, &files).await;
    facts.read.insert(name("broken.png"), broken());
    facts.read.insert(name("good.png"), picture(1));
    facts.unreadable = vec![(name("locked.png"), "permission denied".into())];
    let expected = [
        Problem::Orphans {
            files: names(&["good.png"]),
        },
        Problem::Data {
            problem: "cannot read locked.png: permission denied".into(),
        },
        Problem::NotAPicture {
            file: name("broken.png"),
            problem: "it is empty".into(),
        },
    ];
    assert_eq!(problems(&facts), expected);
}

#[tokio::test]
async fn orphan_objects_are_grouped_by_bucket() {
    let mut facts = healthy().await;
    for (bucket, key) in [("b", "x/2.png"), ("a", "x/1.png"), ("b", "x/1.png")] {
        let at = (bucket.to_owned(), ObjectKey::new(key).unwrap());
        facts.objects.strangers.insert(at, SIZE);
    }
    let of = |bucket: &str, keys: &[&str]| Problem::OrphanObjects {
        bucket: bucket.into(),
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
    };
    let expected = [of("a", &["x/1.png"]), of("b", &["x/1.png", "x/2.png"])];
    assert_eq!(problems(&facts), expected);
}

#[tokio::test]
async fn unusable_address_is_reported() {
    let mut facts = healthy().await;
    let state = ObjectState::BadAddress("no scheme".into());
    facts.objects.states.insert(name(FILES[0]), state);
    let expected = Problem::Address {
        file: name(FILES[0]),
        problem: "no scheme".into(),
    };
    assert_eq!(problems(&facts), [expected]);
}

/// A training manifest with a third entry that names the object of the first.
fn with_duplicate() -> String {
    TRAINING.replace("\"total_images\": 2", "\"total_images\": 3").replace(
        "\"images\": {",
        r#""images": {"copy.png": {"index": 3, "s3_url": "s3://bucket/9001_test/9001_test_1.png"},"#,
    )
}

#[tokio::test]
async fn duplicate_entry_is_droppable_unless_it_has_a_file() {
    for (files, expected) in [
        (vec![FILES[0], FILES[1]], vec!["copy.png"]),
        (vec![FILES[0], FILES[1], "copy.png"], vec![]),
    ] {
        let mut facts = facts(&with_duplicate(), LISTING, &files).await;
        let object = present(SIZE, None);
        facts.objects.states.insert(name("copy.png"), object);
        let found = problems(&facts);
        let Some(Problem::DoubleEntries { droppable, .. }) = found.first() else {
            panic!("{found:?}");
        };
        assert_eq!(*droppable, names(&expected));
    }
}

#[tokio::test]
async fn nothing_is_droppable_from_a_manifest_with_repeated_keys() {
    let training = with_duplicate().replacen('{', "{\"note\": 1, \"note\": 2,", 1);
    let facts = facts(&training, LISTING, &FILES).await;
    assert_eq!(droppable(&facts, &names(&["copy.png"])), []);
    let found = problems(&facts);
    assert!(
        matches!(&found[0], Problem::RepeatedKeys { paths, .. } if paths.len() == 1),
        "{found:?}"
    );
}

#[tokio::test]
async fn repeated_listing_is_fixable_if_the_manifest_is_writable() {
    let twice = LISTING.replace(
        "{\"filename\": \"9001_test_2.png\"}",
        "{\"filename\": \"9001_test_2.png\"}, {\"filename\": \"9001_test_2.png\"}",
    );
    let repeated = twice.replacen('{', "{\"note\": 1, \"note\": 2,", 1);
    for (listing, expected) in [(twice, true), (repeated, false)] {
        let facts = facts(TRAINING, &listing, &FILES).await;
        let expected = Problem::DoubleListings {
            files: vec![FILES[1].into()],
            fixable: expected,
        };
        let found = problems(&facts);
        assert_eq!(found.last(), Some(&expected), "{found:?}");
    }
}

#[tokio::test]
async fn picture_only_in_the_actor_manifest_is_reported() {
    let listing = LISTING.replace("[{", "[{\"filename\": \"elsewhere.png\"}, {");
    let facts = facts(TRAINING, &listing, &FILES).await;
    let files = names(&["elsewhere.png"]);
    assert_eq!(problems(&facts), [Problem::OnlyInActorManifest { files }]);
}
