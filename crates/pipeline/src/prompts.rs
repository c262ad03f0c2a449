//! Chooses the prompts of generated pictures.

use dataset::ActorSet;
use execution::ExecutionSettings;
use replicate_gen::{PromptQueue, descriptor, job_name, seed_for};
use tdbal_types::{ClassCounts, Prompt, RunId};

/// The prompts for the pictures that an actor lacks.
#[derive(Debug, Default)]
pub(crate) struct Prompts {
    /// One prompt for each wanted picture.
    pub(crate) orders: Vec<Prompt>,
    /// Prompts for further attempts, at most `attempts - 1` for each wanted picture.
    pub(crate) spare: Vec<Prompt>,
}

/// Chooses prompts that the set has not used yet; the same run chooses the same ones again.
pub(crate) fn prompts(
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
        let retries = settings.attempts.saturating_sub(1);
        chosen.spare.extend(queue.take(count * retries));
    }
    chosen
}
