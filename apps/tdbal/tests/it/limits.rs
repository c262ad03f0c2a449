//! Limits of a run, checked before any change.

use crate::loopback::{Services, counts};
use crate::workspace::Workspace;
use tdbal_types::ImageClass;
use test_support::replicate::Fate;

const REPLAY: [&str; 4] = [
    "--evaluator",
    "replay:replies",
    "--generator",
    "replay:generated",
];

fn run(workspace: &Workspace, args: &[&str]) -> (i32, String, String) {
    let args: Vec<&str> = args.iter().copied().chain(REPLAY).collect();
    workspace.run(&args)
}

#[test]
fn exceeded_run_limit_refuses_before_any_change() {
    let workspace = Workspace::with_fixtures();
    let (_, _, err) = run(&workspace, &["plan", "--all", "-q"]);
    let plan = "debug/training_data_evaluation/plan.json";
    assert!(workspace.path(plan).exists(), "{err}");
    let before = workspace.tree("data");
    for (limit, says) in [
        (["--max-delete", "9"], "--max-delete 10 would allow it"),
        (["--max-generate", "8"], "--max-generate 9 would allow it"),
    ] {
        for command in [vec!["--all", "--execute"], vec!["apply", plan]] {
            let args: Vec<&str> = command.into_iter().chain(limit).chain(["-q"]).collect();
            let (code, out, err) = run(&workspace, &args);
            assert_eq!((code, out.as_str()), (3, ""), "{args:?}: {err}");
            assert!(err.contains(says), "{err}");
            assert!(workspace.tree("data") == before, "{args:?}");
        }
    }
    let args = [
        "apply",
        plan,
        "-q",
        "--max-delete",
        "9",
        "--max-generate",
        "3",
    ];
    let (code, _, err) = run(&workspace, &args);
    assert_eq!(code, 3);
    insta::assert_snapshot!(err);
    // The suggested limits allow the run.
    let args = [
        "apply",
        plan,
        "-q",
        "--max-delete",
        "10",
        "--max-generate",
        "9",
    ];
    let (code, out, err) = run(&workspace, &args);
    assert_eq!(code, 4, "one actor is unassessed: {out}{err}");
    assert!(workspace.tree("data") != before);
}

#[test]
fn exceeded_actor_limit_refuses_only_that_actor() {
    for (limit, refused, says) in [
        (
            ["--max-delete-per-actor", "3"],
            &["9002_andean_31_female", "9004_hibernian_27_female"][..],
            "--max-delete-per-actor 4 would allow it",
        ),
        (
            ["--max-delete-percent", "17"],
            &["9004_hibernian_27_female"][..],
            "--max-delete-percent 19 would allow it",
        ),
        (
            ["--min-keep", "20"],
            &["9004_hibernian_27_female"][..],
            "--min-keep 18 would allow it",
        ),
    ] {
        let workspace = Workspace::with_fixtures();
        let folder = |actor: &str| format!("data/actors/{actor}");
        let before: Vec<_> = refused.iter().map(|a| workspace.tree(&folder(a))).collect();
        let args = ["--all", "--execute", "-q", limit[0], limit[1]];
        let (code, out, err) = run(&workspace, &args);
        assert_eq!(code, 4, "{err}");
        assert!(out.contains(says), "{out}");
        for (actor, before) in refused.iter().zip(before) {
            let line = format!("{actor}: ");
            assert!(out.contains(&line), "{out}");
            assert!(workspace.tree(&folder(actor)) == before, "{actor}");
        }
        for actor in ["9002_andean_31_female", "9003_mediterranean_45_male"] {
            let manifest =
                workspace.json(&format!("{}/training_data/manifest.json", folder(actor)));
            let images = manifest["images"].as_object().unwrap().len();
            assert_eq!(images == 20, !refused.contains(&actor), "{limit:?} {actor}");
        }
    }
}

