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
fn help_of_every_command_is_pinned() {
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
fn wrong_arguments_exit_with_2() {
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
fn dry_run_on_a_folder_summarises_all_actors() {
    let workspace = Workspace::with_fixtures();
    let (code, out, _) = run(&workspace, &["--all", "-q"]);
    assert_eq!(code, 4, "one actor is unassessed");
    insta::assert_snapshot!(out);
    let (code, out, _) = run(&workspace, &["--actor-id", "9001", "--dry-run", "-q"]);
    assert_eq!(code, 0, "{out}");
}

#[test]
fn execution_on_a_folder_balances_the_selected_actors() {
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
fn no_actors_found_says_where_it_looked() {
    let workspace = Workspace::new();
    let (code, _, err) = run(&workspace, &["--all", "--data-dir", "elsewhere"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(err);
}

#[test]
fn unknown_and_ambiguous_actors_are_errors() {
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
fn all_missing_settings_are_reported_together() {
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
    // A dry run needs no Replicate token, and no S3 if every picture is in the folder.
    let (_, _, err) = workspace.run(&["--all"]);
    assert!(err.contains("OPENAI_API_KEY") && !err.contains("REPLICATE") && !err.contains("AWS"));
    // Half of a pair of settings is named.
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
fn second_run_resumes_the_first() {
    let workspace = Workspace::with_fixtures();
    run(&workspace, &["--all", "-q"]);
    let (code, out, err) = run(&workspace, &["--all"]);
    assert_eq!(code, 4);
    assert!(
        err.contains("Skipping 5 of 6 actors, already done"),
        "{err}"
    );
    assert!(
        out.contains("to change"),
        "the report repeats earlier results: {out}"
    );
    let (_, _, err) = run(&workspace, &["--all", "--no-resume"]);
    assert!(!err.contains("done before"), "{err}");
}

#[test]
fn damaged_progress_file_is_an_error() {
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
fn unknown_settings_are_reported_and_ignored() {
    let workspace = Workspace::with_fixtures();
    workspace.write("tdbal.toml", "jbos = 3\n[openai]\nbase = \"x\"\n");
    let (code, _, err) = run(&workspace, &["--actor-id", "9001"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains("unknown key `jbos` (did you mean `jobs`?)")
            && err.contains("unknown key `openai.base` (did you mean `openai.base_url`?)"),
        "{err}"
    );
}

#[test]
fn default_settings_are_valid_settings() {
    let workspace = Workspace::with_fixtures();
    let (code, out, _) = workspace.run(&["config"]);
    assert_eq!(code, 0);
    workspace.write("tdbal.toml", &out);
    let (code, _, err) = run(&workspace, &["--actor-id", "9001", "-q"]);
    assert_eq!((code, err.as_str()), (0, ""));
}

#[test]
fn stats_counts_pictures() {
    let workspace = Workspace::with_fixtures();
    let (code, out, _) = workspace.run(&["stats"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(out);
    let (_, out, _) = workspace.run(&["stats", "--json", "--target", "total=9"]);
    let stats: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&stats["exact"], &stats["over"]), (&1.into(), &5.into()));
}

#[test]
fn sheet_draws_one_sheet_per_folder_or_for_all_files() {
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
        err.contains("two folders are named 9005_woodland_30_male"),
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
fn completions_exist_for_every_shell() {
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
fn closed_pipe_is_not_an_error() {
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
fn evaluation_can_be_replayed() {
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
fn signatures_in_addresses_are_never_shown() {
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
fn bucket_data_without_settings_lists_all_missing_ones() {
    let workspace = Workspace::new();
    let (code, _, err) = workspace.run(&["--all", "--data-dir", "s3://tdbal-none/data"]);
    assert_eq!(code, 1);
    assert!(
        err.contains("OPENAI_API_KEY") && err.contains("AWS_ACCESS_KEY"),
        "{err}"
    );
    // Without a bucket, half a pair of keys does not matter.
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
fn target_by_actor_id_is_used() {
    let workspace = Workspace::with_fixtures();
    workspace.write("tdbal.toml", "[targets]\n\"9001\" = \"total=10\"\n");
    let (_, out, _) = workspace.run(&["stats"]);
    let line = out.lines().find(|line| line.contains("9001_")).unwrap();
    assert!(line.contains(" 10 ") && line.ends_with("over"), "{line}");
}

#[test]
fn empty_folder_fails_only_its_own_sheet() {
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
