//! Digests of what is sent to services: prompts, schemas, sheets and the generation catalogue. A
//! deliberate change needs a new prompt version and new digests.

use crate::folder::{Folder, golden};
use crate::normal::sha256;
use crate::services::Services;
use crate::write::{PLAN, prepare};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn digest(value: &Value) -> String {
    sha256(value.to_string().as_bytes())
}

#[test]
fn questions_to_the_vision_model_are_pinned() {
    let services = Services::start();
    let folder = Folder::of("planned");
    folder.remove("debug");
    folder.remove("recordings");
    folder.run_well(&services, PLAN);
    let asked = services.model.asked();
    let mut pins = BTreeMap::new();
    for asked in &asked {
        let kind = match (asked.close, asked.numbers.len()) {
            (true, _) => "close",
            (false, 40) => "control",
            (false, 6) => "sheet of 6",
            (false, 7) => "sheet of 7",
            (false, count) => panic!("a sheet of {count}"),
        };
        let body = &asked.body;
        let prompt = body["messages"][0]["content"].as_str().unwrap();
        let pin = [
            sha256(prompt.as_bytes()),
            digest(&body["response_format"]),
            digest(body),
        ];
        let known = pins.entry(kind).or_insert_with(|| pin.clone());
        assert_eq!(*known, pin, "{kind}");
    }
    let pins: Vec<String> = pins
        .iter()
        .flat_map(|(kind, pin)| pin.iter().map(move |digest| format!("{kind} {digest}")))
        .collect();
    assert_eq!(pins, QUESTIONS);
    let texts: BTreeSet<&str> = asked.iter().map(|asked| asked.text.as_str()).collect();
    let texts: Vec<&str> = texts.into_iter().collect();
    assert_eq!(texts, TEXTS);
    // Cached answers and recordings refer to these versions.
    let answers = folder.json("debug/training_data_evaluation/answers/9201_a.json");
    assert_eq!(
        answers["sheets"][0]["model"],
        serde_json::json!({
            "kind": "live",
            "model": "gpt-4.1-mini",
            "prompt_version": "sheet-v2, close-v1",
            "schema_digest": "d1b5ee1794237abf7fc6e942d9b05e6f797e1088354e3311222279ff3661b7fe",
        })
    );
}

/// Digests of the first question of each kind: system prompt, schema, and body without the picture.
const QUESTIONS: [&str; 12] = [
    "close 5a4120ba0e25a082679bb36f37bcf0f1e7b0c845764e17a334fef36b3a85535d",
    "close 8a617781992cbf50859621c9c676b1968f00a46ccd0298e9c8c3769496f50877",
    "close c12481675db035ab36ad42468ca6136286e67bcb1d1a09b576a3eb36a6d5dd07",
    "control 80fa1d0e07d9c82c9c6fd9f7270b4e2065dc39c35cdf420f3a6d89467eebe0d0",
    "control 57fe3cb1bbdbab965a71457abb6d32e9d82977ccf078d2e1b85d910ee1384fc8",
    "control 28f3f8e05b3ede1a7fcaa2ba80150317cb904c5aff99fe8c0a571ad43563a6e0",
    "sheet of 6 80fa1d0e07d9c82c9c6fd9f7270b4e2065dc39c35cdf420f3a6d89467eebe0d0",
    "sheet of 6 bf69992553f20dcd403e35c711a86d42c93d47d5504b9bfdc07e0f52e8edf61d",
    "sheet of 6 73419096a32be6c31a07262b92a22ecd1bee9c5485f518119450431a1cb875fb",
    "sheet of 7 80fa1d0e07d9c82c9c6fd9f7270b4e2065dc39c35cdf420f3a6d89467eebe0d0",
    "sheet of 7 d781e7adb174dfb335ed9ed5da7cbd102f51ccd1d4eabf3a84c466f8a4539083",
    "sheet of 7 a37422ce6b8fc80877e93e219a16f9ba1d1f500f4a1b250a1ed6d1cc84881fc5",
];

/// Texts besides the system prompt.
const TEXTS: [&str; 4] = [
    "The picture is attached. Judge it.\n",
    "The sheet is attached. Numbers to judge (40): 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40.\n",
    "The sheet is attached. Numbers to judge (6): 1, 2, 3, 4, 5, 6.\n",
    "The sheet is attached. Numbers to judge (7): 1, 2, 3, 4, 5, 6, 7.\n",
];

#[test]
fn sheets_that_the_model_sees_are_pinned() {
    let services = Services::start();
    let folder = Folder::of("planned");
    folder.remove("debug");
    folder.run_well(&services, PLAN);
    let output = folder.path("debug/training_data_evaluation");
    let mut sheets = Vec::new();
    for entry in std::fs::read_dir(output).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.contains("_composite") {
            sheets.push(format!("{name} {}", sha256(&std::fs::read(path).unwrap())));
        }
    }
    sheets.sort();
    assert_eq!(sheets, SHEETS);
}

const SHEETS: [&str; 5] = [
    "9201_a_composite.jpg 5122cdd3e2e1a053d81168d25c093b1f25d55fd12e4485d228f7b78790e53db4",
    "9201_a_composite_1.jpg 944e938c7acd7306690c7003d20ba1946761afae3e6302e822027528b7e54817",
    "9201_a_composite_2.jpg 63872e86e508d08b47e1aa673d36f8a7dacf5f69068fceac709ee8ec3048ba9e",
    "9202_b_composite.jpg c29b9f922c766f4f49e657067e8d229273ba9097e63727dec0a482addc1ebced",
    "9202_b_composite_2.jpg aebf3c65d8c72b527b6c58b1cbd1884855ad32c191bf3ed4b0c5e4535f99817a",
];

#[test]
fn orders_of_pictures_and_the_catalogue_are_pinned() {
    // Comments are not sent, so their words may change.
    let sent = replicate_gen::Catalogue::builtin_text()
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let catalogue: String = sent.flat_map(|line| [line, "\n"]).collect();
    assert_eq!(sha256(catalogue.as_bytes()), CATALOGUE);
    // The name of the run decides seeds and prompts.
    let services = Services::start();
    let folder = Folder::of_tree(&golden("planned"));
    prepare(&services);
    folder.run_well(&services, &["apply", "plan.json"]);
    let paid = services.generator.paid();
    let orders: Vec<String> = paid
        .iter()
        .map(|order| format!("{} {}", order.model, digest(&order.input)))
        .collect();
    assert_eq!(orders, ORDERS);
}

const CATALOGUE: &str = "d7022d38eeb05dcc7964512e12f15312805d319b85a739228c2bb8c6e0007d6a";
const ORDERS: [&str; 4] = [
    "black-forest-labs/flux-kontext-pro 3ef970cd6e7b8ad336400baa69cd4ae026e2bc452d5fd74d4433d87d7983e8ea",
    "black-forest-labs/flux-kontext-pro 2be0dbb2176cbce7c9416d8decfd833c6f142ce606d74a99fc2ea2c83e648131",
    "black-forest-labs/flux-kontext-pro fd04a64db360abf241c246b69c3a7339913f5d121110e74943b650757319c107",
    "black-forest-labs/flux-kontext-pro 05febd1fa881a2b80bb8179b3be7aa41574622748b667de9cebc2af80baa5d7d",
];
