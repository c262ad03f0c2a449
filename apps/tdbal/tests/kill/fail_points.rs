//! The program is killed before and after every kind of step, each in a separate run.

use crate::invariants::{FailureContext, check, check_targets};
use crate::template::Kind;
use crate::trap::{Ended, Trap};
use crate::undo_fix_purge::{FETCH, PURGE, REPAIR, UNDO};
use crate::world::{Servers, World};
use journal::run::record::Step;
use std::collections::BTreeSet;
use tdbal_types::ImageClass;
use test_support::openai::Scripted;
use test_support::replicate::Fate;
use test_support::s3_server::S3Fault;

/// Names of all steps, as in journal records.
const STEPS: [&str; 32] = [
    "begun",
    "order",
    "ordered",
    "order_lost",
    "order_absent",
    "order_refused",
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
    "undo_abandoning",
    "undo_abandoned",
    "undone",
    "purged",
];

/// Steps that these tests cannot reach, because another writer has to act between two requests of the
/// program. The tests of the pipeline cover them.
const ELSEWHERE: [&str; 3] = ["name_taken", "undo_abandoned", "undo_abandoning"];

/// Name of a step. A new step does not compile until it is added here and above.
pub(crate) fn name(step: &Step) -> &'static str {
    let place = match step {
        Step::Begun => 0,
        Step::Order { .. } => 1,
        Step::Ordered { .. } => 2,
        Step::OrderLost { .. } => 3,
        Step::OrderAbsent { .. } => 4,
        Step::OrderRefused { .. } => 5,
        Step::OrderGivenUp { .. } => 6,
        Step::OrderFailed { .. } => 7,
        Step::Store { .. } => 8,
        Step::Stored { .. } => 9,
        Step::NameTaken { .. } => 10,
        Step::Looked { .. } => 11,
        Step::Unlooked { .. } => 12,
        Step::Reject { .. } => 13,
        Step::Rejected { .. } => 14,
        Step::Fetch { .. } => 15,
        Step::Fetched { .. } => 16,
        Step::Commit(_) => 17,
        Step::Committed { .. } => 18,
        Step::Withdrawn { .. } => 19,
        Step::Removed { .. } => 20,
        Step::Reinstate { .. } => 21,
        Step::Reinstated { .. } => 22,
        Step::ActorManifest { .. } => 23,
        Step::ActorManifestWritten => 24,
        Step::Done { .. } => 25,
        Step::Undo { .. } => 26,
        Step::Returned { .. } => 27,
        Step::UndoAbandoning { .. } => 28,
        Step::UndoAbandoned { .. } => 29,
        Step::Undone => 30,
        Step::Purged => 31,
    };
    STEPS[place]
}

/// A run in which something goes wrong.
struct Scenario {
    title: &'static str,
    kind: Kind,
    /// Arguments; if they name `plan.json`, it is made first.
    args: &'static [&'static str],
    /// Sets up the faults.
    prepare: fn(&World<'_>),
    /// Exit statuses that are accepted besides 0.
    codes: &'static [i32],
    /// Steps to kill at.
    steps: &'static [&'static str],
}

const EXECUTE: &[&str] = &["--all", "--execute", "--jobs", "1"];