#[test]
fn default_limit_is_half_of_the_pictures() {
    let mut services = Services::new();
    services.data.actor_of("9101_a", counts(30, 6, 5));
    let (code, out, _) = services.run(&["--all", "--execute"], &[]);
    assert_eq!(code, 4);
    assert!(
        out.contains("--max-delete-percent 52 would allow it"),
        "{out}"
    );
    assert_eq!(services.data.counts_on_disk("9101_a"), counts(30, 6, 5));
    let args = ["--all", "--execute", "--max-delete-percent", "52"];
    let (code, out, err) = services.run(&args, &[]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(services.data.counts_on_disk("9101_a"), counts(13, 4, 3));
}

#[test]
fn flags_override_limits_of_the_settings_file() {
    let workspace = Workspace::with_fixtures();
    workspace.write("tdbal.toml", "[limits]\nmax_delete = 2\n");
    let args = ["--actor-id", "9002", "--execute", "-q"];
    let (code, _, err) = run(&workspace, &args);
    assert_eq!(code, 3);
    assert!(err.contains("--max-delete 4 would allow it"), "{err}");
    let args = ["--actor-id", "9002", "--execute", "-q", "--max-delete", "4"];
    let (code, _, err) = run(&workspace, &args);
    assert_eq!(code, 0, "{err}");
    for (toml, says) in [
        (
            "[limits]\nmax_delete_percent = 101.0\n",
            "invalid value 101 for limits.max_delete_percent",
        ),
        (
            "[limits]\nbudget_usd = -1.0\n",
            "invalid value -1 for limits.budget_usd",
        ),
        (
            "[lock]\ntime_to_live_s = 0.5\n",
            "invalid value 0.5 for lock.time_to_live_s",
        ),
        (
            "[lock]\npatience_s = -1.0\n",
            "invalid value -1 for lock.patience_s",
        ),
        (
            "[replicate]\nlost_order_gap_s = -1.0\n",
            "invalid value -1 for replicate.lost_order_gap_s",
        ),
    ] {
        workspace.write("tdbal.toml", toml);
        let (code, _, err) = run(&workspace, &["--all", "-q"]);
        assert_eq!(code, 1);
        assert!(err.contains(says), "{err}");
    }
}

#[test]
fn budget_is_checked_before_anything_is_spent() {
    let mut services = Services::new();
    services.data.actor_of("9101_a", counts(15, 2, 1));
    let before = services.data.files();
    for args in [
        vec!["--all"],
        vec!["plan", "--all"],
        vec!["--all", "--execute"],
    ] {
        let args: Vec<&str> = args.into_iter().chain(["--budget", "0.0001"]).collect();
        let (code, _, err) = services.run(&args, &[]);
        assert_eq!(code, 3, "{args:?}: {err}");
        assert!(err.contains("--budget 0.01 would allow it"), "{err}");
    }
    assert_eq!(services.openai.calls(), 0);
    // Four pictures at four cents, and the evaluation.
    let args = ["--all", "--execute", "--budget", "0.16"];
    let (code, _, err) = services.run(&args, &[]);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("--budget 0.17 would allow it"), "{err}");
    assert_eq!(
        services.openai.calls(),
        5,
        "the evaluation was within budget: a control sheet, two sheets, two close looks"
    );
    assert_eq!(services.replicate.orders(), 0);
    assert!(services.data.files() == before);
    let args = ["--all", "--execute", "--budget", "0.17"];
    let (code, out, err) = services.run(&args, &[]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(services.data.counts_on_disk("9101_a"), counts(13, 4, 3));
}

#[test]
fn generation_stops_before_exceeding_the_budget() {
    let mut services = Services::new();
    services.data.actor_of("9101_a", counts(15, 2, 4));
    for order in [1, 2] {
        let wrong = Fate::WrongClass(ImageClass::Photorealistic);
        services.replicate.on_order(order, wrong);
    }
    let args = ["--all", "--execute", "--budget", "0.14"];
    let (code, out, _) = services.run(&args, &[]);
    assert_eq!(code, 4);
    assert_eq!(
        services.replicate.paid().len(),
        3,
        "the fourth would exceed it"
    );
    assert!(
        out.contains("the budget of $0.14 does not cover another picture at $0.04"),
        "{out}"
    );
    let after = services.data.counts_on_disk("9101_a");
    assert_eq!(
        after,
        counts(15, 3, 4),
        "generated pictures are kept, nothing is removed"
    );
}

#[test]
fn shrunk_listing_is_refused() {
    let workspace = Workspace::with_fixtures();
    run(&workspace, &["--all", "--execute", "-q"]);
    let actor = "9001_nordic_58_male";
    let folder = format!("data/actors/{actor}/training_data");
    let files = workspace.tree(&folder).into_keys();
    let pictures: Vec<String> = files.filter(|name| name != "manifest.json").collect();
    for name in pictures.iter().take(pictures.len() / 2 + 1) {
        std::fs::remove_file(workspace.path(&format!("{folder}/{name}"))).unwrap();
    }
    let (code, out, _) = run(&workspace, &["--actor-id", "9001", "-q"]);
    assert_eq!(code, 4);
    assert!(out.contains("--allow-shrunk-listing"), "{out}");
    std::fs::rename(workspace.path("data/actors"), workspace.path("away")).unwrap();
    std::fs::create_dir(workspace.path("data/actors")).unwrap();
    for actor in ["9002_andean_31_female", "9003_mediterranean_45_male"] {
        workspace.copy(&format!("away/{actor}"), &format!("data/actors/{actor}"));
    }
    std::fs::remove_dir_all(workspace.path("data/actor_manifests")).unwrap();
    for args in [vec!["--all", "-q"], vec!["plan", "--all", "-q"]] {
        let (code, _, err) = run(&workspace, &args);
        assert_eq!(code, 3, "{err}");
        assert!(err.contains("--allow-shrunk-listing"), "{err}");
        let args: Vec<&str> = args.into_iter().chain(["--allow-shrunk-listing"]).collect();
        let (code, out, err) = run(&workspace, &args);
        assert_ne!(code, 3, "{out}{err}");
    }
}

#[test]
fn set_marked_good_loses_no_pictures() {
    let workspace = Workspace::with_fixtures();
    let path = "data/actor_manifests/9004_manifest.json";
    let mut manifest = workspace.json(path);
    manifest["training_data_good"] = true.into();
    workspace.write(path, &manifest.to_string());
    let (code, out, err) = run(&workspace, &["plan", "--actor-id", "9004", "-q"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("4 pictures stay: the actor manifest marks"),
        "{out}"
    );
    assert!(out.contains("Plan: 0 to trash, 2 to generate, "), "{out}");
    let (code, out, err) = run(&workspace, &["--actor-id", "9004", "--execute", "-q"]);
    assert_eq!(code, 0, "{out}{err}");
    let manifest = "data/actors/9004_hibernian_27_female/training_data/manifest.json";
    let manifest = workspace.json(manifest);
    assert_eq!(manifest["images"].as_object().unwrap().len(), 24);
}
