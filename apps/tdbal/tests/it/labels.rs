//! `tdbal label` and `tdbal review`.

use crate::workspace::Workspace;
use serde_json::{Value, json};

const ACTOR: &str = "9004_hibernian_27_female";
/// A picture of uncertain class that would be removed.
const UNSURE: &str = "9004_hibernian_27_female_3.jpg";
const OUTPUT: &str = "debug/training_data_evaluation";

/// The demonstration set with the weakest photograph of 9004 in shades of grey, so its pixels
/// contradict the model.
fn contradicted() -> Workspace {
    let workspace = Workspace::with_fixtures();
    let path = workspace.path(&format!("data/actors/{ACTOR}/training_data/{UNSURE}"));
    let grey = image::open(&path).unwrap().grayscale();
    grey.save(&path).unwrap();
    workspace
}

/// [`contradicted`] after an evaluation of 9004.
fn evaluated() -> Workspace {
    let workspace = contradicted();
    plan(&workspace);
    workspace
}

/// The current plan for 9004.
fn plan(workspace: &Workspace) -> Value {
    let (_, out, err) = workspace.run(&[
        "plan",
        "--actor-id",
        "9004",
        "--json",
        "-q",
        "--no-resume",
        "--evaluator",
        "replay:replies",
    ]);
    let mut plan: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    plan["actors"][0]["plan"].take()
}

fn decision<'a>(plan: &'a Value, name: &str) -> &'a Value {
    let mut decisions = plan["decisions"].as_array().unwrap().iter();
    decisions.find(|decision| decision["name"] == name).unwrap()
}

fn counts(photorealistic: usize, bw_stylized: usize, color_stylized: usize) -> Value {
    json!({
        "photorealistic": photorealistic,
        "bw_stylized": bw_stylized,
        "color_stylized": color_stylized,
    })
}

/// Runs a review with this input.
fn review(workspace: &Workspace, args: &[&str], typed: &str) -> (i32, String, String) {
    let mut command = workspace.tdbal(&["review"]);
    command.args(args).env("USER", "ada").write_stdin(typed);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Makes the first pictures of the last evaluation unsure. Returns their names.
fn make_unsure(workspace: &Workspace, number: usize) -> Vec<String> {
    let path = format!("{OUTPUT}/{ACTOR}_evaluation.json");
    let mut evaluation = workspace.json(&path);
    let judged = evaluation["judged"].as_array_mut().unwrap();
    let first = judged.iter_mut().filter(|one| one["file_name"] != UNSURE);
    let names = first
        .take(number)
        .map(|judged| {
            judged["verdict"]["confidence"] = json!("unsure");
            judged["file_name"].as_str().unwrap().to_owned()
        })
        .collect();
    workspace.write(&path, &evaluation.to_string());
    names
}

fn listed(workspace: &Workspace) -> Vec<Value> {
    let (code, out, _) = workspace.run(&["label", "--list", "--json"]);
    assert_eq!(code, 0);
    let labels: Value = serde_json::from_str(&out).unwrap();
    let labels = labels["labels"].as_object().unwrap().values();
    labels
        .flat_map(|said| said.as_array().unwrap().clone())
        .collect()
}

#[test]
fn label_overrides_the_model_and_survives_a_rename() {
    let workspace = evaluated();
    let before = plan(&workspace);
    assert_eq!(before["before"], counts(16, 2, 4));
    assert_eq!(before["questions"], json!([UNSURE]));
    assert_eq!(decision(&before, UNSURE)["action"], "review");

    let path = format!("data/actors/{ACTOR}/training_data/{UNSURE}");
    let output = workspace
        .tdbal(&["label", &path, "bw_stylized"])
        .env("USER", "ada")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("Labelled {ACTOR}/{UNSURE}: bw_stylized\n")
    );
    let after = plan(&workspace);
    assert_eq!(after["before"], counts(15, 3, 4));
    assert_eq!(after.get("questions"), None);
    assert_eq!(decision(&after, UNSURE)["action"], "keep");
    let said = listed(&workspace);
    assert_eq!(said.len(), 1);
    assert_eq!(
        (&said[0]["said_by"], &said[0]["class"]),
        (&json!("ada"), &json!("bw_stylized"))
    );

    let renamed = "9004_hibernian_27_female_77.jpg";
    let folder = format!("data/actors/{ACTOR}/training_data");
    std::fs::rename(
        workspace.path(&path),
        workspace.path(&format!("{folder}/{renamed}")),
    )
    .unwrap();
    let manifest = format!("{folder}/manifest.json");
    let text = workspace.read(&manifest).replace(UNSURE, renamed);
    workspace.write(&manifest, &text);
    let after = plan(&workspace);
    assert_eq!(after["before"], counts(15, 3, 4));
    assert_eq!(decision(&after, renamed)["action"], "keep");

    let (code, out, _) = workspace.run(&["label", "--forget", renamed]);
    assert_eq!(
        (code, out),
        (0, format!("Removed 1 label: {ACTOR}/{renamed}\n"))
    );
    assert_eq!(plan(&workspace)["before"], counts(16, 2, 4));
    let (_, out, _) = workspace.run(&["label", "--forget", renamed]);
    assert_eq!(out, format!("No labels to remove: {ACTOR}/{renamed}\n"));
}

