//! `tdbal demo`, the first command of a new user.

use crate::workspace::Workspace;
use test_support::fixtures::{Index, OutcomeKind, fixtures_dir};

/// All files below a folder, with their bytes.
fn snapshot(folder: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(snapshot(&path));
        } else {
            found.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn demo_dry_run_shows_every_kind_of_actor_and_keeps_files() {
    let workspace = Workspace::new();
    let (code, out, _) = workspace.run(&["demo", "--quiet"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(out);
    let folder = "debug/training_data_evaluation/demo";
    let index = Index::of_fixtures();
    assert!(index.actors.len() >= 5);
    for expected in &index.actors {
        let actor = &expected.actor;
        assert!(
            workspace
                .path(&format!("{folder}/{actor}_composite.jpg"))
                .exists()
        );
        let evaluation = workspace.path(&format!("{folder}/{actor}_evaluation.json"));
        assert_eq!(
            evaluation.exists(),
            expected.outcome != OutcomeKind::Unassessed,
            "{actor}"
        );
    }
    assert_eq!(
        workspace.json(&format!("{folder}/progress.json"))["completed_count"],
        5
    );
}

#[test]
fn evaluations_have_the_original_fields_and_new_ones() {
    let workspace = Workspace::new();
    assert_eq!(
        workspace.run(&["demo", "--quiet", "--output-dir", "out"]).0,
        0
    );
    let evaluation = workspace.json("out/9005_woodland_30_male_evaluation.json");
    for field in [
        "actor_id",
        "total_images",
        "photorealistic_count",
        "bw_stylized_count",
        "color_stylized_count",
        "photorealistic_percentage",
        "bw_stylized_percentage",
        "color_stylized_percentage",
        "is_balanced",
        "images_to_delete",
        "images_to_generate",
        "gpt_analysis",
        "image_classifications",
        "counts",
        "recommendations",
        "analysis",
        "composite_image",
        "schema_version",
        "pictures",
        "discrepancies",
        "drift",
        "plan",
        "model",
        "tokens",
        "cost_usd",
    ] {
        assert!(evaluation.get(field).is_some(), "{field} is missing");
    }
    assert_eq!(evaluation["total_images"], 21);
    assert_eq!(evaluation["pictures"].as_array().unwrap().len(), 22);
    assert_eq!(evaluation["photorealistic_percentage"], 71.4);
}

#[test]
fn demo_execution_changes_a_copy_and_shows_the_difference() {
    let before = snapshot(&fixtures_dir());
    let workspace = Workspace::new();
    let (code, out, _) = workspace.run(&["demo", "--execute", "--quiet", "--output-dir", "out"]);
    assert_eq!(code, 0, "{out}");
    insta::assert_snapshot!(out);
    assert!(
        snapshot(&fixtures_dir()) == before,
        "the fixtures were changed"
    );
    // A second run works on a new copy.
    assert_eq!(
        workspace
            .run(&["demo", "--execute", "--quiet", "--output-dir", "out"])
            .0,
        0
    );
}

#[test]
fn demo_does_not_replace_foreign_folders() {
    let workspace = Workspace::new();
    workspace.write("out/copy/precious.txt", "mine");
    let (code, _, err) = workspace.run(&["demo", "--output-dir", "out"]);
    assert_eq!(code, 1);
    assert!(err.contains("is not a copy that tdbal demo made"), "{err}");
    assert_eq!(workspace.read("out/copy/precious.txt"), "mine");
}

#[test]
fn demo_json_output_is_one_value() {
    let workspace = Workspace::new();
    let (code, out, _) = workspace.run(&["demo", "--json", "--quiet"]);
    assert_eq!(code, 0);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["totals"]["to_change"], 4);
    assert_eq!(report["actors"][5]["status"], "unassessed");
}
