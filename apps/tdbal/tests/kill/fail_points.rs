//! The program is killed before and after every kind of step, each in a run of its own.

use crate::invariant::{check, check_targets};
use crate::template::Kind;
use crate::trap::{Ended, Trap};
use crate::world::{Servers, World};
use pipeline::Step;
use std::collections::BTreeSet;
use tdbal_types::ImageClass;
use test_support::openai::Scripted;
use test_support::replicate::Fate;
use test_support::s3_server::S3Fault;

/// All steps, by the names that records have.
const STEPS: [&str; 30] = [
    "begun",
    "order",
    "ordered",
    "order_lost",
    "order_absent",
    "order_given_up",
    "order_failed",
    "store",
    "stored",
    "name_taken",
    "looked",
    "unlooked",
    "reject",
    "rejected",
    "fetch",
    "fetched",
    "commit",
    "committed",
    "withdrawn",
    "removed",
    "reinstate",
    "reinstated",
    "actor_manifest",
    "actor_manifest_written",
    "done",
    "undo",
    "returned",
    "undo_abandoned",
    "undone",
    "purged",
];

/// Steps that no scenario here has: another writer has to come between two requests, or another
/// command has to be given. The pipeline's own tests have them.
const ELSEWHERE: [&str; 8] = [
    "fetch",
    "fetched",
    "name_taken",
    "purged",
    "returned",
    "undo",
    "undo_abandoned",
    "undone",
];

/// The name of a step; a step that is added has to be added above as well, or this does not compile.
fn name(step: &Step) -> &'static str {
    let place = match step {
        Step::Begun => 0,
        Step::Order { .. } => 1,
        Step::Ordered { .. } => 2,
        Step::OrderLost { .. } => 3,
        Step::OrderAbsent { .. } => 4,
        Step::OrderGivenUp { .. } => 5,
        Step::OrderFailed { .. } => 6,
        Step::Store { .. } => 7,
        Step::Stored { .. } => 8,
        Step::NameTaken { .. } => 9,
        Step::Looked { .. } => 10,
        Step::Unlooked { .. } => 11,
        Step::Reject { .. } => 12,
        Step::Rejected { .. } => 13,
        Step::Fetch { .. } => 14,
        Step::Fetched { .. } => 15,
        Step::Commit(_) => 16,
        Step::Committed { .. } => 17,
        Step::Withdrawn { .. } => 18,
        Step::Removed { .. } => 19,
        Step::Reinstate { .. } => 20,
        Step::Reinstated { .. } => 21,
        Step::ActorManifest { .. } => 22,
        Step::ActorManifestWritten => 23,
        Step::Done { .. } => 24,
        Step::Undo { .. } => 25,
        Step::Returned { .. } => 26,
        Step::UndoAbandoned { .. } => 27,
        Step::Undone => 28,
        Step::Purged => 29,
    };
    STEPS[place]
}

/// A run in which something does not go as wanted.
struct Scenario {
    title: &'static str,
    kind: Kind,
    /// What the run is asked to do; `plan.json` is made before.
    args: &'static [&'static str],
    /// Makes things go wrong.
    prepare: fn(&World<'_>),
    /// Whether some actor may fail.
    may_fail: bool,
    /// Steps that it is for.
    steps: &'static [&'static str],
}

const EXECUTE: &[&str] = &["--all", "--execute", "--jobs", "1"];

