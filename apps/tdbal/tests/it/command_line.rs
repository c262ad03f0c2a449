//! Flags, messages and exit statuses.

use crate::workspace::Workspace;
use predicates::prelude::predicate;

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
fn the_help_of_everything() {
    let workspace = Workspace::new();
    for (name, args) in [
        ("help", vec!["--help"]),
        ("help_plan", vec!["plan", "--help"]),
        ("help_show", vec!["show", "--help"]),
        ("help_apply", vec!["apply", "--help"]),
        ("help_resume", vec!["resume", "--help"]),
        ("help_keep", vec!["keep", "--help"]),
        ("help_unkeep", vec!["unkeep", "--help"]),
        ("help_label", vec!["label", "--help"]),
        ("help_review", vec!["review", "--help"]),
        ("help_calibrate", vec!["calibrate", "--help"]),
        ("help_demo", vec!["demo", "--help"]),
        ("help_sheet", vec!["sheet", "--help"]),
        ("help_stats", vec!["stats", "--help"]),
    ] {
        let (code, out, _) = workspace.run(&args);
        assert_eq!(code, 0);
        insta::assert_snapshot!(name, out);
    }
}

#[test]
fn what_is_typed_wrongly_is_status_2() {
    let workspace = Workspace::new();
    for args in [
        vec![],
        vec!["--al"],
        vec!["--all", "--actor-id", "1"],
        vec!["--all", "--dry-run", "--execute"],
        vec!["--all", "--delete-only", "--generate-only"],
        vec!["--all", "--target", "photorealistic=70"],
        vec!["--all", "--tolerance", "101"],
        vec!["--all", "--jobs", "0"],
        vec!["--all", "--max-delete-percent", "101"],
        vec!["--all", "--max-delete", "-1"],
        vec!["--all", "--budget", "-1"],
        vec!["--all", "--budget", "NaN"],
        vec!["plan"],
        vec!["plan", "--all", "--execute"],
        vec!["plan", "--all", "--max-delete", "3"],
        vec!["show"],
        vec!["apply"],
        vec!["resume", "../run"],
        vec!["keep"],
        vec!["keep", "--list", "x.jpg"],
        vec!["unkeep"],
        vec!["nonsense"],
    ] {
        let (code, _, err) = workspace.run(&args);
        assert_eq!(code, 2, "{args:?}: {err}");
    }
}

#[test]
fn the_same_job_on_ones_own_folder() {
    let workspace = Workspace::with_fixtures();
    let (code, out, _) = run(&workspace, &["--all", "-q"]);
    assert_eq!(code, 4, "one actor is not assessed");
    insta::assert_snapshot!(out);
    let (code, out, _) = run(&workspace, &["--actor-id", "9001", "--dry-run", "-q"]);
    assert_eq!(code, 0, "{out}");
}

#[test]
fn an_execution_on_ones_own_folder_and_then_nothing_to_do() {
    let workspace = Workspace::with_fixtures();
    let args = [
        "--actor-id",
        "9003",
        "--actor-id",
        "9002_andean_31_female",
        "--execute",
        "-q",
    ];
    let (code, out, err) = run(&workspace, &args);
    assert_eq!(code, 0, "{out}{err}");
    let manifest =
        workspace.json("data/actors/9003_mediterranean_45_male/training_data/manifest.json");
    assert_eq!(manifest["images"].as_object().unwrap().len(), 20);
    let entry = manifest["images"]
        .as_object()
        .unwrap()
        .values()
        .next_back()
        .unwrap();
    assert_eq!(
        entry["local_path"]
            .as_str()
            .unwrap()
            .rsplit_once('/')
            .unwrap()
            .0,
        "data/actors/9003_mediterranean_45_male/training_data"
    );
    let trash = std::fs::read_dir(workspace.path("data/trash"))
        .unwrap()
        .count();
    assert_eq!(trash, 1);
}

