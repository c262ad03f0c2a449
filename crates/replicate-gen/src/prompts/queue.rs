//! Which prompts an actor gets next.

use crate::catalogue::Catalogue;
use crate::prompt::{ClassPrompts, Prompt, fold};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;
use tdbal_types::ImageClass;

/// Chooses `wanted` prompts of a class for an actor: the first ones of a [`PromptQueue`].
///
/// `used` are the whole texts of the prompts that the actor's pictures were made from.
pub fn choose(
    catalogue: &Catalogue,
    class: ImageClass,
    wanted: usize,
    used: &BTreeSet<String>,
    descriptor: &str,
    seed: u64,
) -> Vec<Prompt> {
    PromptQueue::new(catalogue, class, used, descriptor, seed)
        .take(wanted)
        .collect()
}

/// Prompts of a class for one actor, without end: each is the best one left, given those that came
/// before and those that the actor's pictures were made from.
///
/// No prompt comes twice while another one of the class is left. Photorealistic pictures go through
/// the scenes first and stylised ones through the techniques first, so that no scene, or technique,
/// comes a second time while there is one that was not used; only then are scenes and techniques
/// combined anew. Among equals the seed decides. Same arguments, same prompts.
///
/// A prompt that a model refused is replaced by the next one of the queue; how often is the
/// caller's to count.
#[derive(Debug, Clone)]
pub struct PromptQueue {
    prompts: Arc<ClassPrompts>,
    descriptor: String,
    scene_uses: Vec<usize>,
    technique_uses: Vec<usize>,
    /// One for every scene in every technique.
    pairs: Vec<Pair>,
}

/// One scene in one technique.
#[derive(Debug, Clone, Copy)]
struct Pair {
    scene: usize,
    technique: usize,
    uses: usize,
    /// Its place among equals.
    rank: u64,
}

impl PromptQueue {
    /// Begins a queue for an actor. `used` are whole prompt texts; they are recognised by their
    /// scene and technique, whatever the descriptor was, and texts of other origin are passed over.
    pub fn new(
        catalogue: &Catalogue,
        class: ImageClass,
        used: &BTreeSet<String>,
        descriptor: &str,
        seed: u64,
    ) -> Self {
        let prompts = Arc::clone(catalogue.class(class));
        let mut queue = Self {
            descriptor: descriptor.to_owned(),
            scene_uses: vec![0; prompts.scenes.len()],
            technique_uses: vec![0; prompts.techniques.len()],
            pairs: pairs(&prompts, seed),
            prompts,
        };
        for text in used {
            queue.mark_used(&fold(text));
        }
        queue
    }

    /// Counts a folded text for the scene and the technique that it shows.
    fn mark_used(&mut self, text: &str) {
        let scene = self.prompts.scenes.iter().position(|one| one.is_in(text));
        let technique = self
            .prompts
            .techniques
            .iter()
            .position(|one| one.is_in(text));
        self.count(scene, technique);
    }

    fn count(&mut self, scene: Option<usize>, technique: Option<usize>) {
        if let Some(uses) = scene.and_then(|scene| self.scene_uses.get_mut(scene)) {
            *uses += 1;
        }
        if let Some(uses) = technique.and_then(|one| self.technique_uses.get_mut(one)) {
            *uses += 1;
        }
        for pair in &mut self.pairs {
            if Some(pair.scene) == scene && Some(pair.technique) == technique {
                pair.uses += 1;
            }
        }
    }

    /// The smaller, the sooner its turn.
    fn turn(&self, pair: &Pair) -> (usize, usize, usize, u64) {
        let uses = |counts: &[usize], index: usize| counts.get(index).copied().unwrap_or_default();
        let scene = uses(&self.scene_uses, pair.scene);
        let technique = uses(&self.technique_uses, pair.technique);
        let (leading, other) = match self.prompts.class {
            ImageClass::Photorealistic => (scene, technique),
            ImageClass::BwStylized | ImageClass::ColorStylized => (technique, scene),
        };
        (pair.uses, leading, other, pair.rank)
    }
}

impl Iterator for PromptQueue {
    type Item = Prompt;

    /// The next prompt; there always is one.
    fn next(&mut self) -> Option<Prompt> {
        let next = *self.pairs.iter().min_by_key(|pair| self.turn(pair))?;
        self.count(Some(next.scene), Some(next.technique));
        let scene = self.prompts.scenes.get(next.scene)?;
        let technique = self.prompts.techniques.get(next.technique)?;
        Some(self.prompts.compose(scene, technique, &self.descriptor))
    }
}

/// Every scene in every technique, none used.
fn pairs(prompts: &ClassPrompts, seed: u64) -> Vec<Pair> {
    let mut pairs = Vec::with_capacity(prompts.scenes.len() * prompts.techniques.len());
    for (scene, scene_entry) in prompts.scenes.iter().enumerate() {
        for (technique, technique_entry) in prompts.techniques.iter().enumerate() {
            let names = [&*scene_entry.name, &*technique_entry.name];
            pairs.push(Pair {
                scene,
                technique,
                uses: 0,
                rank: rank(seed, names),
            });
        }
    }
    pairs
}

/// A number that looks random but is the same on every machine and with every release of every
/// library, which a plan that is looked at today and applied tomorrow needs.
fn rank(seed: u64, names: [&str; 2]) -> u64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    for name in names {
        hash.update(name);
        hash.update([0]);
    }
    let digest: [u8; 32] = hash.finalize().into();
    digest
        .iter()
        .take(8)
        .fold(0, |rank, byte| rank << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
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
    fn no_leading_entry_comes_twice_while_one_is_left() {
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
    fn what_was_used_is_recognised_under_another_descriptor_and_spacing() {
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
    fn every_builtin_prompt_is_recognised_as_itself() {
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
    fn texts_of_other_origin_change_nothing() {
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
    fn a_refused_prompt_is_followed_by_another_scene() {
        let catalogue = Catalogue::builtin();
        let mut queue = PromptQueue::new(&catalogue, ImageClass::Photorealistic, &none(), "man", 4);
        let refused = queue.next().unwrap();
        let next = queue.next().unwrap();
        assert_ne!(refused.scene, next.scene);
    }

    #[test]
    fn the_seed_changes_the_choice() {
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
    fn the_choice_is_the_same_in_every_release() {
        let catalogue = Catalogue::builtin();
        let chosen: Vec<String> =
            choose(&catalogue, ImageClass::BwStylized, 3, &none(), "robot", 7)
                .into_iter()
                .map(|prompt| prompt.text)
                .collect();
        insta::assert_snapshot!(chosen.join("\n\n"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn as_many_as_wanted_and_none_twice_while_another_is_left(
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
}
