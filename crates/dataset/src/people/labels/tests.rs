//! Which statements count, taking them back, and editing the stored labels.

use super::*;
use journal::FolderJournals;
use journal::JournalRead as _;
use proptest::prelude::*;
use std::path::Path;

fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

fn actor(name: &str) -> ActorId {
    ActorId::new(name).unwrap()
}

/// A statement about a picture of actor `of`, made at this second.
fn word(of: &str, second: u8) -> Statement {
    Statement {
        actor: actor(of),
        file: ImageName::new(format!("{of}.png")).unwrap(),
        class: None,
        quality: None,
        wish: None,
        said_at: format!("2026-11-22T11:06:{second:02}.000Z"),
        said_by: "ada".to_owned(),
    }
}

fn class(class: ImageClass, second: u8) -> Statement {
    Statement {
        class: Some(class),
        ..word("0001_a", second)
    }
}

fn wish(of: &str, wish: Wish, second: u8) -> Statement {
    Statement {
        wish: Some(wish),
        ..word(of, second)
    }
}

#[test]
fn latest_statement_about_each_property_counts() {
    let mut labels = Labels::default();
    assert!(labels.is_empty() && labels.word(&digest(1)).is_none());
    labels.say(digest(1), class(ImageClass::Photorealistic, 1));
    let quality = Some(Quality::new(7).unwrap());
    let said = Statement {
        quality,
        ..class(ImageClass::BwStylized, 2)
    };
    labels.say(digest(1), said);
    labels.say(digest(1), wish("0001_a", Wish::Keep, 3));
    labels.say(digest(1), class(ImageClass::ColorStylized, 4));
    let class = Some(ImageClass::ColorStylized);
    assert_eq!(labels.word(&digest(1)), Some(Label { class, quality }));
    assert_eq!(labels.wish(&actor("0001_a"), &digest(1)), Some(Wish::Keep));
    assert_eq!(labels.word(&digest(2)), None);
    assert_eq!(labels.said(&digest(1)).len(), 4);
    assert_eq!(labels.iter().count(), 1);
}

#[test]
fn wish_alone_gives_no_label() {
    let mut labels = Labels::default();
    labels.say(digest(1), wish("0001_a", Wish::Remove, 1));
    assert_eq!(labels.word(&digest(1)), None);
}

#[test]
fn remove_applies_to_one_actor_and_keep_to_all() {
    let (a, b) = (actor("0001_a"), actor("0002_b"));
    let mut labels = Labels::default();
    labels.say(digest(1), wish("0001_a", Wish::Remove, 1));
    assert_eq!(labels.wish(&a, &digest(1)), Some(Wish::Remove));
    assert_eq!(labels.wish(&b, &digest(1)), None);
    labels.say(digest(2), wish("0001_a", Wish::Keep, 1));
    assert_eq!(labels.wish(&b, &digest(2)), Some(Wish::Keep));
    // A statement about the actor's own picture takes precedence, whichever is later.
    labels.say(digest(1), wish("0002_b", Wish::Keep, 2));
    assert_eq!(labels.wish(&a, &digest(1)), Some(Wish::Remove));
    assert_eq!(labels.wish(&b, &digest(1)), Some(Wish::Keep));
}

#[test]
fn statement_that_is_taken_back_has_no_effect() {
    let mut labels = Labels::default();
    let (first, second) = (
        class(ImageClass::Photorealistic, 1),
        class(ImageClass::BwStylized, 2),
    );
    labels.say(digest(1), first.clone());
    let before = labels.clone();
    labels.say(digest(1), second.clone());
    labels.say(digest(1), second.clone());
    assert!(labels.take_back(&digest(1), &second));
    assert_eq!(labels, before);
    assert!(!labels.take_back(&digest(1), &second));
    assert!(!labels.take_back(&digest(9), &second));
    assert!(labels.take_back(&digest(1), &first));
    assert!(labels.is_empty());
    labels.say(digest(1), first);
    labels.say(digest(1), second);
    assert_eq!(labels.forget(&digest(1)).len(), 2);
    assert!(labels.is_empty() && labels.forget(&digest(1)).is_empty());
}

