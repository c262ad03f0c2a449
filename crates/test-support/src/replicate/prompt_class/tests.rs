use super::*;
use crate::fixtures::fixtures_dir;
use replicate_gen::{Catalogue, PromptQueue, descriptor};
use std::collections::BTreeSet;
use std::fs;

#[test]
fn media_of_the_catalogue_map_to_their_class() {
    let path = fixtures_dir().join("../crates/replicate-gen/data/catalogue.toml");
    let text = fs::read_to_string(path).unwrap();
    let mut class = None;
    let mut seen = 0;
    for line in text.lines() {
        if let Some(table) = line.strip_prefix('[') {
            class = ImageClass::ALL
                .into_iter()
                .find(|class| table.contains(class.as_str()));
        }
        if let Some(medium) = line.strip_prefix("medium = ") {
            assert_eq!(Some(class_in(medium)), class, "{medium}");
            seen += 1;
        }
    }
    assert!(seen >= 28, "{seen} techniques");
}

#[test]
fn catalogue_prompts_map_to_their_class() {
    let catalogue = Catalogue::builtin();
    let mut seen = 0;
    for class in ImageClass::ALL {
        for seed in 0..20 {
            let subject = descriptor(Some("male"), None);
            let queue = PromptQueue::new(&catalogue, class, &BTreeSet::new(), subject, seed);
            for prompt in queue.take(200) {
                assert_eq!(class_in(&prompt.text), class, "{}", prompt.text);
                seen += 1;
            }
        }
    }
    assert!(seen > 3000, "{seen} prompts");
}
