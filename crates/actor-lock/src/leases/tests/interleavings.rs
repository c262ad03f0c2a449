//! Whatever several machines do, and in whichever order: one at a time has the lock.

use super::*;
use proptest::prelude::*;
use storage::{Effect, Operation, Rule};

const MACHINES: usize = 3;

#[derive(Debug, Clone, Copy)]
enum Step {
    Acquire(usize),
    /// All that do not have it want it at once.
    Race,
    Release(usize),
    /// The process dies; nobody gives the lock back.
    Crash(usize),
    /// The machine reaches the bucket no longer.
    CutOff(usize),
    /// It reaches it, but some of its writes are not answered.
    Mute(usize),
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
        1 => machine.clone().prop_map(Step::Mute),
        1 => machine.prop_map(Step::Heal),
        4 => (1_u64..70).prop_map(Step::Wait),
    ]
}

struct Run {
    machines: Vec<Machine>,
    held: Vec<Option<Box<dyn ActorLock>>>,
    /// Whether a machine was ever cut off while it had the lock it has.
    is_hurt: Vec<bool>,
    taken: usize,
}

impl Run {
    async fn want(&self, one: usize) -> Option<Box<dyn ActorLock>> {
        if self.held[one].is_some() {
            return None;
        }
        self.machines[one].acquire().await.ok()
    }

    fn take(&mut self, one: usize, got: Option<Box<dyn ActorLock>>) {
        if got.is_some() {
            self.held[one] = got;
            self.is_hurt[one] = false;
            self.taken += 1;
        }
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Acquire(one) => {
                let got = self.want(one).await;
                self.take(one, got);
            }
            Step::Race => {
                let got = tokio::join!(self.want(0), self.want(1), self.want(2));
                for (one, got) in [got.0, got.1, got.2].into_iter().enumerate() {
                    self.take(one, got);
                }
            }
            Step::Release(one) => {
                if let Some(lock) = self.held[one].take() {
                    // One that is cut off cannot; the lease expires.
                    let _ = lock.release().await;
                }
            }
            Step::Crash(one) => drop(self.held[one].take()),
            Step::CutOff(one) => {
                self.is_hurt[one] = true;
                let rule = Rule::new(Operation::ALL, Effect::Transient);
                self.machines[one].way.inject(rule);
            }
            Step::Mute(one) => {
                let rule = Rule::new([Operation::Put], Effect::AnswerLost).times(2);
                self.machines[one].way.inject(rule);
            }
            Step::Heal(one) => self.machines[one].way.heal(),
            Step::Wait(time) => tokio::time::sleep(seconds(time)).await,
        }
    }

    /// Asks all that have a lock, at one moment.
    async fn check(&mut self) -> Result<(), TestCaseError> {
        let mut sure = Vec::new();
        for one in 0..MACHINES {
            let Some(lock) = &self.held[one] else {
                continue;
            };
            match lock.check().await {
                Ok(()) => sure.push(one),
                Err(error) => {
                    prop_assert!(error.is_lost(), "{error}");
                    prop_assert!(self.is_hurt[one], "{one} lost it and was never cut off");
                    drop(self.held[one].take());
                }
            }
        }
        prop_assert!(sure.len() <= 1, "{sure:?} are sure to have it");
        Ok(())
    }
}

/// Plays the steps with clocks that differ by these seconds. Returns how often the lock was taken.
fn play(steps: &[Step], offsets: [i64; MACHINES]) -> Result<usize, TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::new();
        let machines: Vec<_> = (1..).take(MACHINES).map(|pid| world.machine(pid)).collect();
        for (machine, offset) in machines.iter().zip(offsets) {
            machine.jump(offset);
        }
        let mut run = Run {
            machines,
            held: (0..MACHINES).map(|_| None).collect(),
            is_hurt: vec![false; MACHINES],
            taken: 0,
        };
        for step in steps {
            run.step(*step).await;
            run.check().await?;
        }
        // Whatever happened, it is not lost to all.
        for machine in &run.machines {
            machine.way.heal();
        }
        run.held.clear();
        // A renewal that was seen shortly before is taken for a sign of life.
        tokio::time::sleep(ttl() + seconds(1)).await;
        let last = run.machines[0].acquire_waiting(ttl() * 3).await;
        prop_assert!(last.is_ok(), "{last:?}");
        Ok(run.taken)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn with_clocks_that_agree(steps in prop::collection::vec(step(), 1..60)) {
        play(&steps, [0; MACHINES])?;
    }

    /// Machines that are cut off and whose clocks differ as well are not promised anything.
    #[test]
    fn with_clocks_that_differ(
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
fn the_steps_do_take_locks() {
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
