//! `tdbal plan`, `show` and `apply`, and what apply refuses.

use crate::loopback::{Services, counts};
use crate::workspace::Workspace;
use serde_json::Value;
use test_support::openai::Scripted;

const REPLAY: [&str; 4] = [
    "--evaluator",
    "replay:replies",
    "--generator",
    "replay:generated",
];
const PLAN: &str = "debug/training_data_evaluation/plan.json";
const CHANGED: [&str; 4] = [
    "9002_andean_31_female",
    "9003_mediterranean_45_male",
    "9004_hibernian_27_female",
    "9005_woodland_30_male",
];

fn run(workspace: &Workspace, args: &[&str]) -> (i32, String, String) {
    let args: Vec<&str> = args.iter().copied().chain(REPLAY).collect();
    workspace.run(&args)
}

/// A workspace with the plan of the whole demonstration set.
fn planned() -> Workspace {
    let workspace = Workspace::with_fixtures();
    let (code, out, err) = run(&workspace, &["plan", "--all", "-q"]);
    assert_eq!(code, 4, "one actor is unassessed: {out}{err}");
    workspace
}

fn training_data(actor: &str) -> String {
    format!("data/actors/{actor}/training_data")
}

/// Number of pictures in the training manifest of an actor.
fn entries(workspace: &Workspace, actor: &str) -> usize {
    let manifest = workspace.json(&format!("{}/manifest.json", training_data(actor)));
    manifest["images"].as_object().unwrap().len()
}