const SCENARIOS: [Scenario; 5] = [
    Scenario {
        title: "orders that fail, are wrong, lost and never taken",
        kind: Kind::Folder,
        args: EXECUTE,
        prepare: |world| {
            // The first order is for a black-and-white picture; two others come in its place.
            let wrong = Fate::WrongClass(ImageClass::Photorealistic);
            world.replicate.on_order(1, wrong);
            world.replicate.on_order(2, Fate::Flagged);
            world.replicate.on_order(3, Fate::TakenButRefused(504));
            world.replicate.on_order(4, Fate::NeverTaken);
        },
        may_fail: false,
        steps: &[
            "begun",
            "order",
            "ordered",
            "order_lost",
            "order_absent",
            "order_failed",
            "store",
            "stored",
            "looked",
            "reject",
            "rejected",
            "commit",
            "committed",
            "removed",
            "actor_manifest",
            "actor_manifest_written",
            "done",
        ],
    },
    Scenario {
        title: "an order that was taken twice and is given up",
        kind: Kind::Folder,
        args: &["--all", "--execute", "--jobs", "1", "--accept-double-charge"],
        prepare: |world| world.replicate.on_order(1, Fate::TakenTwice),
        may_fail: false,
        steps: &["order_given_up"],
    },
    Scenario {
        title: "objects that may not be deleted",
        kind: Kind::Objects,
        args: EXECUTE,
        prepare: |world| {
            let path = format!("{}/o/9101_a/", world.bucket);
            let denied = S3Fault::refusal(403, "AccessDenied");
            world.servers.s3.fail_next(1000, "DELETE", &path, denied);
        },
        may_fail: true,
        steps: &["removed", "reinstate", "reinstated", "done"],
    },
    Scenario {
        title: "a model that does not look at what came",
        kind: Kind::Folder,
        args: &["apply", "plan.json", "--jobs", "1"],
        prepare: |world| {
            let refusals = (0..3).map(|_| Scripted::refusal("I cannot help with that"));
            world.servers.openai.script(refusals);
        },
        may_fail: true,
        steps: &["unlooked", "done"],
    },
    Scenario {
        title: "a manifest that somebody else wrote first",
        kind: Kind::Bucket,
        args: EXECUTE,
        prepare: |world| {
            let path = format!("{}/d/actors/9101_a/training_data/manifest.json", world.bucket);
            let changed = S3Fault::precondition_failed();
            world.servers.s3.fail_next(1, "PUT", &path, changed);
        },
        may_fail: true,
        steps: &["commit", "withdrawn", "reject", "rejected", "done"],
    },
];

impl Scenario {
    fn world<'a>(&self, servers: &'a Servers) -> World<'a> {
        let world = World::new(servers, self.kind);
        if self.args.contains(&"plan.json") {
            world.run_well(&["plan", "--all", "-o", "plan.json"]);
        }
        (self.prepare)(&world);
        world
    }

    /// Steps of a run that nothing kills.
    fn undisturbed(&self, servers: &Servers) -> BTreeSet<&'static str> {
        let world = self.world(servers);
        let ended = world.run(self.args);
        self.assert_ended(&ended, "undisturbed");
        check(&world);
        let logs = world.book().logs();
        let records = logs.iter().flat_map(|log| &log.records);
        records.map(|record| name(&record.step)).collect()
    }

    fn assert_ended(&self, ended: &Ended, when: &str) {
        let is_good = ended.code() == Some(0) || (self.may_fail && ended.code() == Some(4));
        let Ended { status, out, err } = ended;
        assert!(is_good, "{}, {when}: {status}\n{out}{err}", self.title);
    }

    /// Kills it there, and goes on.
    fn die_at(&self, servers: &Servers, point: &str, resumes: bool) {
        let when = format!("{}, {point}", self.title);
        let world = self.world(servers);
        let mut command = world.tdbal(self.args);
        command.env("TDBAL_FAIL_POINT", point);
        let ended = world.run_in(&Trap::open(), command);
        assert!(ended.was_killed(), "{when}: {}\n{}", ended.status, ended.err);
        if resumes {
            let ended = world.run(&["resume", "--accept-double-charge"]);
            self.assert_ended(&ended, &when);
        }
        let bought = world.replicate.paid().len();
        let ended = world.run(&["--all", "--execute", "--accept-double-charge"]);
        self.assert_ended(&ended, &when);
        let is_over = resumes && !self.may_fail && !["before:begun"].contains(&point);
        if is_over && point.ends_with(":done") {
            assert!(world.replicate.paid().len() >= bought, "{when}");
        }
        check(&world);
        if !self.may_fail {
            check_targets(&world);
        }
        // Whatever was scripted and not asked for is not for the next one.
        world.servers.openai.script([]);
    }
}

#[test]
fn a_death_before_or_after_any_step_changes_nothing_of_the_end() {
    let servers = Servers::start();
    let mut seen = BTreeSet::new();
    let mut deaths = 0;
    for scenario in &SCENARIOS {
        let steps = scenario.undisturbed(&servers);
        for step in scenario.steps {
            assert!(steps.contains(step), "{}: no {step}: {steps:?}", scenario.title);
            for moment in ["before", "after"] {
                scenario.die_at(&servers, &format!("{moment}:{step}"), deaths % 2 == 0);
                deaths += 1;
            }
        }
        seen.extend(scenario.steps.iter().copied());
    }
    let never: Vec<&str> = BTreeSet::from(STEPS).difference(&seen).copied().collect();
    assert_eq!(never, ELSEWHERE);
    assert_eq!(deaths, 58);
}
