//! Property tests: in any interleaving of machines, at most one holds the lock at a time.

use super::*;
use proptest::prelude::*;
use storage::{Effect, Operation, Rule};

const MACHINES: usize = 3;

#[derive(Debug, Clone, Copy)]
enum Step {
    Acquire(usize),
    /// All machines without the lock try to acquire it concurrently.
    Race,
    Release(usize),
    /// The process dies without releasing the lock.
    Crash(usize),
    /// The machine loses its connection to the bucket.
    CutOff(usize),
    /// The responses to the next two writes of the machine are lost.
    LoseResponses(usize),
    Heal(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let machine = 0..MACHINES;
    prop_oneof![
        4 => machine.clone().prop_map(Step::Acquire),
        2 => Just(Step::Race),
        1 => machine.clone().prop_map(Step::Release),
        1 => machine.clone().prop_map(Step::Crash),
        1 => machine.clone().prop_map(Step::CutOff),
        1 => machine.clone().prop_map(Step::LoseResponses),
        1 => machine.prop_map(Step::Heal),
        4 => (1_u64..70).prop_map(Step::Wait),
    ]
}

struct Run {
    machines: Vec<Machine>,
    held: Vec<Option<Box<dyn ActorLock>>>,
    /// Whether a machine was cut off while it held its current lock.
    was_cut_off: Vec<bool>,
    acquisitions: usize,
}

impl Run {
    async fn try_acquire(&self, one: usize) -> Option<Box<dyn ActorLock>> {
        if self.held[one].is_some() {
            return None;
        }
        self.machines[one].acquire().await.ok()
    }

    fn keep(&mut self, one: usize, got: Option<Box<dyn ActorLock>>) {
        if got.is_some() {
            self.held[one] = got;
            self.was_cut_off[one] = false;
            self.acquisitions += 1;
        }
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Acquire(one) => {
                let got = self.try_acquire(one).await;
                self.keep(one, got);
            }
            Step::Race => {
                let got = tokio::join!(
                    self.try_acquire(0),
                    self.try_acquire(1),
                    self.try_acquire(2)
                );
                for (one, got) in [got.0, got.1, got.2].into_iter().enumerate() {
                    self.keep(one, got);
                }
            }
            Step::Release(one) => {
                if let Some(lock) = self.held[one].take() {
                    // Fails if the machine is cut off; the lease then expires.
                    let _ = lock.release().await;
                }
            }
            Step::Crash(one) => drop(self.held[one].take()),
            Step::CutOff(one) => {
                self.was_cut_off[one] = true;
                let rule = Rule::new(Operation::ALL, Effect::Transient);
                self.machines[one].connection.inject(rule);
            }
            Step::LoseResponses(one) => {
                let rule = Rule::new([Operation::Put], Effect::AnswerLost).times(2);
                self.machines[one].connection.inject(rule);
            }
            Step::Heal(one) => self.machines[one].connection.heal(),
            Step::Wait(time) => tokio::time::sleep(seconds(time)).await,
        }
    }

    /// Checks the lock of every machine that has one.
    async fn check(&mut self) -> Result<(), TestCaseError> {
        let mut holders = Vec::new();
        for one in 0..MACHINES {
            let Some(lock) = &self.held[one] else {
                continue;
            };
            match lock.check().await {
                Ok(()) => holders.push(one),
                Err(error) => {
                    prop_assert!(error.is_lost(), "{error}");
                    prop_assert!(
                        self.was_cut_off[one],
                        "machine {one} lost the lock without being cut off"
                    );
                    drop(self.held[one].take());
                }
            }
        }
        prop_assert!(
            holders.len() <= 1,
            "{holders:?} hold the lock at the same time"
        );
        Ok(())
    }
}

/// Executes the steps on machines whose clocks are off by `offsets` seconds. Returns the number of
/// acquisitions.
fn play(steps: &[Step], offsets: [i64; MACHINES]) -> Result<usize, TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let cluster = Cluster::new();
        let machines: Vec<_> = (1..)
            .take(MACHINES)
            .map(|pid| cluster.machine(pid))
            .collect();
        for (machine, offset) in machines.iter().zip(offsets) {
            machine.jump(offset);
        }
        let mut run = Run {
            machines,
            held: (0..MACHINES).map(|_| None).collect(),
            was_cut_off: vec![false; MACHINES],
            acquisitions: 0,
        };
        for step in steps {
            run.step(*step).await;
            run.check().await?;
        }
        // Whatever happened, the lock can be acquired again in the end.
        for machine in &run.machines {
            machine.connection.heal();
        }
        run.held.clear();
        // `acquire` would take a recently seen renewal for a sign of life.
        tokio::time::sleep(ttl() + seconds(1)).await;
        let last = run.machines[0].acquire_waiting(ttl() * 3).await;
        prop_assert!(last.is_ok(), "{last:?}");
        Ok(run.acquisitions)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn one_holder_at_a_time_with_equal_clocks(steps in prop::collection::vec(step(), 1..60)) {
        play(&steps, [0; MACHINES])?;
    }

    /// There is no guarantee for machines that are cut off and have different clocks, too.
    #[test]
    fn one_holder_at_a_time_with_different_clocks(
        steps in prop::collection::vec(
            step().prop_filter("cut off", |step| !matches!(step, Step::CutOff(_))),
            1..60,
        ),
        offsets in prop::array::uniform3(-100_000_i64..100_000),
    ) {
        play(&steps, offsets)?;
    }
}

#[test]
fn scripted_steps_acquire_four_times() {
    let steps = [
        Step::Acquire(0),
        Step::Acquire(1),
        Step::Release(0),
        Step::Acquire(1),
        Step::Crash(1),
        Step::Wait(69),
        Step::Acquire(2),
        Step::CutOff(2),
        Step::Wait(69),
        Step::Acquire(0),
    ];
    assert_eq!(play(&steps, [0; MACHINES]).unwrap(), 4);
}
