//! Chooses the prompts of a plan.

use dataset::ActorSet;
use execution::ExecutionSettings;
use replicate_gen::{PromptQueue, descriptor, job_name, seed_for};
use tdbal_types::{ClassCounts, Prompt, RunId};

/// The prompts of a plan.
#[derive(Debug, Default)]
pub struct Prompts {
    /// One for every picture that is wanted.
    pub orders: Vec<Prompt>,
    /// For those that come to nothing.
    pub spare: Vec<Prompt>,
}
/// Chooses prompts for what a set lacks, and more for what comes to nothing.
pub fn prompts(
    settings: &ExecutionSettings,
    run: &RunId,
    set: &ActorSet,
    wanted: ClassCounts,
) -> Prompts {
    let mut chosen = Prompts::default();
    if wanted.is_empty() {
        return chosen;
    }
    let used = set.used_prompts();
    let stored = set.actor_manifest.as_ref().ok();
    let subject = descriptor(
        stored.and_then(|stored| stored.manifest.sex()),
        stored.and_then(|stored| stored.manifest.actor_type()),
    );
    for (class, count) in wanted.iter().filter(|(_, count)| *count > 0) {
        let job = job_name(run, &set.actor, class, 0);
        let seed = u64::from(seed_for(&job, 0));
        let catalogue = &settings.catalogue;
        let mut queue = PromptQueue::new(catalogue, class, &used, subject, seed);
        chosen.orders.extend(queue.by_ref().take(count));
        let more = settings.attempts.saturating_sub(1);
        chosen.spare.extend(queue.take(count * more));
    }
    chosen
}