#[test]
fn labels_are_listed_and_forgotten() {
    let workspace = Workspace::with_fixtures();
    let short = format!("9004/{UNSURE}");
    assert_eq!(
        workspace.run(&["label", "--list"]).1,
        "No pictures are labelled\n"
    );
    let args = [
        "label",
        &short,
        "color_stylized",
        "--json",
        "--quality",
        "7",
    ];
    let (code, out, _) = workspace.run(&args);
    assert_eq!(code, 0);
    let reported: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(reported["said"]["class"], "color_stylized");
    assert_eq!(reported["said"]["quality"], 7);
    assert_eq!(reported["said"]["said_by"], "unknown");
    assert_eq!(reported["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(workspace.run(&["label", UNSURE, "photorealistic"]).0, 0);
    assert_eq!(listed(&workspace).len(), 2);
    let (_, out, _) = workspace.run(&["label", "--list"]);
    let places = ["color_stylized", "photorealistic"].map(|word| out.find(word).unwrap());
    assert!(places[0] < places[1], "{out}");
    let (code, out, _) = workspace.run(&["label", "--forget", UNSURE, "--json"]);
    let reported: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, reported["taken_back"].as_array().unwrap().len()),
        (0, 2)
    );
    assert_eq!(listed(&workspace), [] as [Value; 0]);
}

#[test]
fn surely_labelled_picture_can_be_removed() {
    let workspace = evaluated();
    assert_eq!(workspace.run(&["label", UNSURE, "photorealistic"]).0, 0);
    let plan = plan(&workspace);
    assert_eq!(plan["before"], counts(16, 2, 4));
    assert_eq!(decision(&plan, UNSURE)["action"], "remove");
}

#[test]
fn wrong_names_and_values_change_no_label() {
    let workspace = Workspace::with_fixtures();
    for (args, code, says) in [
        (
            vec!["label", "nobody.png", "photorealistic"],
            1,
            "no actor has a picture of that name",
        ),
        (
            vec!["label", "8888/x.png", "photorealistic"],
            1,
            "no actor is called",
        ),
        (vec!["label", UNSURE], 2, "CLASS"),
        (
            vec!["label", UNSURE, "photo"],
            2,
            "a similar value exists: 'photorealistic'",
        ),
        (
            vec!["label", UNSURE, "photorealistic", "--quality", "11"],
            2,
            "from 1 to 10",
        ),
        (
            vec!["label", UNSURE, "photorealistic", "--forget"],
            2,
            "--forget",
        ),
        (vec!["label", "--list", UNSURE], 2, "--list"),
        (
            vec!["review", "--actor-id", "8888"],
            1,
            "no actor is called",
        ),
        (
            vec!["review"],
            1,
            "no evaluations to review in debug/training_data_evaluation",
        ),
    ] {
        let (status, out, err) = workspace.run(&args);
        assert_eq!((status, out.as_str()), (code, ""), "{args:?}: {err}");
        assert!(err.contains(says), "{args:?}: {err}");
    }
    assert_eq!(listed(&workspace), [] as [Value; 0]);
}

