use super::*;
use crate::sample::{actor, digest, evaluation, name, reader};
use bytes::Bytes;
use dataset::discovery::ActorFiles;
use serde_json::json;
use std::collections::BTreeSet;
use storage::{MemoryStore, ObjectKey, ObjectStore as _, PutMode};
use tdbal_types::ImageClass::{BwStylized, Photorealistic};

/// Labels of pictures by number: each with a class, a wish, or both.
fn labels(statements: &[(u8, Option<&str>, Option<&str>)]) -> Labels {
    let labels: serde_json::Map<_, _> = statements
        .iter()
        .map(|(number, class, wish)| {
            let statement = json!([{
                "actor": actor(), "file": name(*number), "class": class, "wish": wish,
                "said_at": "2026-11-28T12:00:00.000000", "said_by": "anna",
            }]);
            (digest(*number).to_string(), statement)
        })
        .collect();
    serde_json::from_value(json!({ "labels": labels })).unwrap()
}

fn keep_list(numbers: &[u8]) -> KeepList {
    let kept: Vec<_> = numbers
        .iter()
        .map(|number| {
            json!({
                "actor": actor(), "file": name(*number),
                "marked_at": "2026-11-28T12:00:00.000000", "marked_by": "anna",
            })
        })
        .collect();
    serde_json::from_value(json!({ "kept": kept })).unwrap()
}

async fn set(actor_manifest: &'static str) -> ActorSet {
    let store = MemoryStore::new("data");
    let key = ObjectKey::new("actor_manifests/9001_manifest.json").unwrap();
    let bytes = Bytes::from_static(actor_manifest.as_bytes());
    store.put(&key, bytes, PutMode::Overwrite).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = reader(store, folder.path());
    let now = "2026-11-28T12:00:00.000000";
    dataset::set::load(&data, &actor(), &ActorFiles::default(), now)
        .await
        .unwrap()
}

fn names(numbers: &[u8]) -> BTreeSet<ImageName> {
    numbers.iter().map(|number| name(*number)).collect()
}

#[tokio::test]
async fn protection_joins_keep_list_wishes_and_actor_manifest() {
    let (keep_list, labels) = (
        keep_list(&[1]),
        labels(&[
            (2, None, Some("keep")),
            (3, None, Some("remove")),
            (4, Some("bw_stylized"), None),
        ]),
    );
    let input = PersonInput {
        keep_list: &keep_list,
        labels: &labels,
    };
    let pictures: Vec<(ImageName, Digest)> = (0..6)
        .map(|number| (name(number), digest(number)))
        .collect();
    let pictures = || pictures.iter().map(|(name, digest)| (name, *digest));
    let found = protection(&set("{}").await, input, pictures());
    let expected = Protection {
        kept: names(&[1, 2]),
        to_remove: names(&[3]),
        ..Protection::default()
    };
    assert_eq!(found, expected);
    let good = set(r#"{"training_data_good": true}"#).await;
    assert!(protection(&good, input, pictures()).set_is_good);
}

#[test]
fn only_unsure_pictures_that_no_person_settled_are_open() {
    let mut evaluation = evaluation(&[
        Some((Photorealistic, 7)),
        Some((Photorealistic, 6)),
        Some((BwStylized, 7)),
        None,
        Some((BwStylized, 5)),
        Some((BwStylized, 4)),
    ]);
    for judged in &mut evaluation.judged {
        judged.verdict.confidence = Confidence::Unsure;
    }
    evaluation.judged[0].verdict.confidence = Confidence::Likely;
    evaluation.plan.questions = vec![name(5), name(0)];
    let nothing = Labels::default();
    // The plan's questions come first; picture 3 does not decode.
    let expected = [5, 1, 2, 4].map(name);
    assert_eq!(open_questions(&nothing, &evaluation), expected);
    let some = labels(&[(1, Some("photorealistic"), None), (5, None, Some("keep"))]);
    assert_eq!(open_questions(&some, &evaluation), [2, 4].map(name));
}
