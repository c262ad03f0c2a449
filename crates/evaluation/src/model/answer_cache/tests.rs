use super::*;
use tdbal_types::{ImageClass, Quality, SheetNumber};
use vision_eval::{Answer, ModelKind};

fn model(name: &str) -> ModelIdentity {
    ModelIdentity {
        kind: ModelKind::Live,
        model: name.to_owned(),
        prompt_version: "1".into(),
        schema_digest: Digest::from_bytes([0; 32]),
    }
}

fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

fn opinion(quality: i64) -> Opinion {
    Opinion {
        class: ImageClass::Photorealistic,
        quality: Quality::new(quality).unwrap(),
        faults: Vec::new(),
    }
}

/// A sheet of the pictures with these digests and qualities.
fn sheet(name: &str, vote: u32, pictures: &[(u8, i64)]) -> CachedSheet {
    let numbered = pictures.iter().enumerate();
    let (shown, answers) = numbered
        .map(|(position, (byte, quality))| {
            let number = SheetNumber::from_position(position);
            let shown = Shown {
                number,
                sha256: digest(*byte),
            };
            let answer = Answer {
                number,
                opinion: opinion(*quality),
            };
            (shown, answer)
        })
        .unzip();
    CachedSheet {
        model: model(name),
        vote,
        shown,
        checked: CheckedReply {
            answers,
            analysis: None,
            opinion: None,
        },
        replies: Vec::new(),
    }
}

fn actor() -> ActorId {
    ActorId::new("9001_test").unwrap()
}

#[tokio::test]
async fn newest_answer_for_digest_and_model_is_returned() {
    let folder = tempfile::tempdir().unwrap();
    let output = OutputFolder::new(folder.path());
    let mut cache = AnswerCache::read(&output, &actor()).await.unwrap();
    assert_eq!(cache, AnswerCache::default());
    cache.keep_sheet(sheet("a", 1, &[(1, 5), (2, 6)]));
    cache.keep_sheet(sheet("a", 2, &[(2, 7), (1, 4)]));
    cache.keep_sheet(sheet("a", 1, &[(3, 9), (1, 8)]));
    cache.keep_sheet(sheet("b", 1, &[(1, 1)]));
    for (name, quality) in [("a", 3), ("a", 2), ("b", 1)] {
        cache.keep_close(CachedLook {
            model: model(name),
            sha256: digest(1),
            opinion: opinion(quality),
            replies: Vec::new(),
        });
    }
    cache.write(&output, &actor()).await.unwrap();
    let cache = AnswerCache::read(&output, &actor()).await.unwrap();
    let votes = cache.votes(&model("a"), digest(1));
    assert_eq!(votes, BTreeMap::from([(1, opinion(8)), (2, opinion(4))]));
    assert_eq!(
        cache.votes(&model("a"), digest(2)),
        BTreeMap::from([(1, opinion(6)), (2, opinion(7))])
    );
    assert_eq!(cache.votes(&model("c"), digest(1)), BTreeMap::new());
    assert_eq!(
        cache.close(&model("a"), digest(1)).unwrap().opinion,
        opinion(2)
    );
    assert_eq!(cache.close(&model("a"), digest(2)), None);
    // The first sheet counts for picture 2 only; picture 3 of the third sheet is not in the set.
    let set = BTreeSet::from([digest(1), digest(2)]);
    let model = model("a");
    let sheets: Vec<&CachedSheet> = cache.sheets(&model, &set).collect();
    assert_eq!(sheets.len(), 3);
    assert_eq!(sheets[2].vote().order, [digest(3), digest(1)]);
    let one = BTreeSet::from([digest(1)]);
    assert_eq!(cache.sheets(&model, &one).count(), 2);
}

#[tokio::test]
async fn unneeded_answers_are_dropped_and_damaged_files_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let output = OutputFolder::new(folder.path());
    let mut cache = AnswerCache::default();
    cache.keep_sheet(sheet("a", 1, &[(1, 5), (2, 6)]));
    cache.keep_sheet(sheet("a", 1, &[(3, 5)]));
    cache.retain(&BTreeSet::from([digest(2)]));
    assert_eq!(cache.sheets.len(), 1);
    cache.write(&output, &actor()).await.unwrap();
    let path = folder.path().join("answers/9001_test.json");
    for text in ["{", "{\"format\": 99, \"sheets\": [], \"close\": []}"] {
        std::fs::write(&path, text).unwrap();
        let read = AnswerCache::read(&output, &actor()).await.unwrap();
        assert_eq!(read, AnswerCache::default(), "{text}");
    }
}

#[test]
fn cost_of_a_sheet_is_shared_by_its_pictures() {
    let reply = |dollars| ReplyRecord {
        model: "m".into(),
        request_id: None,
        tokens: tdbal_types::Tokens::default(),
        cost: Usd::from_dollars(dollars),
    };
    let mut cache = AnswerCache::default();
    // An unusable first answer and its correction.
    let mut first = sheet("a", 1, &[(1, 5), (2, 6)]);
    first.replies = vec![reply(0.02), reply(0.04)];
    let mut newer = sheet("a", 1, &[(2, 6)]);
    newer.replies = vec![reply(0.01)];
    let mut of_other = sheet("b", 2, &[(1, 5)]);
    of_other.replies = vec![reply(1.0)];
    for sheet in [first, newer, of_other] {
        cache.keep_sheet(sheet);
    }
    cache.keep_close(CachedLook {
        model: model("a"),
        sha256: digest(2),
        opinion: opinion(6),
        replies: vec![reply(0.005)],
    });
    let cents = |cents: f64| Usd::from_dollars(cents / 100.0);
    let paid = cache.paid(&model("a"));
    assert_eq!(paid.len(), 2);
    assert_eq!(paid[&digest(1)].sheets, [(1, cents(3.0))].into());
    assert_eq!(paid[&digest(1)].close, None);
    assert_eq!(paid[&digest(2)].sheets, [(1, cents(1.0))].into());
    assert_eq!(paid[&digest(2)].close, Some(cents(0.5)));
    assert!(cache.paid(&model("c")).is_empty());
}

#[tokio::test]
async fn nested_output_folder_shares_only_the_answers() {
    let folder = tempfile::tempdir().unwrap();
    let output = OutputFolder::new(folder.path());
    let below = output.below("calibration");
    assert_eq!(below.path(), folder.path().join("calibration"));
    let mut cache = AnswerCache::default();
    cache.keep_sheet(sheet("a", 1, &[(1, 5)]));
    cache.write(&below, &actor()).await.unwrap();
    assert_eq!(AnswerCache::read(&output, &actor()).await.unwrap(), cache);
    below
        .files()
        .write("0001_a_composite.jpg", bytes::Bytes::from_static(b"jpeg"))
        .await
        .unwrap();
    let name = "0001_a_composite.jpg";
    assert!(below.path().join(name).is_file());
    assert!(!output.path().join(name).exists());
}