#[test]
fn review_shows_the_evidence_and_settles_questions() {
    let workspace = evaluated();
    let (code, out, err) = review(&workspace, &["--actor-id", "9004"], "?\nhm\nb\n");
    assert_eq!(code, 0);
    assert_eq!(
        out,
        format!("Labelled {ACTOR}/{UNSURE}: bw_stylized\n1 picture reviewed, 0 left\n")
    );
    for reported in [
        format!("1 of 1: {ACTOR}, number 3 on its sheet"),
        format!("data/actors/{ACTOR}/training_data/{UNSURE}"),
        "sheet 1    photorealistic, quality ".to_owned(),
        "pixels     monochrome (r99 ".to_owned(),
        "its pixels contradict the looks".to_owned(),
        "effect     removed if you confirm this class".to_owned(),
        "undo your last answer".to_owned(),
        "unknown key \"hm\"; ? for help".to_owned(),
        "That was the last picture.".to_owned(),
    ] {
        assert!(err.contains(&reported), "{reported:?} in {err}");
    }
    // It is settled at once and stays so in the next evaluation.
    let (code, out, _) = review(&workspace, &[], "");
    assert_eq!((code, out.as_str()), (0, "Nothing to review\n"));
    assert_eq!(plan(&workspace)["before"], counts(15, 3, 4));
    let (_, out, _) = review(&workspace, &[], "");
    assert_eq!(out, "Nothing to review\n");
}

#[test]
fn review_skips_undoes_and_quits_keeping_answers() {
    let workspace = evaluated();
    let names = make_unsure(&workspace, 3);
    let typed = "s\nk\nu\nr\np\nu\nu\nu\nk\nq\np\n";
    let (code, out, err) = review(&workspace, &[], typed);
    assert_eq!(code, 0, "{err}");
    let of = |name: &str| format!("{ACTOR}/{name}");
    let expected = [
        // The question comes first, and is skipped.
        format!("Labelled {}: keep", of(&names[0])),
        format!("Undone: {}", of(&names[0])),
        format!("Labelled {}: remove", of(&names[0])),
        format!("Labelled {}: photorealistic", of(&names[1])),
        format!("Undone: {}", of(&names[1])),
        format!("Undone: {}", of(&names[0])),
        format!("Labelled {}: keep", of(&names[0])),
        "1 picture reviewed, 3 left".to_owned(),
    ];
    assert_eq!(out.lines().collect::<Vec<_>>(), expected);
    assert!(err.contains("nothing to undo"), "{err}");
    assert!(err.contains(&format!("1 of 4: {ACTOR}, number 3")), "{err}");
    let said = listed(&workspace);
    assert_eq!(said.len(), 1);
    assert_eq!(
        (&said[0]["file"], &said[0]["wish"]),
        (&json!(names[0]), &json!("keep"))
    );

    // The input can end at any time; the rest is asked later.
    let (code, out, err) = review(&workspace, &["--actor-id", ACTOR], "s\nc");
    assert_eq!(code, 0);
    assert!(err.contains("3 of 3: "), "{err}");
    assert!(out.ends_with("1 picture reviewed, 2 left\n"), "{out}");
    assert_eq!(listed(&workspace).len(), 2);
    let (code, _, err) = review(&workspace, &["--actor-id", "9001"], "p\n");
    assert_eq!(code, 1);
    assert!(err.contains("no evaluations to review in "), "{err}");
}

