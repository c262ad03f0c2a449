//! Undoing an edit entry by entry.

use super::*;

fn names(texts: &[&str]) -> BTreeSet<ImageName> {
    texts.iter().map(|text| name(text)).collect()
}

fn images(manifest: &TrainingManifest) -> String {
    manifest.document.root["images"].to_string()
}

#[test]
fn undo_keeps_entries_added_since() {
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
    // Generation records are history and stay.
    assert_eq!(value["generations"].as_array().unwrap().len(), 3);
    let again = undone.restored(&before, &back, &out, "again").unwrap();
    assert_eq!(again, undone);
}

#[test]
fn undo_does_not_free_numbers_for_reuse() {
    let before = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    let since = before.edited(&edit(&[], vec![new_image(8)])).unwrap();
    // Another program wrote the manifest without the fields it does not know.
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
fn undo_of_entry_missing_before_fails() {
    let before = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    let error = before
        .restored(&before, &names(&["other.png"]), &BTreeSet::new(), "now")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "other.png has no entry to restore: the manifest did not contain it before the change"
    );
}

#[test]
fn undo_does_not_replace_changed_entry() {
    let before = TrainingManifest::parse(SMALL.as_bytes()).unwrap();
    let changed = SMALL.replace("\"a man\"", "\"a woman\"");
    let since = TrainingManifest::parse(changed.as_bytes()).unwrap();
    let error = since
        .restored(&before, &names(&["9001_a_2.png"]), &BTreeSet::new(), "now")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "9001_a_2.png is already in the manifest with a different entry (remove that entry to restore \
         the old one, or leave this picture out)"
    );
}

proptest! {
    #[test]
    fn undo_of_any_edit_restores_all_entries(
        numbers in proptest::collection::vec(0_u64..40, 0..25),
        removed in proptest::collection::btree_set(0_u64..40, 0..25),
        added in proptest::collection::btree_set(40_u64..60, 0..8),
        again in proptest::collection::btree_set(0_u64..40, 0..4),
    ) {
        // Neither the entries nor their keys are sorted.
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
        // Some removed names are reused for added pictures.
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