/// Files of the data folder without the state folder.
fn data(workspace: &Workspace) -> Vec<(String, Vec<u8>)> {
    let files = workspace.tree("data").into_iter();
    files
        .filter(|(name, _)| !name.starts_with(".tdbal/"))
        .collect()
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({filters => vec![(r"\d{8}T\d{6}Z-[0-9a-f]{8}", "[RUN]")]}, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn plan_is_made_shown_and_applied_exactly_once() {
    let workspace = Workspace::with_fixtures();
    let before = data(&workspace);
    let (code, reported, err) = run(&workspace, &["plan", "--all"]);
    assert_eq!(code, 4, "{err}");
    assert!(
        err.contains(&format!(
            "Plan written to {PLAN}. Run `tdbal apply {PLAN}` to apply it."
        )),
        "{err}"
    );
    assert_eq!(data(&workspace), before, "a plan changes nothing");
    // `show` needs only the file.
    let (code, shown, err) = workspace.run(&["show", PLAN]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(shown, reported);
    assert!(!shown.contains('\u{1b}'), "colour only on a terminal");
    assert_eq!(
        shown.lines().last().unwrap(),
        "Plan: 10 to trash, 9 to generate, 1 to review, 1 actor not assessed. About $0.00."
    );
    let (code, out, err) = run(&workspace, &["apply", PLAN, "-q"]);
    assert_eq!(code, 4, "one actor was not assessed: {out}{err}");
    for actor in CHANGED {
        assert_eq!(entries(&workspace, actor), 20, "{actor}");
    }
    let (after, plan) = (data(&workspace), workspace.read(PLAN));
    let (code, out, err) = run(&workspace, &["apply", PLAN]);
    assert_eq!((code, out.as_str()), (1, ""));
    snapshot("a_plan_that_was_applied", &err);
    assert_eq!(data(&workspace), after);
    assert_eq!(workspace.read(PLAN), plan);
}

#[test]
fn apply_and_execute_make_the_same_changes() {
    let (planned, executed) = (planned(), Workspace::with_fixtures());
    run(&planned, &["apply", PLAN, "-q"]);
    run(&executed, &["--all", "--execute", "-q"]);
    for actor in CHANGED {
        let names = |workspace: &Workspace| -> Vec<String> {
            let files = workspace.tree(&training_data(actor));
            files.into_keys().collect()
        };
        assert_eq!(names(&planned), names(&executed), "{actor}");
    }
}

#[test]
fn apply_refuses_changed_actors_and_does_the_others() {
    let workspace = planned();
    let file = format!("{}/9002_andean_31_female_1.jpg", training_data(CHANGED[0]));
    let other = std::fs::read(workspace.path(&format!(
        "{}/9003_mediterranean_45_male_1.jpg",
        training_data(CHANGED[1])
    )))
    .unwrap();
    std::fs::write(workspace.path(&file), other).unwrap();
    let before = workspace.tree(&training_data(CHANGED[0]));
    let (code, out, err) = run(&workspace, &["apply", PLAN, "--json", "-q"]);
    assert_eq!(code, 4, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["executed"], true);
    let actors = report["actors"].as_array().unwrap();
    let of = |name: &str| actors.iter().find(|actor| actor["actor"] == name).unwrap();
    let error = of(CHANGED[0])["error"].as_str().unwrap();
    assert!(error.contains("9002_andean_31_female_1.jpg"), "{error}");
    assert_eq!(of(CHANGED[0])["status"], "failed");
    assert_eq!(workspace.tree(&training_data(CHANGED[0])), before);
    for actor in &CHANGED[1..] {
        assert_eq!(of(actor)["status"], "changed", "{actor}");
        assert_eq!(entries(&workspace, actor), 20, "{actor}");
    }
}

#[test]
fn plan_exit_status_reports_changes_if_requested() {
    let workspace = Workspace::with_fixtures();
    for (actor, pending) in [("9001", 0), ("9002", 5)] {
        for command in [vec!["plan"], vec![], vec!["--dry-run"]] {
            let detailed = ["--actor-id", actor, "-q", "--detailed-exitcode"];
            let args: Vec<&str> = command.iter().chain(&detailed).copied().collect();
            let (code, out, err) = run(&workspace, &args);
            assert_eq!(code, pending, "{args:?}: {out}{err}");
            let (code, ..) = run(&workspace, &args[..args.len() - 1]);
            assert_eq!(code, 0, "{args:?}");
        }
        for command in [vec!["plan"], vec![]] {
            let json = ["--actor-id", actor, "-q", "--json"];
            let args: Vec<&str> = command.iter().chain(&json).copied().collect();
            let (_, out, _) = run(&workspace, &args);
            let reported: Value = serde_json::from_str(&out).unwrap();
            assert_eq!(reported["changes"], pending == 5, "{args:?}");
        }
    }
    // A failure takes precedence over pending changes.
    let args = ["--all", "-q", "--detailed-exitcode"];
    assert_eq!(run(&workspace, &args).0, 4);
}

#[test]
fn plan_is_written_to_the_given_path_even_if_empty() {
    let workspace = Workspace::with_fixtures();
    let (code, out, _) = run(
        &workspace,
        &["plan", "--actor-id", "9001", "-o", "mine.json"],
    );
    assert_eq!(code, 0);
    assert!(out.ends_with(
        "Plan: 0 to trash, 0 to generate, 0 to review, 0 actors not assessed. About $0.00.\n"
    ));
    assert_eq!(workspace.json("mine.json")["changes"], false);
    let (code, out, err) = run(&workspace, &["apply", "mine.json", "-q"]);
    assert_eq!(code, 0, "{out}{err}");
    // Standard output has only the plan.
    let args = ["plan", "--actor-id", "9002", "-o", "-"];
    let (code, out, err) = run(&workspace, &args);
    assert_eq!(code, 0, "{err}");
    let plan: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(plan["totals"]["to_trash"], 4);
    assert!(err.contains(" - 9002_andean_31_female_3.jpg"), "{err}");
    let (_, _, err) = run(&workspace, &["plan", "--actor-id", "9002", "-o", "-", "-q"]);
    assert_eq!(err, "");
    // With `--json`, plan and show print the file itself.
    let (_, reported, _) = run(&workspace, &["plan", "--actor-id", "9002", "--json", "-q"]);
    let (_, shown, _) = workspace.run(&["show", PLAN, "--json"]);
    assert!(reported == shown);
    let reported: Value = serde_json::from_str(&reported).unwrap();
    assert!(reported["actors"] == workspace.json(PLAN)["actors"]);
    let args = [
        "plan",
        "--actor-id",
        "9002",
        "-o",
        "no/such/folder/plan.json",
    ];
    let (code, _, err) = run(&workspace, &args);
    assert_eq!(code, 1);
    assert!(err.contains("no/such/folder/plan.json"), "{err}");
}

#[test]
fn files_that_are_not_plans_are_refused() {
    let workspace = planned();
    let mut later = workspace.json(PLAN);
    later["schema_version"] = 99.into();
    let mut edited = workspace.json(PLAN);
    let decision = edited["actors"][1]["plan"]["decisions"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .find(|decision| decision["action"] == "keep")
        .unwrap();
    decision["action"] = "remove".into();
    let before = workspace.tree("data");
    for (plan, why) in [
        (later.to_string(), "plan format 99 is not supported"),
        (
            edited.to_string(),
            "the plan was edited after it was written",
        ),
        ("{}".to_owned(), "not a plan of tdbal"),
        ("nonsense".to_owned(), "not a plan of tdbal"),
    ] {
        workspace.write("odd.json", &plan);
        for args in [vec!["show", "odd.json"], vec!["apply", "odd.json"]] {
            let (code, out, err) = workspace.run(&args);
            assert_eq!((code, out.as_str()), (1, ""), "{args:?}");
            assert!(err.contains(why) && err.contains("odd.json"), "{err}");
        }
    }
    let (code, _, err) = workspace.run(&["show", "missing.json"]);
    assert_eq!(code, 1);
    assert!(err.contains("cannot read the plan missing.json"), "{err}");
    assert_eq!(workspace.tree("data"), before);
}

#[test]
fn plan_for_other_data_warns_and_compares_pictures() {
    let workspace = planned();
    workspace.copy("data", "elsewhere");
    let (_, _, err) = run(
        &workspace,
        &["apply", PLAN, "-q", "--data-dir", "elsewhere"],
    );
    assert!(
        err.contains("the plan was made for [FOLDER]/data, not for [FOLDER]/elsewhere"),
        "{err}"
    );
    let (_, _, err) = run(&workspace, &["apply", PLAN, "-q"]);
    assert!(!err.contains("the plan was made for"), "{err}");
}

#[test]
fn only_a_generating_plan_needs_keys() {
    let workspace = planned();
    let before = data(&workspace);
    let (code, _, err) = workspace.run(&["apply", PLAN]);
    assert_eq!(code, 1);
    snapshot("a_plan_that_generates_without_keys", &err);
    assert_eq!(data(&workspace), before);
    run(&workspace, &["plan", "--actor-id", "9002", "-q"]);
    let (code, out, err) = workspace.run(&["apply", PLAN, "-q"]);
    assert_eq!(code, 0, "it only removes: {out}{err}");
    assert_eq!(entries(&workspace, CHANGED[0]), 20);
}

#[test]
fn apply_refuses_another_generator_than_the_plan_has() {
    let workspace = Workspace::with_fixtures();
    let args = [
        "plan",
        "--actor-id",
        "9003",
        "-q",
        "--evaluator",
        "replay:replies",
    ];
    let (code, out, err) = workspace.run(&args);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("About $0.24."), "six at four cents: {out}");
    let (code, _, err) = run(&workspace, &["apply", PLAN, "-q"]);
    assert_eq!(code, 1);
    assert!(err.contains("black-forest-labs/flux-kontext-pro"), "{err}");
}

#[test]
fn incomplete_plan_is_not_written() {
    let mut services = Services::new();
    for actor in ["9101_a", "9102_b"] {
        services.data.actor_of(actor, counts(14, 4, 3));
    }
    services.openai.script([Scripted::bad_key()]);
    let (code, out, err) = services.run(&["plan", "--all", "--jobs", "1"], &[]);
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    assert!(err.contains("No plan was written."), "{err}");
    assert!(!services.workspace.path(PLAN).exists());
    let (code, out, _) = services.run(&["plan", "--all"], &[]);
    assert_eq!(code, 0);
    assert!(out.contains("Plan: 2 to trash, "), "{out}");
}
