//! Any sequence of plans, executions, crashes, resumptions, undos and changes that a person makes ends
//! in a state where nothing is lost; and without the person, undoing everything restores the first
//! state.
//!
//! The seeds are fixed, so a landing never fails by chance; `just soak` runs random ones.

mod acts;
mod regressions;
mod story;

use acts::acts;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::RefCell;
use story::{Seen, tell};

/// How many sequences, unless `PROPTEST_CASES` says.
const CASES: u32 = 24;

/// A number from the environment, such as a seed to run the same cases again.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs the sequences of one seed. `TDBAL_SEED` and `PROPTEST_CASES` replace what the test command
/// uses, for a soak with random seeds and for trying a failure again.
fn run_sequences(seed: u64) {
    let cases = number("PROPTEST_CASES").map_or(CASES, |cases| u32::try_from(cases).unwrap());
    let seed = number("TDBAL_SEED").unwrap_or(seed);
    eprintln!("{cases} sequences; again with TDBAL_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 60,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let seen = RefCell::new(Seen::default());
    let result = runner.run(&acts(), |acts| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let told = runtime.block_on(tell(&acts));
        let mut seen = seen.borrow_mut();
        seen.deaths += told.deaths;
        seen.commits += told.commits;
        seen.undone += told.undone;
        seen.given_back += told.given_back;
        Ok(())
    });
    let seen = seen.into_inner();
    eprintln!("{seen:?}");
    if let Err(error) = result {
        panic!("seed {seed}: {error}");
    }
    if cases >= CASES {
        let Seen {
            deaths,
            commits,
            undone,
            given_back,
        } = seen;
        assert!(
            deaths >= 5 && commits >= 20 && undone >= 5 && given_back >= 3,
            "{seen:?}"
        );
    }
}

#[test]
fn any_sequence_of_seed_13_loses_nothing() {
    run_sequences(13);
}

#[test]
fn any_sequence_of_a_seed_that_failed_once_loses_nothing() {
    run_sequences(1_795_865_081_176_107_975);
}

#[test]
fn any_sequence_of_seed_2026_loses_nothing() {
    run_sequences(2026);
}
