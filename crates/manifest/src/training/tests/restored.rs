//! A change is taken back entry by entry.

use super::*;

fn names(texts: &[&str]) -> BTreeSet<ImageName> {
    texts.iter().map(|text| name(text)).collect()
}

fn images(manifest: &TrainingManifest) -> String {
    manifest.document.root["images"].to_string()
}

#[test]
fn a_change_is_taken_back_and_what_came_since_stays() {
    let before = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    let since = before
        .edited(&edit(&["9001_a_7.png"], vec![new_image(8)]))
        .unwrap()
        .edited(&edit(&[], vec![new_image(9)]))
        .unwrap();
    let (back, out) = (names(&["9001_a_7.png"]), names(&["9001_a_8.jpg"]));
    let undone = since.restored(&before, &back, &out, "now").unwrap();
    let value: Value = serde_json::from_slice(&undone.to_bytes()).unwrap();
    assert_eq!(
        keys(&value["images"]),
        ["9001_a_7.png", "9001_a_2.png", "9001_a_9.jpg"]
    );
    assert_eq!(
        undone.raw_entry(&name("9001_a_7.png")),
        before.raw_entry(&name("9001_a_7.png"))
    );
    assert_eq!(value["total_images"], 3);
    assert_eq!(value["updated_at"], "now");
    assert_eq!(value["last_index"], 9);
    // What the records say is history.
    assert_eq!(value["generations"].as_array().unwrap().len(), 3);
    let again = undone.restored(&before, &back, &out, "again").unwrap();
    assert_eq!(again, undone);
}

#[test]
fn a_number_that_was_given_is_not_given_again() {
    let before = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    let since = before.edited(&edit(&[], vec![new_image(8)])).unwrap();
    // Another program wrote the manifest and left out what it did not know.
    let mut since: Value = serde_json::from_slice(&since.to_bytes()).unwrap();
    since.as_object_mut().unwrap().remove(LAST_INDEX);
    let since = TrainingManifest::parse(&serde_json::to_vec(&since).unwrap()).unwrap();
    let undone = since
        .restored(&before, &BTreeSet::new(), &names(&["9001_a_8.jpg"]), "now")
        .unwrap();
    assert_eq!(images(&undone), images(&before));
    assert_eq!(undone.highest_number(), Some(8));
}

#[test]
fn what_was_not_there_cannot_come_back() {
    let before = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    let error = before
        .restored(&before, &names(&["other.png"]), &BTreeSet::new(), "now")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "other.png was not in the manifest before, so there is no entry to put back"
    );
}

#[test]
fn an_entry_that_somebody_changed_is_not_replaced() {
    let before = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    let changed = SMALL.replace("\"a man\"", "\"a woman\"");
    let since = TrainingManifest::parse(changed.as_bytes()).unwrap();
    let error = since
        .restored(&before, &names(&["9001_a_2.png"]), &BTreeSet::new(), "now")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "9001_a_2.png is in the manifest already, with another entry than before (take that entry \
         out, or keep it and leave this picture out)"
    );
}

proptest! {
    #[test]
    fn an_edit_taken_back_leaves_what_was_there(
        numbers in proptest::collection::vec(0_u64..40, 0..25),
        removed in proptest::collection::btree_set(0_u64..40, 0..25),
        added in proptest::collection::btree_set(40_u64..60, 0..8),
        again in proptest::collection::btree_set(0_u64..40, 0..4),
    ) {
        // In no order; the keys of an entry are in none either.
        let entries: Map<String, Value> = numbers
            .iter()
            .map(|number| {
                let entry = json!({"z": number, "index": number, "a": {"y": [2.5], "b": null}});
                (format!("9001_a_{number}.jpg"), entry)
            })
            .collect();
        let bytes = serde_json::to_vec(&json!({"images": entries})).unwrap();
        let before = TrainingManifest::parse(&bytes).unwrap();
        let file = |number: &u64| new_image(*number).name;
        // Some of the names that leave are given to pictures that come.
        let added: BTreeSet<u64> = added.into_iter().chain(again.intersection(&removed).copied()).collect();
        let remove: BTreeSet<ImageName> = removed.iter().map(file).collect();
        let edit = Edit {
            remove: remove.clone(),
            add: added.iter().map(|&number| new_image(number)).collect(),
            ..edit(&[], vec![])
        };
        let edited = before.edited(&edit).unwrap();
        let back = remove.into_iter().filter(|name| before.contains(name)).collect();
        let out = added.iter().map(file).collect();
        let undone = edited.restored(&before, &back, &out, "now").unwrap();
        prop_assert_eq!(images(&undone), images(&before));
        prop_assert_eq!(undone.total_images(), Some(before.images().len() as u64));
        prop_assert_eq!(undone.highest_number(), edited.highest_number());
        prop_assert_eq!(undone.document.root.get("generations"), edited.document.root.get("generations"));
        prop_assert_eq!(undone.restored(&before, &back, &BTreeSet::new(), "again").unwrap(), undone);
    }
}
