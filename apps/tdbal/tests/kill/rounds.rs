//! 200 rounds: the program is killed right after the nth event, then the run is finished.
//!
//! An event is a journal record that became durable, a request that reached a service, or its end.
//! The event and the faults of the generator follow from the seed of the round; `TDBAL_KILL_SEED`
//! repeats one round.

use crate::invariants::{Account, FailureContext, check, check_targets};
use crate::template::{Kind, TO_GENERATE, WANTED};
use crate::trap::{Ended, Trap};
use crate::world::{Servers, World, say};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use tdbal_types::ImageClass;
use test_support::replicate::Fate;
use test_support::traffic::{Phase, SeenRequest};

/// Half of them on folders, half on S3.
const ROUNDS: usize = 200;
/// Number of consecutive seeds that cover all kinds of data.
const SEEDS_OF_A_KIND: u64 = 8;
const THREADS: usize = 2;
/// Minimum number of kills between the first effect and the last.
const MIDWAY: usize = 150;
/// Environment variable with the seed of a round to repeat.
const SEED: &str = "TDBAL_KILL_SEED";

const EXECUTE: &[&str] = &["--all", "--execute"];

/// Events of an undisturbed execution.
#[derive(Debug, Clone, Copy)]
struct Events {
    /// Journal records.
    records: usize,
    /// Events of requests.
    requests: usize,
    /// The first event of a request that has an effect.
    first_effect: usize,
}

impl Events {
    fn of(kind: Kind) -> Self {
        static MEASURED: [OnceLock<Events>; 3] = [const { OnceLock::new() }; 3];
        *MEASURED[kind as usize].get_or_init(|| Self::measure(kind))
    }

    fn measure(kind: Kind) -> Self {
        let servers = Servers::start();
        let world = World::new(&servers, kind);
        let trap = Trap::open();
        let ended = world.run_in(&trap, world.tdbal(EXECUTE));
        assert_eq!(ended.code(), Some(0), "{}{}", ended.out, ended.err);
        let account = check(&world);
        check_targets(&world);
        let whole = Account {
            taken: TO_GENERATE,
            ..Account::default()
        };
        assert_eq!(account, whole);
        let log = trap.log();
        let first_effect = log.iter().position(has_effect).unwrap() + 1;
        let logs = world.journals().logs();
        Self {
            records: logs.iter().map(|log| log.records.len()).sum(),
            requests: log.len(),
            first_effect,
        }
    }
}

/// Whether a request is part of a change: an order or a journal record.
fn has_effect(request: &SeenRequest) -> bool {
    let is_record = request.path.contains("/.tdbal/runs/") && request.path.contains("/actors/");
    request.changes() && (is_record || is_order(request))
}

fn is_order(request: &SeenRequest) -> bool {
    request.method == "POST" && request.path.ends_with("/predictions")
}

/// Where the process is killed.
#[derive(Debug, Clone, Copy)]
enum At {
    /// Right after this journal record of the process.
    Record(usize),
    /// At this event of a request.
    Request(usize),
}

/// Everything that the seed of a round decides.
#[derive(Debug)]
struct Round {
    kind: Kind,
    at: At,
    /// Fault of the nth order.
    fate: Option<(usize, Fate)>,
    /// Whether `tdbal resume` comes before the same command.
    resumes: bool,
}

impl Round {
    fn new(seed: u64) -> Self {
        let kind = match seed % SEEDS_OF_A_KIND {
            0..4 => Kind::Folder,
            4..7 => Kind::Objects,
            _ => Kind::Bucket,
        };
        let events = Events::of(kind);
        let mut random = StdRng::seed_from_u64(seed);
        // One in ten kills can happen anywhere, the others after the first effect.
        let anywhere = random.random_ratio(1, 10);
        let first = if anywhere { 1 } else { events.first_effect };
        let requests = events.requests - first + 1;
        let event = random.random_range(0..events.records + requests);
        let at = if event < events.records {
            At::Record(event + 1)
        } else {
            At::Request(first + event - events.records)
        };
        Self {
            kind,
            at,
            fate: fate(&mut random),
            resumes: random.random_bool(0.5),
        }
    }

    /// Kills the run and finishes it. Returns whether it was killed, and whether that was midway.
    fn play(&self, servers: &Servers) -> (bool, bool) {
        let world = World::new(servers, self.kind);
        let mut command = world.tdbal(EXECUTE);
        let mut at = 0;
        match self.at {
            At::Record(number) => {
                command.env("TDBAL_FAIL_POINT", format!("after:#{number}"));
            }
            At::Request(number) => at = number,
        }
        if let Some((nth, fate)) = &self.fate {
            world.replicate.on_order(*nth, fate.clone());
        }
        let ended = world.run_in(&self.trap(&world, at), command);
        let was_killed = ended.was_killed();
        assert!(
            was_killed || self.is_end(&ended),
            "{}{}",
            ended.out,
            ended.err
        );
        let is_midway = was_killed && world.journals().is_midway();
        self.finish(&world);
        let account = check(&world);
        check_targets(&world);
        self.check_account(&account);
        (was_killed, is_midway)
    }

    /// A trap at an event, and at an order without an answer: a process that waits for it would never
    /// end.
    fn trap(&self, world: &World<'_>, at: usize) -> Arc<Trap> {
        match &self.fate {
            Some((nth, Fate::NoAnswer)) if *nth > world.replicate.orders() => {
                Trap::at_or(at, nth_order(nth - world.replicate.orders()))
            }
            _ => Trap::at(at),
        }
    }

