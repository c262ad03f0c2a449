//! All golden files exist, and all commands can read them.

use crate::folder::{Folder, Tree, golden, origins, tree_of_version};
use crate::normal::sha256;
use crate::runs::{golden_plan, run_of};
use crate::services::Services;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The states with their numbers of files.
const STATES: [(&str, usize); 5] = [
    ("finished", 59),
    ("interrupted", 54),
    ("planned", 38),
    ("resumed", 59),
    ("undone", 63),
];

/// A part of the paths of each format, and the number of its files in all states.
const FORMATS: [(&str, usize); 18] = [
    ("/training_data/manifest.json", 18),
    ("data/actor_manifests/", 10),
    ("data/.tdbal/state/labels.json", 5),
    ("data/.tdbal/state/kept.json", 5),
    ("data/.tdbal/state/unfinished.json", 4),
    ("data/.tdbal/open/", 1),
    ("/documents/plan.json", 4),
    ("/documents/", 32),
    (".jsonl", 33),
    ("/trash/", 36),
    ("/rejected/", 4),
    ("/answers/", 10),
    ("/controls.json", 5),
    ("_evaluation.json", 20),
    ("/audit.jsonl", 10),
    ("/progress.json", 10),
    ("/progress-execute.json", 4),
    ("recordings/", 15),
];

/// The run that is finished or undone, and the one that is interrupted or resumed.
fn runs() -> [String; 2] {
    let list: Value = serde_json::from_slice(&golden("interrupted")[UNFINISHED]).unwrap();
    let open = list["runs"][0].as_str().unwrap().to_owned();
    [run_of(&golden_plan()), open]
}

const TARGET: &str = "total=6,photorealistic=50,bw_stylized=33,color_stylized=17";
const UNFINISHED: &str = "data/.tdbal/state/unfinished.json";

#[test]
fn golden_files_are_complete_and_unchanged() {
    let states: Vec<String> = origins().into_keys().collect();
    assert_eq!(states, STATES.map(|(name, _)| name));
    let files = states.iter().map(|state| (state.as_str(), golden(state)));
    let files: BTreeMap<&str, Tree> = files.collect();
    let counts: Vec<_> = STATES.map(|(name, _)| (name, files[name].len())).into();
    assert_eq!(counts, STATES);
    let names: Vec<&String> = files.values().flat_map(BTreeMap::keys).collect();
    let found = FORMATS.map(|(part, _)| {
        let count = names.iter().filter(|name| name.contains(part)).count();
        (part, count)
    });
    assert_eq!(found, FORMATS);
    // Golden files are only ever added, in a folder per version.
    let mut listed = String::new();
    for (name, bytes) in tree_of_version() {
        writeln!(listed, "{}  {name}", sha256(&bytes)).unwrap();
    }
    assert_eq!(
        sha256(listed.as_bytes()),
        "d0496e7a67aef863e55df743379b1eaf02936e63709ffac99cc25cd7a2b8660f"
    );
}