const SCENARIOS: [Scenario; 7] = [
    Scenario {
        title: "orders that fail, have a wrong class, are lost or never taken",
        kind: Kind::Folder,
        args: EXECUTE,
        prepare: |world| {
            // The first order is for a black-and-white picture.
            let wrong = Fate::WrongClass(ImageClass::Photorealistic);
            world.replicate.on_order(1, wrong);
            world.replicate.on_order(2, Fate::Flagged);
            world.replicate.on_order(3, Fate::TakenButRefused(504));
            world.replicate.on_order(4, Fate::NeverTaken);
        },
        codes: &[],
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
        title: "plan that is applied",
        kind: Kind::Objects,
        args: &["apply", "plan.json", "--jobs", "1"],
        prepare: |_| {},
        codes: &[],
        steps: &[
            "begun",
            "order",
            "ordered",
            "store",
            "stored",
            "looked",
            "commit",
            "committed",
            "removed",
            "actor_manifest",
            "actor_manifest_written",
            "done",
        ],
    },
    Scenario {
        title: "order taken twice and given up",
        kind: Kind::Folder,
        args: &[
            "--all",
            "--execute",
            "--jobs",
            "1",
            "--accept-double-charge",
        ],
        prepare: |world| world.replicate.on_order(1, Fate::TakenTwice),
        codes: &[],
        steps: &["order_given_up"],
    },
    Scenario {
        title: "account briefly without credit",
        kind: Kind::Folder,
        args: EXECUTE,
        prepare: |world| world.replicate.on_order(1, Fate::Refused(402)),
        codes: &[1],
        steps: &["order_refused"],
    },
    Scenario {
        title: "objects that cannot be deleted",
        kind: Kind::Objects,
        args: EXECUTE,
        prepare: |world| {
            let path = format!("{}/o/9101_a/", world.bucket);
            let denied = S3Fault::refusal(403, "AccessDenied");
            world.servers.s3.fail_next(1000, "DELETE", &path, denied);
        },
        codes: &[4],
        steps: &["removed", "reinstate", "reinstated", "done"],
    },
    Scenario {
        title: "model that refuses to inspect generated pictures",
        kind: Kind::Folder,
        args: &["apply", "plan.json", "--jobs", "1"],
        prepare: |world| {
            let refusals = (0..3).map(|_| Scripted::refusal("I cannot help with that"));
            world.openai.script(refusals);
        },
        codes: &[4],
        steps: &["unlooked", "done"],
    },
    Scenario {
        title: "manifest that another writer changed first",
        kind: Kind::Bucket,
        args: EXECUTE,
        prepare: |world| {
            let path = format!(
                "{}/d/actors/9101_a/training_data/manifest.json",
                world.bucket
            );
            let changed = S3Fault::precondition_failed();
            world.servers.s3.fail_next(1, "PUT", &path, changed);
        },
        codes: &[],
        steps: &["commit", "withdrawn", "committed"],
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

    /// Steps of an undisturbed run.
    fn undisturbed(&self, servers: &Servers) -> BTreeSet<&'static str> {
        let _context = FailureContext(self.title.to_owned());
        let world = self.world(servers);
        let ended = world.run(self.args);
        self.assert_ended(&ended, "undisturbed");
        let logs = world.journals().logs();
        let ended = world.run(&["resume", "--accept-double-charge"]);
        self.assert_ended(&ended, "finished");
        check(&world);
        let records = logs.iter().flat_map(|log| &log.records);
        records.map(|record| name(&record.step)).collect()
    }

    fn assert_ended(&self, ended: &Ended, when: &str) {
        let is_good =
            ended.code() == Some(0) || ended.code().is_some_and(|code| self.codes.contains(&code));
        let Ended {
            status, out, err, ..
        } = ended;
        assert!(is_good, "{}, {when}: {status}\n{out}{err}", self.title);
    }

    /// Kills the run at the fail point, then finishes it.
    fn kill_at(&self, servers: &Servers, point: &str, resumes: bool) {
        let when = format!("{}, {point}", self.title);
        let _context = FailureContext(when.clone());
        let world = self.world(servers);
        let mut command = world.tdbal(self.args);
        command.env("TDBAL_FAIL_POINT", point);
        let ended = world.run_in(&Trap::open(), command);
        assert!(
            ended.was_killed(),
            "{when}: {}\n{}",
            ended.status,
            ended.err
        );
        if resumes {
            let ended = world.run(&["resume", "--accept-double-charge"]);
            self.assert_ended(&ended, &when);
        }
        let (bought, is_complete) = (world.replicate.paid().len(), world.journals().is_complete());
        let ended = world.run(&["--all", "--execute", "--accept-double-charge"]);
        self.assert_ended(&ended, &when);
        assert!(
            !is_complete || world.replicate.paid().len() == bought,
            "{when}"
        );
        check(&world);
        if !self.codes.contains(&4) {
            check_targets(&world);
        }
    }
}

#[test]
fn kill_at_any_step_ends_like_an_undisturbed_run() {
    let servers = Servers::start();
    let mut seen = BTreeSet::new();
    let mut kills = 0;
    for scenario in &SCENARIOS {
        let steps = scenario.undisturbed(&servers);
        for step in scenario.steps {
            assert!(
                steps.contains(step),
                "{}: no {step}: {steps:?}",
                scenario.title
            );
            for moment in ["before", "after"] {
                scenario.kill_at(&servers, &format!("{moment}:{step}"), kills % 2 == 0);
                kills += 1;
            }
        }
        seen.extend(scenario.steps.iter().copied());
    }
    seen.extend(UNDO.iter().chain(&FETCH).chain(&REPAIR).chain(&PURGE));
    let never: Vec<&str> = BTreeSet::from(STEPS).difference(&seen).copied().collect();
    assert_eq!(never, ELSEWHERE);
    assert_eq!(kills, 80);
}