#[test]
fn nobody_found_says_where_was_searched() {
    let workspace = Workspace::new();
    let (code, _, err) = run(&workspace, &["--all", "--data-dir", "elsewhere"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(err);
}

#[test]
fn an_unknown_and_an_ambiguous_actor() {
    let workspace = Workspace::with_fixtures();
    let (code, _, err) = run(&workspace, &["--actor-id", "9999"]);
    assert_eq!(code, 1);
    assert!(err.contains("no actor is called \"9999\""), "{err}");
    workspace.write(
        "data/actors/9001_second/training_data/manifest.json",
        "{\"images\": {}}",
    );
    let (code, _, err) = run(&workspace, &["--actor-id", "9001"]);
    assert_eq!(code, 1);
    assert!(
        err.contains("matches more than one actor: 9001_nordic_58_male, 9001_second"),
        "{err}"
    );
}

#[test]
fn everything_that_is_missing_is_said_at_once_and_nothing_is_touched() {
    let workspace = Workspace::with_fixtures();
    let manifest = "data/actors/9003_mediterranean_45_male/training_data/manifest.json";
    let mut value = workspace.json(manifest);
    let first = value["images"]
        .as_object_mut()
        .unwrap()
        .values_mut()
        .next()
        .unwrap();
    first["s3_url"] = "https://bucket.s3.us-west-1.amazonaws.com/a/b.png".into();
    workspace.write(manifest, &value.to_string());
    let (code, _, err) = workspace.run(&["--all", "--execute"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(err);
    assert!(!workspace.path("debug").exists());
    // A dry run wants no token of Replicate, and no S3 where every picture is in the folder.
    let (_, _, err) = workspace.run(&["--all"]);
    assert!(err.contains("OPENAI_API_KEY") && !err.contains("REPLICATE") && !err.contains("AWS"));
    // Half of a pair is named.
    let output = workspace
        .tdbal(&["--all", "--execute"])
        .env("AWS_ACCESS_KEY", "a")
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(
        err.contains("AWS_ACCESS_SECRET (because AWS_ACCESS_KEY is set)"),
        "{err}"
    );
}

#[test]
fn progress_is_shown_and_reset() {
    let workspace = Workspace::with_fixtures();
    let (_, out, _) = run(&workspace, &["--show-progress"]);
    assert!(out.starts_with("No progress: "), "{out}");
    run(&workspace, &["--all", "-q"]);
    let (code, out, _) = run(&workspace, &["--show-progress"]);
    assert_eq!(code, 0);
    for line in [
        "Total:       6",
        "Completed:   5 (83.3%)",
        "Failed:      1",
        "Remaining:   0",
    ] {
        assert!(out.contains(line), "{line} is not in {out}");
    }
    let (_, out, _) = run(&workspace, &["--show-progress", "--execute"]);
    assert!(
        out.starts_with("No progress: "),
        "an execution has its own: {out}"
    );
    assert_eq!(run(&workspace, &["--reset-progress"]).0, 0);
    assert!(
        !workspace
            .path("debug/training_data_evaluation/progress.json")
            .exists()
    );
}

#[test]
fn a_second_run_goes_on_with_the_first() {
    let workspace = Workspace::with_fixtures();
    run(&workspace, &["--all", "-q"]);
    let (code, out, err) = run(&workspace, &["--all"]);
    assert_eq!(code, 4);
    assert!(err.contains("5 of 6 actors are already done"), "{err}");
    assert!(
        out.contains("to change"),
        "what was found before is told again: {out}"
    );
    let (_, _, err) = run(&workspace, &["--all", "--no-resume"]);
    assert!(!err.contains("done before"), "{err}");
}

#[test]
fn a_broken_progress_file_is_an_error_and_not_no_progress() {
    let workspace = Workspace::with_fixtures();
    workspace.write("debug/training_data_evaluation/progress.json", "{");
    let (code, _, err) = run(&workspace, &["--all", "-q"]);
    assert_eq!(code, 1);
    assert!(err.contains("--reset-progress"), "{err}");
    assert_eq!(
        workspace.read("debug/training_data_evaluation/progress.json"),
        "{"
    );
}

#[test]
fn unknown_settings_are_reported_and_the_run_goes_on() {
    let workspace = Workspace::with_fixtures();
    workspace.write("tdbal.toml", "jbos = 3\n[openai]\nbase = \"x\"\n");
    let (code, _, err) = run(&workspace, &["--actor-id", "9001"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains("key jbos that means nothing") && err.contains("openai.base"),
        "{err}"
    );
}

#[test]
fn the_default_settings_are_settings() {
    let workspace = Workspace::with_fixtures();
    let (code, out, _) = workspace.run(&["config"]);
    assert_eq!(code, 0);
    workspace.write("tdbal.toml", &out);
    let (code, _, err) = run(&workspace, &["--actor-id", "9001", "-q"]);
    assert_eq!((code, err.as_str()), (0, ""));
}

#[test]
fn pictures_are_counted() {
    let workspace = Workspace::with_fixtures();
    let (code, out, _) = workspace.run(&["stats"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(out);
    let (_, out, _) = workspace.run(&["stats", "--json", "--target", "total=9"]);
    let stats: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&stats["exact"], &stats["over"]), (&1.into(), &5.into()));
}

#[test]
fn one_sheet_of_files_and_one_for_each_folder() {
    let workspace = Workspace::with_fixtures();
    let folder = "data/actors/9005_woodland_30_male/training_data";
    let other = "data/actors/9001_nordic_58_male/training_data";
    let (code, _, err) = workspace.run(&["sheet", folder, other, "-o", "out"]);
    assert_eq!(code, 0, "{err}");
    let line = "9005_woodland_30_male_composite.jpg: 22 pictures, 1 unreadable, 1000 x 1000";
    assert!(err.contains(line), "{err}");
    assert!(
        workspace
            .path("out/9001_nordic_58_male_composite.jpg")
            .exists()
    );
    let (code, _, err) = workspace.run(&["sheet", folder, folder, "-o", "out"]);
    assert_eq!(code, 1);
    assert!(
        err.contains("two folders are called 9005_woodland_30_male"),
        "{err}"
    );
    let first = format!("{folder}/9005_woodland_30_male_1.jpg");
    let (code, _, err) = workspace.run(&["sheet", &first, "-o", "one.jpg"]);
    assert_eq!(code, 0, "{err}");
    let sheet = image::open(workspace.path("one.jpg")).unwrap();
    assert_eq!((sheet.width(), sheet.height()), (1000, 200));
    assert_eq!(workspace.run(&["sheet", "missing.png", "-o", "x.jpg"]).0, 1);
}

#[test]
fn completions_for_every_shell() {
    let workspace = Workspace::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        workspace
            .tdbal(&["completions", shell])
            .assert()
            .success()
            .stdout(predicate::str::contains("actor-id"));
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let workspace = Workspace::new();
    let program = assert_cmd::cargo::cargo_bin("tdbal");
    let status = std::process::Command::new("sh")
        .args([
            "-c",
            &format!("{} config | head -1 >/dev/null", program.display()),
        ])
        .current_dir(workspace.path(""))
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn an_evaluation_is_a_recording() {
    let workspace = Workspace::with_fixtures();
    assert_eq!(
        run(
            &workspace,
            &["--actor-id", "9005", "-q", "--output-dir", "first"]
        )
        .0,
        0
    );
    let args = [
        "--actor-id",
        "9005",
        "-q",
        "--output-dir",
        "second",
        "--evaluator",
        "replay:first",
    ];
    assert_eq!(workspace.run(&args).0, 0);
    let name = "9005_woodland_30_male_evaluation.json";
    let (first, second) = (format!("first/{name}"), format!("second/{name}"));
    let (first, second) = (workspace.json(&first), workspace.json(&second));
    assert_eq!(
        first["image_classifications"],
        second["image_classifications"]
    );
    assert_eq!(first["plan"], second["plan"]);
}

#[test]
fn a_signature_in_an_address_is_shown_nowhere() {
    let workspace = Workspace::with_fixtures();
    let manifest = "data/actors/9001_nordic_58_male/training_data/manifest.json";
    let mut value = workspace.json(manifest);
    value["images"]["gone.png"]["s3_url"] =
        "https://other.example/gone.png?X-Amz-Signature=SECRETSIG".into();
    workspace.write(manifest, &value.to_string());
    let environment = [("AWS_ACCESS_KEY", "a"), ("AWS_ACCESS_SECRET", "b")];
    let args = ["--actor-id", "9001", "--evaluator", "replay:replies"];
    let output = workspace.tdbal(&args).envs(environment).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let folder = "debug/training_data_evaluation";
    let all = [
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
        workspace.read(&format!("{folder}/progress.json")),
        workspace.read(&format!("{folder}/audit.jsonl")),
    ];
    assert!(
        all.iter()
            .all(|text| text.contains("https://other.example/gone.png")),
        "{all:?}"
    );
    assert!(
        all.iter().all(|text| !text.contains("SECRETSIG")),
        "{all:?}"
    );
}

#[test]
fn data_in_a_bucket_without_anything_set_says_all_that_is_missing() {
    let workspace = Workspace::new();
    let (code, _, err) = workspace.run(&["--all", "--data-dir", "s3://tdbal-none/data"]);
    assert_eq!(code, 1);
    assert!(
        err.contains("OPENAI_API_KEY") && err.contains("AWS_ACCESS_KEY"),
        "{err}"
    );
    // Where no bucket is used, half a pair of keys is nobody's business.
    let workspace = Workspace::with_fixtures();
    let args = ["--actor-id", "9001", "--evaluator", "replay:replies"];
    let output = workspace
        .tdbal(&args)
        .env("AWS_ACCESS_KEY", "a")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_target_by_id_holds() {
    let workspace = Workspace::with_fixtures();
    workspace.write("tdbal.toml", "[targets]\n\"9001\" = \"total=10\"\n");
    let (_, out, _) = workspace.run(&["stats"]);
    let line = out.lines().find(|line| line.contains("9001_")).unwrap();
    assert!(line.contains(" 10 ") && line.ends_with("over"), "{line}");
}

#[test]
fn an_empty_folder_costs_its_own_sheet_only() {
    let workspace = Workspace::with_fixtures();
    std::fs::create_dir(workspace.path("empty")).unwrap();
    let folder = "data/actors/9001_nordic_58_male/training_data";
    let (code, _, err) = workspace.run(&["sheet", "empty", folder, "-o", "out"]);
    assert_eq!(code, 1);
    assert!(err.contains("no pictures in empty"), "{err}");
    assert!(
        workspace
            .path("out/9001_nordic_58_male_composite.jpg")
            .exists()
    );
}
