//! Picks prompts for an actor and generates the first picture from a recording.
#![allow(clippy::print_stdout, reason = "an example")]

use bytes::Bytes;
use replicate_gen::{
    Catalogue, GenerationRequest, ImageGenerator as _, PromptQueue, Replay, descriptor, job_name,
    seed_for,
};
use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use tdbal_types::{ActorId, ImageClass, RunId};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let actor = ActorId::new("9003_mediterranean_45_male")?;
    let run = RunId::new("20261122T110650Z-0000002a")?;
    let class = ImageClass::BwStylized;

    let catalogue = Catalogue::builtin();
    let subject = descriptor(Some("male"), None);
    let used = BTreeSet::new();
    let mut prompts = PromptQueue::new(&catalogue, class, &used, subject, 42);
    for prompt in prompts.clone().take(3) {
        println!("{} in {}", prompt.scene, prompt.technique);
    }

    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let generator = Replay::new(fixtures.join("generated"));
    let request = GenerationRequest {
        seed: u64::from(seed_for(&job_name(&run, &actor, class, 1), 1)),
        actor,
        class,
        ordinal: 1,
        prompt: prompts.next().ok_or("the prompt queue is endless")?,
        base_image: Bytes::new(),
    };
    let started = generator.start(&request).await?;
    let generated = generator.finish(&started.id).await?;
    println!(
        "{}: {} bytes, {}",
        generated.id,
        generated.bytes.len(),
        generated.cost
    );
    Ok(())
}
