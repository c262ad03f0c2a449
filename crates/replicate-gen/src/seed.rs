//! Job names, and the seeds derived from them.

use sha2::{Digest as _, Sha256};
use tdbal_types::{ActorId, ImageClass, RunId};

/// Returns the name of the job that makes one picture in a run: `{run}/{actor}/{class}_{ordinal}`.
pub fn job_name(run: &RunId, actor: &ActorId, class: ImageClass, ordinal: u32) -> String {
    format!("{run}/{actor}/{class}_{ordinal}")
}

/// Returns the seed for an attempt at a job, from 0 to 2^31 - 1, a range that every model accepts.
///
/// The seed depends only on the job and the attempt. If the response to an order is lost, the
/// prediction can therefore be found in the service's listing by the seed in its input. Two
/// attempts, or two jobs, share a seed with a probability of one in 2^31.
pub fn seed_for(job: &str, attempt: u32) -> u32 {
    let mut hash = Sha256::new();
    hash.update(job);
    // Keeps the end of the name apart from the attempt number.
    hash.update([0]);
    hash.update(attempt.to_be_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let number = digest
        .iter()
        .take(4)
        .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    // Some models take seeds as signed 32-bit integers.
    number >> 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_seed_of_a_job_is_stable_across_releases() {
        let run = RunId::new("20261122T101112Z").unwrap();
        let actor = ActorId::new("0004_european_35_male").unwrap();
        let job = job_name(&run, &actor, ImageClass::BwStylized, 2);
        assert_eq!(job, "20261122T101112Z/0004_european_35_male/bw_stylized_2");
        // A later release must find predictions that an earlier one started.
        assert_eq!(seed_for("job", 1), seed_for("job", 1));
        insta::assert_snapshot!(seed_for(&job, 1));
    }

    #[test]
    fn seeds_are_distinct_and_below_two_to_the_31() {
        let seeds: HashSet<u32> = (0..50)
            .flat_map(|job| (0..4).map(move |attempt| seed_for(&format!("job{job}"), attempt)))
            .collect();
        assert_eq!(seeds.len(), 200);
        assert!(seeds.iter().all(|seed| *seed < 1 << 31));
    }
}