fn journals(folder: &Path) -> FolderJournals {
    FolderJournals::new(folder)
}

/// Reads the stored labels.
async fn stored(folder: &Path) -> Result<Labels, DataError> {
    Ok(DOCUMENT
        .read(&journals(folder))
        .await?
        .map(|(labels, _)| labels)
        .unwrap_or_default())
}

#[tokio::test]
async fn statements_made_at_the_same_time_are_all_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let mut rounds = 0;
    edit_labels(&journals(&path), |labels| {
        rounds += 1;
        if rounds == 1 {
            // Another process writes between the read and the write of this one.
            let path = path.clone();
            let other = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build();
                runtime.unwrap().block_on(async {
                    edit_labels(&journals(&path), |labels| {
                        labels.say(digest(2), word("0002_b", 1));
                    })
                    .await
                    .unwrap();
                });
            });
            other.join().unwrap();
        }
        labels.say(digest(1), class(ImageClass::BwStylized, 1));
    })
    .await
    .unwrap();
    assert_eq!(rounds, 2);
    let labels = stored(&path).await.unwrap();
    assert_eq!(labels.iter().count(), 2);
}

#[tokio::test]
async fn edit_that_changes_nothing_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    edit_labels(&journals(path), |labels| labels.forget(&digest(1)))
        .await
        .unwrap();
    assert!(journals(path).state("labels.json").await.unwrap().is_none());
}

#[tokio::test]
async fn damaged_file_is_reported_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let broken = bytes::Bytes::from_static(b"{\"labels\":{\"12\":[]}}");
    journals(path)
        .put_state("labels.json", broken.clone(), None)
        .await
        .unwrap();
    let say = |labels: &mut Labels| labels.say(digest(1), word("0001_a", 1));
    for error in [
        stored(path).await.unwrap_err(),
        edit_labels(&journals(path), say).await.unwrap_err(),
    ] {
        let message = error.to_string();
        assert!(message.contains("labels.json is damaged"), "{message}");
    }
    let (bytes, _) = journals(path).state("labels.json").await.unwrap().unwrap();
    assert_eq!(bytes, broken);
}

#[test]
fn file_has_the_format_of_the_guide() {
    let mut labels = Labels::default();
    labels.say(
        digest(0x1f),
        Statement {
            quality: Some(Quality::new(7).unwrap()),
            wish: Some(Wish::Keep),
            ..class(ImageClass::BwStylized, 5)
        },
    );
    insta::assert_snapshot!(serde_json::to_string_pretty(&labels).unwrap());
}

fn any_statement() -> impl Strategy<Value = (u8, Statement)> {
    let class = proptest::option::of((0_usize..3).prop_map(|place| ImageClass::ALL[place]));
    let quality = proptest::option::of((1_i64..=10).prop_map(|q| Quality::new(q).unwrap()));
    let wish = proptest::option::of(prop_oneof![Just(Wish::Keep), Just(Wish::Remove)]);
    let of = prop_oneof![Just("0001_a"), Just("0002_b")];
    (0_u8..4, of, class, quality, wish, 0_u8..60).prop_map(
        |(picture, of, class, quality, wish, second)| {
            let said = Statement {
                class,
                quality,
                wish,
                ..word(of, second)
            };
            (picture, said)
        },
    )
}

proptest! {
    #[test]
    fn statements_read_back_and_are_undone_one_by_one(
        all in proptest::collection::vec(any_statement(), 0..20),
    ) {
        let mut labels = Labels::default();
        let mut states = Vec::new();
        let mut said = Vec::new();
        for (picture, statement) in all {
            let before = labels.clone();
            labels.say(digest(picture), statement.clone());
            if labels != before {
                states.push(before);
                said.push((picture, statement));
            }
            let text = serde_json::to_string(&labels).unwrap();
            prop_assert_eq!(serde_json::from_str::<Labels>(&text).unwrap(), labels.clone());
        }
        for ((picture, statement), before) in said.into_iter().zip(states).rev() {
            prop_assert!(labels.take_back(&digest(picture), &statement));
            prop_assert_eq!(&labels, &before);
        }
        prop_assert!(labels.is_empty());
    }
}
