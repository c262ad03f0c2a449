//! Which prompts an actor gets next.

use super::catalogue::Catalogue;
use super::entries::{ClassPrompts, fold};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;
use tdbal_types::{ImageClass, Prompt};

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
mod tests;
