//! Random sequences of plans, executions, crashes, resumes, undos and edits by people lose nothing; and
//! without edits, undoing everything restores the first state.
//!
//! The seeds are fixed, so a landing never fails by chance; `just soak` runs random ones.

mod actions;
mod regressions;
mod scenario;

use actions::actions;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use scenario::{Counts, run_scenario};
use std::cell::RefCell;

/// Number of sequences if `PROPTEST_CASES` is not set.
const CASES: u32 = 24;

/// A number from an environment variable.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs the sequences of one seed. `TDBAL_SEED` and `PROPTEST_CASES` override seed and number, for a
/// soak with random seeds and for repeating a failure.
#[expect(
    clippy::print_stderr,
    reason = "the output of a failed test names its seed"
)]
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
    let seen = RefCell::new(Counts::default());
    let result = runner.run(&actions(), |actions| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let reported = runtime.block_on(run_scenario(&actions));
        let mut seen = seen.borrow_mut();
        seen.crashes += reported.crashes;
        seen.commits += reported.commits;
        seen.undone += reported.undone;
        seen.restored += reported.restored;
        Ok(())
    });
    let seen = seen.into_inner();
    eprintln!("{seen:?}");
    if let Err(error) = result {
        panic!("seed {seed}: {error}");
    }
    if cases >= CASES {
        let Counts {
            crashes,
            commits,
            undone,
            restored,
        } = seen;
        assert!(
            crashes >= 5 && commits >= 20 && undone >= 5 && restored >= 3,
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
