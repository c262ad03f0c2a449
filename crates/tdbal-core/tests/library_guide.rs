//! The first program of `docs/library.md` is the example `plan_one_actor`, and it works.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise"
)]

use std::path::Path;
use tdbal_core::planner::Action;
use tdbal_core::types::ActorId;

#[allow(dead_code, reason = "main is not called here")]
#[path = "../examples/plan_one_actor.rs"]
mod plan_one_actor;

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The text of the first fenced block of this language.
fn first_block(document: &str, language: &str) -> String {
    let (_, rest) = document.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn first_program_of_the_guide_is_the_whole_example() {
    let guide = std::fs::read_to_string(root().join("docs/library.md")).unwrap();
    let example = include_str!("../examples/plan_one_actor.rs");
    // The first line only silences a lint of this workspace.
    let (lint, program) = example.split_once('\n').unwrap();
    assert!(lint.starts_with("#![allow("), "{lint}");
    assert_eq!(first_block(&guide, "rust"), program);
}

#[test]
fn dependencies_of_the_guide_name_this_crate() {
    let guide = std::fs::read_to_string(root().join("docs/library.md")).unwrap();
    let dependencies = first_block(&guide, "toml");
    assert!(dependencies.contains("\ntdbal-core = {"), "{dependencies}");
    assert!(dependencies.contains("\ntokio = {"), "{dependencies}");
}

#[tokio::test]
async fn checked_reply_leads_to_a_decision_per_picture() {
    let actor = ActorId::new("9002_andean_31_female").unwrap();
    let reply = root().join("fixtures/replies/9002_andean_31_female.json");
    let reply = std::fs::read_to_string(reply).unwrap();
    let data = root().join("fixtures/data");
    let plan = plan_one_actor::plan_actor(&data, &actor, &reply)
        .await
        .unwrap();
    assert_eq!(plan.before.to_string(), "16/5/3");
    assert_eq!(plan.after.to_string(), "13/4/3");
    assert_eq!(plan.count(Action::Remove), 4);
}

#[tokio::test]
async fn reply_about_another_sheet_is_refused() {
    let actor = ActorId::new("9002_andean_31_female").unwrap();
    let reply = root().join("fixtures/replies/9001_nordic_58_male.json");
    let reply = std::fs::read_to_string(reply).unwrap();
    let data = root().join("fixtures/data");
    let error = plan_one_actor::plan_actor(&data, &actor, &reply).await;
    assert!(error.unwrap_err().to_string().starts_with("unusable reply"));
}
