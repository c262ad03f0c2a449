//! The choice of an actor's next prompts.

use super::catalogue::Catalogue;
use super::entries::{ClassPrompts, normalise};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;
use tdbal_types::{ImageClass, Prompt};

/// Chooses `wanted` prompts of a class for an actor: the first ones of a [`PromptQueue`].
///
/// `used` holds the complete texts of the prompts that the actor's pictures were generated from.
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

/// An endless sequence of prompts of one class for one actor, ordered to vary the actor's pictures.
///
/// Every combination of a scene and a technique is used once before any is repeated. Among those
/// left, photorealistic prompts take the least used scene, then the least used technique; stylised
/// prompts the other way round. The seed decides between equals. The same arguments always give the
/// same prompts.
///
/// To replace a prompt that a model rejected, take the next one; the caller limits the number of
/// attempts.
#[derive(Debug, Clone)]
pub struct PromptQueue {
    prompts: Arc<ClassPrompts>,
    descriptor: String,
    scene_uses: Vec<usize>,
    technique_uses: Vec<usize>,
    /// Every combination of a scene and a technique.
    pairs: Vec<Pair>,
}

/// A combination of a scene and a technique, as indices into their lists.
#[derive(Debug, Clone, Copy)]
struct Pair {
    scene: usize,
    technique: usize,
    uses: usize,
    /// Decides between equally good pairs; the lowest comes first.
    rank: u64,
}

impl PromptQueue {
    /// Creates the queue for an actor.
    ///
    /// `used` holds the complete texts of earlier prompts. They are recognised by their scene and
    /// technique, whatever their descriptor; texts from other sources are ignored.
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
            queue.mark_used(&normalise(text));
        }
        queue
    }

    /// Counts a normalised prompt as a use of its scene and its technique.
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

    /// Returns the sort key of a pair; the pair with the smallest comes next.
    fn priority(&self, pair: &Pair) -> (usize, usize, usize, u64) {
        let uses = |counts: &[usize], index: usize| counts.get(index).copied().unwrap_or_default();
        let scene = uses(&self.scene_uses, pair.scene);
        let technique = uses(&self.technique_uses, pair.technique);
        // Photographs differ most by their scene, drawings by their technique.
        let (leading, other) = match self.prompts.class {
            ImageClass::Photorealistic => (scene, technique),
            ImageClass::BwStylized | ImageClass::ColorStylized => (technique, scene),
        };
        // `uses` comes first: no combination repeats while another is unused.
        (pair.uses, leading, other, pair.rank)
    }
}

impl Iterator for PromptQueue {
    type Item = Prompt;

    /// Returns the next prompt. Never returns `None`.
    fn next(&mut self) -> Option<Prompt> {
        let next = *self.pairs.iter().min_by_key(|pair| self.priority(pair))?;
        self.count(Some(next.scene), Some(next.technique));
        let scene = self.prompts.scenes.get(next.scene)?;
        let technique = self.prompts.techniques.get(next.technique)?;
        Some(self.prompts.compose(scene, technique, &self.descriptor))
    }
}

/// Returns every combination of a scene and a technique, all unused.
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

/// Returns a pseudorandom number that depends on the arguments alone.
///
/// The prompts must stay the same between planning and applying, even across releases, so the
/// number comes from a hash instead of a random number generator whose algorithm may change.
fn rank(seed: u64, names: [&str; 2]) -> u64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    for name in names {
        hash.update(name);
        // Keeps names apart: without it, "ab" and "c" would hash like "a" and "bc".
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
