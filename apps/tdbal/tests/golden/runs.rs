//! Golden runs are finished, undone and written again.

use crate::folder::{Folder, Tree, golden, text};
use crate::normal::{assert_same, without_run_ids};
use crate::services::Services;
use crate::write::{PLAN, SAID, prepare};
use serde_json::{Value, json};

/// Folder of the results.
const OUTPUT: &str = "debug/training_data_evaluation";

/// Calls for a plan and a calibration of two actors: control sheets, two sheets of each, and the
/// pictures that are shown alone.
const CALLS: usize = 16;

/// The run of a plan.
pub(crate) fn run_of(plan: &Value) -> String {
    plan["run_id"].as_str().unwrap().to_owned()
}

pub(crate) fn golden_plan() -> Value {
    serde_json::from_slice(&golden("planned")["plan.json"]).unwrap()
}

/// The pictures and manifests of all actors.
fn data(files: &Tree) -> Tree {
    let folders = ["data/actors/", "data/actor_manifests/"];
    let is_data = |name: &str| folders.iter().any(|folder| name.starts_with(folder));
    let data = files.iter().filter(|(name, _)| is_data(name));
    data.map(|(name, bytes)| (name.clone(), bytes.clone()))
        .collect()
}

#[test]
fn same_inputs_write_the_same_labels_plan_and_calibration() {
    let services = Services::start();
    let folder = Folder::of("planned");
    for written in ["data/.tdbal", "debug", "recordings", "plan.json"] {
        folder.remove(written);
    }
    for said in SAID {
        folder.run_well(&services, said);
    }
    folder.run_well(&services, PLAN);
    folder.run_well(&services, &["calibrate", "-q"]);
    let written = folder.tree();
    assert_same(&without_runs(&written), &without_runs(&golden("planned")));
    assert_eq!(services.model.calls(), CALLS);
}

/// The files without names of runs, which have times and random numbers, and without prompts of plans,
/// which depend on the name of the run.
fn without_runs(files: &Tree) -> Tree {
    let drawn = ["\"scene\":", "\"technique\":", "\"text\":"];
    let line = |plan: bool, line: &str| {
        let key = drawn.iter().find(|key| line.trim_start().starts_with(*key));
        key.filter(|_| plan)
            .map_or_else(|| without_run_ids(line), |key| (*key).to_owned())
    };
    let files = files.iter().map(|(name, bytes)| {
        let bytes = match text(name, bytes) {
            Some(text) => {
                let lines: Vec<String> =
                    text.lines().map(|l| line(name == "plan.json", l)).collect();
                lines.join("\n").into_bytes()
            }
            None => bytes.clone(),
        };
        (name.clone(), bytes)
    });
    files.collect()
}

#[test]
fn golden_plan_is_applied_with_the_same_records() {
    let services = Services::start();
    let folder = Folder::of("planned");
    prepare(&services);
    folder.run_well(&services, &["apply", "plan.json"]);
    assert_same(&folder.tree(), &golden("finished"));
    assert_eq!(services.generator.paid().len(), 4);
}

#[test]
fn finished_run_is_undone_to_the_byte() {
    let services = Services::start();
    let folder = Folder::of("finished");
    let run = run_of(&golden_plan());
    folder.run_well(&services, &["undo", &run]);
    let now = folder.tree();
    let (now_data, before) = (data(&now), data(&golden("planned")));
    assert_eq!(before.len(), 20, "14 pictures, 2 base images, 4 manifests");
    let names: Vec<&String> = now_data.keys().collect();
    assert_eq!(names, before.keys().collect::<Vec<_>>());
    for (name, bytes) in &before {
        assert!(now_data[name] == *bytes, "{name}");
    }
    assert_same(&now, &golden("undone"));
    assert_eq!(services.model.calls() + services.generator.orders(), 0);
}

#[test]
fn interrupted_run_resumes_without_buying_twice() {
    let services = Services::start();
    let folder = Folder::of("interrupted");
    let bought = orders(&folder);
    assert_eq!(bought.len(), 4);
    for (model, input) in &bought {
        services.take_order(model, input);
    }
    let out = folder.run_json(&services, &["resume"]);
    assert_eq!(out["runs"].as_array().unwrap().len(), 1, "{out}");
    assert_eq!(services.generator.paid().len(), 4, "no further order");
    assert_eq!(services.model.calls(), 1, "the picture that came");
    assert_same(&folder.tree(), &golden("resumed"));
    let report = folder.run_json(&services, &["--all", "--execute"]);
    assert_eq!(report["totals"]["balanced"], 2, "{report}");
    assert_eq!(services.generator.paid().len(), 4);
}

/// Orders in the journals, oldest first: the model and an equivalent input.
pub(crate) fn orders(folder: &Folder) -> Vec<(String, Value)> {
    let mut orders = Vec::new();
    for (name, bytes) in folder.tree() {
        if !name.starts_with("data/.tdbal/runs/") || !name.contains("/actors/") {
            continue;
        }
        let mut prompts = Vec::new();
        for line in text(&name, &bytes).unwrap().lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            let order = record["order"].clone();
            match record["step"].as_str().unwrap() {
                "order" => prompts.push((order, record["prompt"]["text"].clone())),
                "ordered" => {
                    let (_, prompt) = prompts.iter().find(|(asked, _)| *asked == order).unwrap();
                    let id = record["prediction"].as_str().unwrap().to_owned();
                    let model = record["model"].as_str().unwrap().to_owned();
                    let input = json!({"prompt": prompt, "output_format": "jpg"});
                    orders.push((id, (model, input)));
                }
                _ => {}
            }
        }
    }
    orders.sort_by(|(one, _), (other, _)| one.cmp(other));
    orders.into_iter().map(|(_, order)| order).collect()
}

#[test]
fn cached_answers_are_not_asked_again() {
    let services = Services::start();
    let mut cases = 0;
    for args in [
        ["--all", "--no-resume"].as_slice(),
        &["--all"],
        &["plan", "--all", "--no-resume", "-o", "again.json"],
    ] {
        let folder = Folder::of("planned");
        let out = folder.run_json(&services, args);
        assert_eq!(services.model.calls(), 0, "{args:?}: {out}");
        cases += 1;
        if args.contains(&"plan") {
            let again = folder.json("again.json");
            let plan = golden_plan();
            assert_eq!(again["basis"]["settings"], plan["basis"]["settings"]);
            assert_eq!(decisions(&again), decisions(&plan));
        }
    }
    // Looking back asks nothing either.
    let folder = Folder::of("planned");
    folder.run_well(&services, &["calibrate", "-q"]);
    assert_eq!((cases, services.model.calls()), (3, 0));
}

#[test]
fn recordings_give_the_same_decisions_without_a_call() {
    let services = Services::start();
    let folder = Folder::of("planned");
    folder.remove(OUTPUT);
    let args = ["plan", "--all", "-o", "again.json", "-q"];
    let args = [&args[..], &["--evaluator", "replay:recordings"]].concat();
    folder.run_well(&services, &args);
    assert_eq!(services.model.calls(), 0);
    assert_eq!(
        decisions(&folder.json("again.json")),
        decisions(&golden_plan())
    );
}

/// The decisions of a plan about its 14 pictures.
fn decisions(plan: &Value) -> Vec<String> {
    let actors = plan["actors"].as_array().unwrap();
    let decisions = actors
        .iter()
        .flat_map(|actor| actor["plan"]["decisions"].as_array().unwrap());
    let decisions: Vec<String> = decisions
        .map(|decision| format!("{} {}", decision["name"], decision["action"]))
        .collect();
    assert_eq!(decisions.len(), 14);
    decisions
}