#[test]
fn every_document_of_a_finished_run_is_read() {
    let services = Services::start();
    let folder = Folder::of("finished");
    let [run, _] = runs();
    let read = |args: &[&str]| folder.run_json(&services, args);

    let plan = read(&["show", "plan.json"]);
    assert_eq!(plan, folder.json("plan.json"));
    let runs = read(&["log"]);
    assert_eq!(runs.as_array().unwrap().len(), 1);
    assert_eq!(runs[0]["run_id"], run);
    assert_eq!(runs[0]["state"], "complete");
    assert_eq!(
        (&runs[0]["removed"], &runs[0]["generated"]),
        (&json!(4), &json!(2))
    );
    let lines = |args: &[&str]| read(args).as_array().unwrap().len();
    assert_eq!(lines(&["log", "--run", &run]), 41);
    assert_eq!(lines(&["log", "--actor-id", "9201"]), 25);
    assert_eq!(lines(&["log", "--file", "9201_a_3.png"]), 2);
    let trash = read(&["trash", "list", "--run", &run]);
    assert_eq!(trash["runs"][0]["files"].as_array().unwrap().len(), 9);
    let labels = read(&["label", "--list"]);
    assert_eq!(labels["labels"].as_object().unwrap().len(), 3);
    let marks = read(&["keep", "--list"]);
    let mut kept = folder.json("data/.tdbal/state/kept.json")["kept"].clone();
    for entry in kept.as_array_mut().unwrap() {
        // Times are UTC; documents on disk leave the `Z` out, and `--json` prints it.
        let marked_at = entry["marked_at"].as_str().unwrap();
        assert!(!marked_at.ends_with('Z'), "{marked_at}");
        entry["marked_at"] = json!(format!("{marked_at}Z"));
    }
    assert_eq!(kept.as_array().unwrap().len(), 2);
    assert_eq!(marks["kept"], kept);
    assert_eq!(read(&["stats", "--target", TARGET])["exact"], 2);
    assert_eq!(progress(&folder, &services, &[]), (2, 2));
    assert_eq!(progress(&folder, &services, &["--execute"]), (2, 2));
    assert_eq!(read(&["resume"])["runs"], json!([]));
    healthy(&folder, &services);
    assert_eq!(services.model.calls() + services.generator.orders(), 0);
}

#[test]
fn every_document_of_other_states_is_read() {
    let services = Services::start();
    let [finished, open] = &runs();
    for (state, run, reported) in [
        ("interrupted", open, "unfinished"),
        ("resumed", open, "complete"),
        ("undone", finished, "undone"),
    ] {
        let folder = Folder::of(state);
        let runs = folder.run_json(&services, &["log"]);
        assert_eq!(runs[0]["run_id"], run.as_str(), "{state}");
        assert_eq!(runs[0]["state"], reported, "{state}");
        assert!(
            folder
                .run_json(&services, &["log", "--run", run])
                .is_array()
        );
        assert!(folder.run_json(&services, &["trash", "list"])["runs"].is_array());
        if state != "interrupted" {
            healthy(&folder, &services);
        }
    }
    let folder = Folder::of("interrupted");
    assert_eq!(progress(&folder, &services, &["--execute"]), (2, 1));
    assert_eq!(services.model.calls() + services.generator.orders(), 0);
}

/// Total and completed actors, as the program reads them.
fn progress(folder: &Folder, services: &Services, more: &[&str]) -> (u64, u64) {
    let args = [&["--show-progress"], more].concat();
    let progress = folder.run_json(services, &args);
    let number = |key: &str| progress[key].as_u64().unwrap();
    (number("total_count"), number("completed_count"))
}

fn healthy(folder: &Folder, services: &Services) {
    let found = folder.run_json(services, &["doctor", "--offline", "--deep"]);
    assert_eq!(found["errors"], 0, "{found}");
    assert_eq!(found["warnings"], 0, "{found}");
}

#[test]
fn withdrawn_labels_and_keep_entries_leave_the_same_bytes() {
    const LABELS: &str = "data/.tdbal/state/labels.json";
    const MARKS: &str = "data/.tdbal/state/kept.json";
    let services = Services::start();
    let folder = Folder::of("planned");
    let before = (folder.read(LABELS), folder.read(MARKS));
    let mut cases = 0;
    for (there, back) in [
        (
            ["label", "9201_a_7.png", "color_stylized"].as_slice(),
            ["label", "9201_a_7.png", "--forget"].as_slice(),
        ),
        (&["keep", "9202_b_3.png"], &["unkeep", "9202_b_3.png"]),
    ] {
        folder.run_well(&services, there);
        assert_ne!(
            (folder.read(LABELS), folder.read(MARKS)),
            before,
            "{there:?}"
        );
        folder.run_well(&services, back);
        assert_eq!(
            (folder.read(LABELS), folder.read(MARKS)),
            before,
            "{back:?}"
        );
        cases += 1;
    }
    assert_eq!(cases, 2);
    let labels: Value = folder.json(LABELS);
    assert_eq!(labels["labels"].as_object().unwrap().len(), 3);
}
