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

/// A sheet of these pictures; each has the quality beside it.
fn sheet(name: &str, vote: u32, pictures: &[(u8, i64)]) -> KeptSheet {
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
    KeptSheet {
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
async fn an_answer_holds_for_the_bytes_and_the_model_and_the_newest_counts() {
    let folder = tempfile::tempdir().unwrap();
    let output = OutputFolder::new(folder.path());
    let mut kept = KeptAnswers::read(&output, &actor()).await;
    assert_eq!(kept, KeptAnswers::default());
    kept.keep_sheet(sheet("a", 1, &[(1, 5), (2, 6)]));
    kept.keep_sheet(sheet("a", 2, &[(2, 7), (1, 4)]));
    kept.keep_sheet(sheet("a", 1, &[(3, 9), (1, 8)]));
    kept.keep_sheet(sheet("b", 1, &[(1, 1)]));
    for (name, quality) in [("a", 3), ("a", 2), ("b", 1)] {
        kept.keep_close(KeptClose {
            model: model(name),
            sha256: digest(1),
            opinion: opinion(quality),
            replies: Vec::new(),
        });
    }
    kept.write(&output, &actor()).await.unwrap();
    let kept = KeptAnswers::read(&output, &actor()).await;
    let votes = kept.votes(&model("a"), digest(1));
    assert_eq!(votes, BTreeMap::from([(1, opinion(8)), (2, opinion(4))]));
    assert_eq!(
        kept.votes(&model("a"), digest(2)),
        BTreeMap::from([(1, opinion(6)), (2, opinion(7))])
    );
    assert_eq!(kept.votes(&model("c"), digest(1)), BTreeMap::new());
    assert_eq!(
        kept.close(&model("a"), digest(1)).unwrap().opinion,
        opinion(2)
    );
    assert_eq!(kept.close(&model("a"), digest(2)), None);
    // Of the first sheet only picture 2 still counts, of the third picture 3 is not in the set.
    let set = BTreeSet::from([digest(1), digest(2)]);
    let model = model("a");
    let sheets: Vec<&KeptSheet> = kept.sheets(&model, &set).collect();
    assert_eq!(sheets.len(), 3);
    assert_eq!(sheets[2].vote().order, [digest(3), digest(1)]);
    let one = BTreeSet::from([digest(1)]);
    assert_eq!(kept.sheets(&model, &one).count(), 2);
}

#[tokio::test]
async fn what_no_picture_needs_is_forgotten_and_a_broken_file_is_as_good_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let output = OutputFolder::new(folder.path());
    let mut kept = KeptAnswers::default();
    kept.keep_sheet(sheet("a", 1, &[(1, 5), (2, 6)]));
    kept.keep_sheet(sheet("a", 1, &[(3, 5)]));
    kept.retain(&BTreeSet::from([digest(2)]));
    assert_eq!(kept.sheets.len(), 1);
    kept.write(&output, &actor()).await.unwrap();
    let path = folder.path().join("answers/9001_test.json");
    for text in ["{", "{\"format\": 99, \"sheets\": [], \"close\": []}"] {
        std::fs::write(&path, text).unwrap();
        let read = KeptAnswers::read(&output, &actor()).await;
        assert_eq!(read, KeptAnswers::default(), "{text}");
    }
}