    /// Runs the program, and again if it was killed at an order without an answer.
    fn run(&self, world: &World<'_>, args: &[&str]) -> Ended {
        let ended = world.run_in(&self.trap(world, 0), world.tdbal(args));
        if ended.was_killed() {
            return world.run(args);
        }
        ended
    }

    fn is_end(&self, ended: &Ended) -> bool {
        match ended.code() {
            Some(0) => true,
            Some(4) => self.is_taken_twice() && ended.err.contains("--accept-double-charge"),
            _ => false,
        }
    }

    fn is_taken_twice(&self) -> bool {
        matches!(self.fate, Some((_, Fate::TakenTwice)))
    }

    fn finish(&self, world: &World<'_>) {
        if self.resumes {
            self.until_it_ends_well(world, &["resume"]);
        }
        let (bought, is_complete) = (world.replicate.paid().len(), world.journals().is_complete());
        self.until_it_ends_well(world, EXECUTE);
        if is_complete {
            assert_eq!(
                world.replicate.paid().len(),
                bought,
                "everything was done before"
            );
        }
    }

    /// Runs a command, and again with `--accept-double-charge` if it asks for that.
    fn until_it_ends_well(&self, world: &World<'_>, args: &[&str]) {
        let mut ended = self.run(world, args);
        assert!(self.is_end(&ended), "{args:?}: {}{}", ended.out, ended.err);
        if ended.code() == Some(4) {
            let args = [args, &["--accept-double-charge"]].concat();
            ended = world.run(&args);
        }
        assert_eq!(
            ended.code(),
            Some(0),
            "{args:?}: {}{}",
            ended.out,
            ended.err
        );
    }

    /// What is made is what is wanted, and what the generator spoilt.
    fn check_account(&self, account: &Account) {
        let spoilt = match &self.fate {
            Some((_, Fate::TakenTwice)) => 2,
            Some((_, Fate::Flagged | Fate::Failed(_) | Fate::BadOutput | Fate::WrongClass(_))) => 1,
            _ => 0,
        };
        let not_taken = account.rejected.len() + account.failed + account.given_up;
        assert_eq!(account.taken, TO_GENERATE, "{account:?}");
        assert!(not_taken <= spoilt, "{account:?}");
    }
}

/// The event that says that the nth order was taken.
fn nth_order(nth: usize) -> impl Fn(&SeenRequest) -> bool + Send + Sync {
    let taken = AtomicUsize::new(0);
    move |request| {
        is_order(request)
            && request.phase == Phase::Answered
            && taken.fetch_add(1, Ordering::SeqCst) + 1 == nth
    }
}

/// What becomes of one of the orders; in a third of the rounds nothing out of the ordinary.
fn fate(random: &mut StdRng) -> Option<(usize, Fate)> {
    let nth = random.random_range(1..=TO_GENERATE);
    let fate = match random.random_range(0..12) {
        0 => Fate::TakenLate { listings: 1 },
        1 => Fate::TakenTwice,
        2 => Fate::TakenButRefused(504),
        3 => Fate::NoAnswer,
        4 => Fate::Flagged,
        5 => Fate::WrongClass(ImageClass::ALL[random.random_range(0..3)]),
        6 => Fate::NeverTaken,
        7 => Fate::BadOutput,
        _ => return None,
    };
    Some((nth, fate))
}

fn play(seed: u64, servers: &Servers) -> (bool, bool) {
    let round = Round::new(seed);
    let _context = FailureContext(format!("{SEED}={seed} repeats this: {round:?}"));
    round.play(servers)
}

#[test]
fn kill_at_any_event_ends_like_an_undisturbed_run() {
    assert_eq!(WANTED.total(), 6);
    if let Ok(seed) = std::env::var(SEED) {
        let outcome = play(seed.parse().unwrap(), &Servers::start());
        say(&format!("seed {seed}: killed, midway: {outcome:?}"));
        return;
    }
    // Aligned, so every run has the same number of rounds of each kind.
    let first = u64::from(rand::random::<u32>()) * SEEDS_OF_A_KIND;
    say(&format!(
        "kill rounds: seeds {first} to {}",
        first + ROUNDS as u64 - 1
    ));
    for kind in Kind::ALL {
        say(&format!(
            "kill rounds: {kind:?} undisturbed: {:?}",
            Events::of(kind)
        ));
    }
    let next = Arc::new(AtomicUsize::new(0));
    let outcomes: Arc<Mutex<BTreeMap<u64, (bool, bool)>>> = Arc::default();
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (next, outcomes) = (Arc::clone(&next), Arc::clone(&outcomes));
            std::thread::spawn(move || {
                let servers = Servers::start();
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= ROUNDS {
                        return;
                    }
                    let seed = first + number as u64;
                    let outcome = play(seed, &servers);
                    outcomes.lock().unwrap().insert(seed, outcome);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("a round failed: see above");
    }
    let outcomes = outcomes.lock().unwrap();
    let count =
        |wanted: fn(&(bool, bool)) -> bool| outcomes.values().filter(|one| wanted(one)).count();
    let (killed, midway) = (count(|one| one.0), count(|one| one.1));
    say(&format!(
        "kill rounds: of {} rounds {killed} were killed, {midway} of them between the first effect and \
         the last",
        outcomes.len()
    ));
    assert_eq!(outcomes.len(), ROUNDS);
    assert!(midway >= MIDWAY, "only {midway} kills were midway");
}
