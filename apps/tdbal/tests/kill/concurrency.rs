//! Two processes apply one plan at the same time: each actor is committed once, nothing is bought
//! twice, and the process that has to wait says why.

use crate::invariants::{Account, check, check_targets};
use crate::template::{Kind, TO_GENERATE};
use crate::trap::{Ended, Trap};
use crate::world::{Servers, World};
use journal::run::record::Step;
use std::process::Command;
use std::sync::{Arc, Barrier, Mutex};
use test_support::traffic::{Phase, SeenRequest};

/// Number of races per kind of data.
const RACES: usize = 6;

fn planned(servers: &Servers, kind: Kind) -> World<'_> {
    let world = World::new(servers, kind);
    world.run_well(&["plan", "--all", "-o", "plan.json"]);
    world
}

/// Applies the plan with a separate output folder, as another machine would.
fn apply(world: &World<'_>, output: &str) -> Command {
    world.tdbal(&["apply", "plan.json", "--jobs", "3", "--output-dir", output])
}

/// Asserts that everything is done exactly once.
fn check_once(world: &World<'_>) {
    let logs = world.journals().logs();
    for log in &logs {
        let commits = log
            .records
            .iter()
            .filter(|record| matches!(record.step, Step::Committed { .. }));
        assert_eq!(commits.count(), 1, "{}", log.actor);
    }
    assert_eq!(logs.len(), 3);
    let whole = Account {
        taken: TO_GENERATE,
        ..Account::default()
    };
    assert_eq!(check(world), whole);
    check_targets(world);
    assert_eq!(
        world.replicate.orders(),
        TO_GENERATE,
        "no order was sent twice"
    );
}

/// Asserts that a process that did not change everything says who holds the actors, or that the plan
/// was applied already.
fn check_loser(ended: &Ended) {
    let said = format!("{}{}", ended.out, ended.err);
    match ended.code() {
        Some(0) => {}
        Some(1) => assert!(said.contains("was applied already"), "{said}"),
        Some(4) => assert!(said.contains("is working on this actor"), "{said}"),
        code => panic!("{code:?}: {said}"),
    }
}

fn race(kind: Kind) {
    let servers = Servers::start();
    let mut codes = Vec::new();
    for _ in 0..RACES {
        let world = planned(&servers, kind);
        let barrier = Barrier::new(2);
        let ended: Vec<Ended> = std::thread::scope(|scope| {
            let processes = ["one", "two"].map(|output| {
                let (command, barrier) = (apply(&world, output), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    Trap::open().run(command)
                })
            });
            processes
                .into_iter()
                .map(|process| process.join().unwrap())
                .collect()
        });
        for one in &ended {
            check_loser(one);
        }
        codes.push((ended[0].code(), ended[1].code()));
        check_once(&world);
    }
    assert_eq!(codes.len(), RACES);
}

#[test]
fn two_processes_on_a_folder_change_everything_once() {
    race(Kind::Folder);
}

#[test]
fn two_processes_on_objects_in_a_bucket_change_everything_once() {
    race(Kind::Objects);
}

#[test]
fn two_processes_on_a_bucket_change_everything_once() {
    race(Kind::Bucket);
}

/// The second process runs from start to end while the first holds all actors and waits for its first
/// order.
fn second_meanwhile(kind: Kind) {
    let servers = Servers::start();
    let world = planned(&servers, kind);
    let waiting = Mutex::new(Some((world.journals(), apply(&world, "two"))));
    let second: Arc<Mutex<Option<Ended>>> = Arc::default();
    world.replicate.on_request({
        let second = Arc::clone(&second);
        move |request: &SeenRequest| {
            if request.phase == Phase::Arrived
                && request.method == "POST"
                && let Some((journals, command)) = waiting.lock().unwrap().take()
            {
                // On a separate thread, because this one belongs to the server.
                let ran = std::thread::spawn(move || {
                    while journals.begun() < 3 {
                        std::thread::yield_now();
                    }
                    Trap::open().run(command)
                });
                *second.lock().unwrap() = Some(ran.join().unwrap());
            }
        }
    });
    let first = Trap::open().run(apply(&world, "one"));
    assert_eq!(first.code(), Some(0), "{}{}", first.out, first.err);
    let second = second.lock().unwrap().take().unwrap();
    let said = format!("{}{}", second.out, second.err);
    assert_eq!(second.code(), Some(4), "{said}");
    let run = world.journals().plans().into_keys().next().unwrap();
    let holder = format!("run {run} (process {}", first.pid);
    for actor in ["9101_a", "9102_b", "9103_c"] {
        let names_holder = |line: &str| line.contains(actor) && line.contains(&holder);
        assert!(second.out.lines().any(names_holder), "{said}");
    }
    check_once(&world);
    let third = world.run(&["apply", "plan.json"]);
    assert_eq!(third.code(), Some(1), "{}{}", third.out, third.err);
    assert!(third.err.contains("was applied already"), "{}", third.err);
    check_once(&world);
}

#[test]
fn second_process_reports_who_holds_the_actors_of_a_folder() {
    second_meanwhile(Kind::Folder);
}

#[test]
fn second_process_reports_who_holds_the_actors_of_a_bucket() {
    second_meanwhile(Kind::Bucket);
}
