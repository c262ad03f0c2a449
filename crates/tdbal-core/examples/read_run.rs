#![allow(clippy::print_stdout, reason = "an example prints")]
//! Reads the journals of a data folder: what each run did to each actor, and what is unfinished.
//! Needs no model, no generator and no lock. Run it in the root of the repository.

use std::error::Error;
use tdbal_core::journal::run::actor_journal::read_records;
use tdbal_core::journal::run::state::ActorState;
use tdbal_core::journal::{FolderJournals, JournalRead as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // What an earlier version wrote; for your own data this is `data/.tdbal`.
    print_runs("fixtures/golden/0.1.0/finished/data/.tdbal").await
}

async fn print_runs(folder: &str) -> Result<(), Box<dyn Error>> {
    let journals = FolderJournals::new(folder);
    for run in journals.runs().await? {
        println!("run {run}");
        for actor in journals.actors(&run).await? {
            let records = read_records(&journals, &run, &actor).await?;
            let state = ActorState::of(&records);
            let status = if state.is_open() {
                "unfinished"
            } else {
                "finished"
            };
            let (removed, cost) = (state.change.removed.len(), state.generation_cost());
            println!("  {actor}: {status}, {removed} pictures removed, cost {cost}");
        }
    }
    Ok(())
}
