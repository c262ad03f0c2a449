use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

const CLASSES: [ImageClass; 3] = ImageClass::ALL;

fn texts(prompts: &[Prompt]) -> BTreeSet<String> {
    prompts.iter().map(|prompt| prompt.text.clone()).collect()
}

fn none() -> BTreeSet<String> {
    BTreeSet::new()
}

#[test]
fn leading_entries_are_all_used_before_one_repeats() {
    let catalogue = Catalogue::builtin();
    let prompts = choose(
        &catalogue,
        ImageClass::Photorealistic,
        20,
        &none(),
        "man",
        1,
    );
    let scenes: HashSet<_> = prompts.iter().map(|prompt| &prompt.scene).collect();
    assert_eq!(scenes.len(), 20);
    let prompts = choose(&catalogue, ImageClass::BwStylized, 13, &none(), "man", 1);
    let techniques: HashSet<_> = prompts.iter().map(|prompt| &prompt.technique).collect();
    let scenes: HashSet<_> = prompts.iter().map(|prompt| &prompt.scene).collect();
    assert_eq!((techniques.len(), scenes.len()), (13, 13));
}

#[test]
fn used_prompts_match_despite_descriptor_and_spacing() {
    let catalogue = Catalogue::builtin();
    let first = choose(
        &catalogue,
        ImageClass::Photorealistic,
        12,
        &none(),
        "man",
        1,
    );
    let used = first
        .iter()
        .map(|prompt| {
            let text = prompt.text.replace("the man", "the  tall\nPERSON");
            assert_ne!(text, prompt.text);
            text
        })
        .collect();
    let rest = choose(&catalogue, ImageClass::Photorealistic, 8, &used, "man", 2);
    let scenes: HashSet<_> = first.iter().chain(&rest).map(|one| &one.scene).collect();
    assert_eq!(scenes.len(), 20);
}

#[test]
fn every_builtin_prompt_is_recognised() {
    let catalogue = Catalogue::builtin();
    let mut cases = 0;
    for class in CLASSES {
        let prompts = catalogue.class(class);
        for (scene, entry) in prompts.scenes.iter().enumerate() {
            for (technique, other) in prompts.techniques.iter().enumerate() {
                let text = prompts.compose(entry, other, "creature").text;
                let used = BTreeSet::from([text]);
                let queue = PromptQueue::new(&catalogue, class, &used, "man", 0);
                let marked: Vec<_> = queue
                    .pairs
                    .iter()
                    .filter(|pair| pair.uses > 0)
                    .map(|pair| (pair.scene, pair.technique))
                    .collect();
                assert_eq!(marked, [(scene, technique)]);
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 20 * 8 + 14 * 13 + 14 * 11);
}

#[test]
fn texts_from_other_sources_are_ignored() {
    let catalogue = Catalogue::builtin();
    let foreign = BTreeSet::from([
        "A graphite pencil sketch of the man seated by a train window.".to_owned(),
        String::new(),
    ]);
    for class in CLASSES {
        assert_eq!(
            choose(&catalogue, class, 30, &foreign, "man", 3),
            choose(&catalogue, class, 30, &none(), "man", 3)
        );
    }
}

#[test]
fn a_rejected_prompt_is_followed_by_another_scene() {
    let catalogue = Catalogue::builtin();
    let mut queue = PromptQueue::new(&catalogue, ImageClass::Photorealistic, &none(), "man", 4);
    let rejected = queue.next().unwrap();
    let next = queue.next().unwrap();
    assert_ne!(rejected.scene, next.scene);
}

#[test]
fn the_seed_determines_the_choice() {
    let catalogue = Catalogue::builtin();
    let with = |seed| {
        choose(
            &catalogue,
            ImageClass::ColorStylized,
            5,
            &none(),
            "man",
            seed,
        )
    };
    assert_ne!(with(1), with(2));
    assert_eq!(with(1), with(1));
}

#[test]
fn the_choice_is_stable_across_releases() {
    let catalogue = Catalogue::builtin();
    let chosen: Vec<String> = choose(&catalogue, ImageClass::BwStylized, 3, &none(), "robot", 7)
        .into_iter()
        .map(|prompt| prompt.text)
        .collect();
    insta::assert_snapshot!(chosen.join("\n\n"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn prompts_do_not_repeat_while_others_are_left(
        class in prop::sample::select(CLASSES.to_vec()),
        before in 0_usize..100,
        wanted in 0_usize..250,
        seed: u64,
    ) {
        let catalogue = Catalogue::builtin();
        let earlier = choose(&catalogue, class, before, &none(), "woman", seed ^ 1);
        let chosen = choose(&catalogue, class, wanted, &texts(&earlier), "man", seed);
        prop_assert_eq!(chosen.len(), wanted);
        let pair = |prompt: &Prompt| (prompt.scene.clone(), prompt.technique.clone());
        let all: HashSet<_> = earlier.iter().chain(&chosen).map(pair).collect();
        let possible = catalogue.combinations(class);
        prop_assert_eq!(all.len(), (before + wanted).min(possible));
    }
}