#[test]
fn wishes_to_remove_and_keep_are_planned() {
    let workspace = evaluated();
    let names = make_unsure(&workspace, 2);
    let (code, _, err) = review(&workspace, &[], "r\nr\nk\n");
    assert_eq!(code, 0, "{err}");
    let after = plan(&workspace);
    for name in [UNSURE, &names[0]] {
        let decision = decision(&after, name);
        assert_eq!(decision["action"], "remove");
        assert_eq!(decision["reason"]["rule"], "removed_by_hand");
    }
    assert_ne!(decision(&after, &names[1])["action"], "remove");
}

#[test]
fn wish_to_remove_is_executed() {
    let workspace = evaluated();
    assert_eq!(review(&workspace, &[], "r\n").0, 0);
    let path = format!("data/actors/{ACTOR}/training_data/{UNSURE}");
    let bytes = std::fs::read(workspace.path(&path)).unwrap();
    let (code, _, err) = workspace.run(&[
        "--execute",
        "--actor-id",
        "9004",
        "-q",
        "--evaluator",
        "replay:replies",
        "--generator",
        "replay:generated",
    ]);
    assert_eq!(code, 0, "{err}");
    assert!(!workspace.path(&path).exists());
    let manifest = workspace.read(&format!("data/actors/{ACTOR}/training_data/manifest.json"));
    assert!(!manifest.contains(UNSURE));
    let trash = workspace.tree("data/trash");
    assert!(
        trash.values().any(|trashed| *trashed == bytes),
        "{:?}",
        trash.keys()
    );
    let (_, out, _) = workspace.run(&["log", "--file", UNSURE]);
    assert!(out.contains("removed at a person's request"), "{out}");
}

#[test]
fn keep_overrides_a_wish_to_remove() {
    let workspace = contradicted();
    assert_eq!(workspace.run(&["keep", UNSURE]).0, 0);
    plan(&workspace);
    let (code, out, err) = review(&workspace, &[], "r\n");
    assert_eq!(code, 0);
    assert!(out.starts_with("Labelled "), "{out}");
    assert!(
        err.contains("the picture stays because it is on the keep list: see tdbal unkeep"),
        "{err}"
    );
    let after = plan(&workspace);
    assert_eq!(decision(&after, UNSURE)["reason"]["rule"], "kept_by_hand");
}

#[test]
fn review_skips_changed_and_missing_pictures() {
    let workspace = evaluated();
    let names = make_unsure(&workspace, 1);
    let folder = format!("data/actors/{ACTOR}/training_data");
    let other = workspace.path(&format!("{folder}/{}", names[0]));
    std::fs::copy(&other, workspace.path(&format!("{folder}/{UNSURE}"))).unwrap();
    let (code, out, err) = review(&workspace, &[], "");
    assert_eq!((code, out.as_str()), (0, "0 pictures reviewed, 2 left\n"));
    let changed = format!("warning: {ACTOR}/{UNSURE}: changed since it was evaluated");
    assert!(err.contains(&changed), "{err}");
    assert!(err.contains("2 of 2: "), "{err}");
}

#[test]
fn damaged_labels_are_an_error() {
    let workspace = evaluated();
    assert_eq!(workspace.run(&["label", UNSURE, "bw_stylized"]).0, 0);
    let path = workspace
        .tree("data/.tdbal")
        .into_keys()
        .find(|name| name.ends_with("labels.json"))
        .unwrap();
    let path = format!("data/.tdbal/{path}");
    let whole = workspace.read(&path);
    workspace.write(&path, &whole[..whole.len() / 2]);
    for args in [
        vec!["label", UNSURE, "photorealistic"],
        vec!["label", "--list"],
        vec!["review"],
        vec![
            "plan",
            "--actor-id",
            "9004",
            "--evaluator",
            "replay:replies",
        ],
    ] {
        let (code, _, err) = workspace.run(&args);
        assert_eq!(code, 1, "{args:?}");
        assert!(err.contains("labels.json is damaged"), "{args:?}: {err}");
    }
    assert_eq!(workspace.read(&path), whole[..whole.len() / 2]);
}
