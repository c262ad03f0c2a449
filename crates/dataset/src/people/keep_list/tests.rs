//! Adding pictures to the keep list and removing them.

use super::{KeepEntry, KeepList};
use std::slice;
use tdbal_types::{ActorId, ImageName};

fn entry(actor: &str, file: &str, by: &str) -> KeepEntry {
    KeepEntry {
        actor: ActorId::new(actor).unwrap(),
        file: ImageName::new(file).unwrap(),
        marked_at: "2026-11-22T11:06:50.000000".into(),
        marked_by: by.into(),
    }
}

#[test]
fn only_new_entries_are_added_and_the_list_stays_sorted() {
    let mut list = KeepList::default();
    let (first, second) = (
        entry("0001_a", "a.png", "ada"),
        entry("0002_b", "b.png", "ada"),
    );
    assert_eq!(list.keep(vec![second.clone()]), slice::from_ref(&second));
    let again = entry("0002_b", "b.png", "bob");
    assert_eq!(
        list.keep(vec![again, first.clone()]),
        slice::from_ref(&first)
    );
    assert_eq!(list.kept, [first, second]);
}

#[test]
fn pictures_are_listed_and_removed_by_actor_and_name() {
    let mut list = KeepList::default();
    let (first, second) = (
        entry("0001_a", "a.png", "ada"),
        entry("0002_b", "a.png", "ada"),
    );
    list.keep(vec![first.clone(), second.clone()]);
    assert_eq!(list.of(&first.actor).len(), 1);

    let unlisted = (first.actor.clone(), ImageName::new("z.png").unwrap());
    let listed = (first.actor.clone(), first.file.clone());
    assert_eq!(list.unkeep(&[unlisted, listed]), slice::from_ref(&first));
    assert!(list.of(&first.actor).is_empty());
    assert_eq!(list.kept, [second]);
}
