//! Writes the golden files of this version.

use crate::folder::{Folder, Origin, Tree, golden, golden_dir, origins};
use crate::runs::orders;
use crate::services::Services;
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use tdbal_types::{ClassCounts, ImageClass};
use test_support::dataset::DataSet;
use test_support::replicate::Fate;

/// Each actor lacks one picture, so orders and their records come in one order only.
pub(crate) const SETTINGS: &str = "\
target = \"total=6,photorealistic=50,bw_stylized=33,color_stylized=17\"
jobs = 1
attempts = 3
[lock]
patience_s = 0.0
[replicate]
first_pause_seconds = 0.002
longest_pause_seconds = 0.01
lost_order_gap_s = 0.0
[retry]
base_delay_seconds = 0.001
max_delay_seconds = 0.002
";

/// Labels and keep entries that people make before the first evaluation.
pub(crate) const SAID: [&[&str]; 4] = [
    &["label", "9201_a_2.png", "photorealistic", "--quality", "9"],
    &["label", "9202_b_6.png", "bw_stylized"],
    &["label", "9202_b_7.png", "bw_stylized"],
    &["keep", "9201_a_1.png", "9202_b_2.png"],
];

/// Makes the plan and records the answers of the model.
pub(crate) const PLAN: &[&str] = &[
    "plan",
    "--all",
    "-o",
    "plan.json",
    "--record",
    "recordings",
    "-q",
];

/// The first order gives a picture of another class, the second is refused for its content.
pub(crate) fn prepare(services: &Services) {
    let wrong = Fate::WrongClass(ImageClass::Photorealistic);
    services.generator.on_order(1, wrong);
    services.generator.on_order(2, Fate::Flagged);
}

fn start() -> Folder {
    let folder = Folder::new();
    folder.write("tdbal.toml", SETTINGS.as_bytes());
    let mut data = DataSet::new(folder.path("data"));
    for (actor, photorealistic, bw_stylized, color_stylized) in
        [("9201_a", 5, 1, 1), ("9202_b", 5, 2, 0)]
    {
        let counts = ClassCounts {
            photorealistic,
            bw_stylized,
            color_stylized,
        };
        data.actor(actor).size(96, 128).pictures_of(counts).write();
    }
    folder
}

/// Writes the files of a state that the state before it does not have.
fn save(state: &str, from: Option<&str>, files: &Tree) {
    let before = from.map(golden).unwrap_or_default();
    let removed = before.keys().filter(|name| !files.contains_key(*name));
    let origin = Origin {
        from: from.map(str::to_owned),
        removed: removed.cloned().collect(),
    };
    for (name, bytes) in files {
        if before.get(name) != Some(bytes) {
            write(&format!("{state}/{name}"), bytes);
        }
    }
    let mut states = if from.is_some() {
        origins()
    } else {
        BTreeMap::new()
    };
    states.insert(state.to_owned(), origin);
    write("states.json", &serde_json::to_vec_pretty(&states).unwrap());
}

fn write(name: &str, bytes: &[u8]) {
    let path = golden_dir().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Number of the record for the second order, counted over all journals in the order of the actors.
fn second_order(folder: &Folder, run: &str) -> usize {
    let journal =
        |actor: &str| folder.read(&format!("data/.tdbal/runs/{run}/actors/{actor}.jsonl"));
    let second = journal("9202_b");
    let place = second
        .lines()
        .position(|line| line.contains("\"step\":\"ordered\""));
    journal("9201_a").lines().count() + place.unwrap() + 1
}

#[test]
#[ignore = "writes golden files; only for a version that has none"]
fn write_golden_files() {
    assert!(
        !golden_dir().exists(),
        "golden files are never rewritten: give the new ones another version"
    );
    let services = Services::start();
    let folder = start();
    for said in SAID {
        folder.run_well(&services, said);
    }
    folder.run_well(&services, PLAN);
    folder.run_well(&services, &["calibrate", "-q"]);
    save("planned", None, &folder.tree());

    let services = Services::start();
    prepare(&services);
    folder.run_well(&services, &["apply", "plan.json"]);
    save("finished", Some("planned"), &folder.tree());
    let run = folder.json("plan.json")["run_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let number = second_order(&folder, &run);
    folder.run_well(&services, &["undo", &run]);
    save("undone", Some("finished"), &folder.tree());

    let services = Services::start();
    let folder = Folder::of("planned");
    prepare(&services);
    let mut command = folder.tdbal(&services, &["--all", "--execute"]);
    command.env("TDBAL_FAIL_POINT", format!("after:#{number}"));
    let status = command.output().unwrap().status;
    assert_eq!(status.signal(), Some(9), "{status}");
    save("interrupted", Some("planned"), &folder.tree());
    let services = Services::start();
    for (model, input) in orders(&folder) {
        services.take_order(&model, &input);
    }
    folder.run_well(&services, &["resume"]);
    save("resumed", Some("interrupted"), &folder.tree());
}
