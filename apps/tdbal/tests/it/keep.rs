//! `tdbal keep` and `tdbal unkeep`.

use crate::workspace::Workspace;
use serde_json::Value;

const REPLAY: [&str; 2] = ["--evaluator", "replay:replies"];
const ACTOR: &str = "9002_andean_31_female";

fn to_trash(workspace: &Workspace) -> Vec<String> {
    let args = ["plan", "--actor-id", "9002", "--json", "-q", "--no-resume"];
    let args: Vec<&str> = args.into_iter().chain(REPLAY).collect();
    let (code, out, err) = workspace.run(&args);
    assert_eq!(code, 0, "{err}");
    let plan: Value = serde_json::from_str(&out).unwrap();
    let decisions = plan["actors"][0]["plan"]["decisions"].as_array().unwrap();
    decisions
        .iter()
        .filter(|decision| decision["action"] == "remove")
        .map(|decision| decision["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn kept_picture_stays_until_unkeep() {
    let workspace = Workspace::with_fixtures();
    let before = to_trash(&workspace);
    let (photo, drawing) = (
        "9002_andean_31_female_6.jpg",
        "9002_andean_31_female_20.webp",
    );
    assert!(before.iter().any(|name| name == photo), "{before:?}");
    let path = format!("data/actors/{ACTOR}/training_data/{photo}");
    let short = format!("9002/{drawing}");
    let output = workspace
        .tdbal(&["keep", &path, &short, drawing])
        .env("USER", "ada")
        .output()
        .unwrap();
    assert!(output.status.success());
    let (kept, other) = (format!("{ACTOR}/{photo}"), format!("{ACTOR}/{drawing}"));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("Kept: {other}\nKept: {kept}\n")
    );
    let after = to_trash(&workspace);
    assert!(
        !after.iter().any(|name| name == photo || name == drawing),
        "{after:?}"
    );
    assert_eq!(
        after.len(),
        before.len(),
        "the next weakest are removed instead"
    );

    let (_, out, _) = workspace.run(&["keep", &other]);
    assert_eq!(out, format!("Already kept: {other}\n"));
    let (_, out, _) = workspace.run(&["keep", "--list"]);
    for word in [&kept, &other, "ada"] {
        assert!(out.contains(word), "{out}");
    }
    let (_, out, _) = workspace.run(&["keep", "--list", "--json"]);
    let entries: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(entries["kept"].as_array().unwrap().len(), 2);
    assert_eq!(entries["kept"][0]["marked_by"], "ada");

    let (code, out, _) = workspace.run(&["unkeep", photo, drawing]);
    assert_eq!(code, 0);
    assert_eq!(
        out,
        format!("No longer kept: {other}\nNo longer kept: {kept}\n")
    );
    assert_eq!(to_trash(&workspace), before);
    let (_, out, _) = workspace.run(&["keep", "--list"]);
    assert_eq!(out, "No pictures are on the keep list\n");
}

#[test]
fn keep_without_a_user_name_records_unknown() {
    let workspace = Workspace::with_fixtures();
    let (code, out, _) = workspace.run(&["keep", "--json", "9002_andean_31_female_1.jpg"]);
    assert_eq!(code, 0);
    let reported: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(reported["marked"][0]["marked_by"], "unknown");
    assert_eq!(reported["marked"][0]["actor"], ACTOR);
}

#[test]
fn keep_names_missing_pictures_and_marks_nothing() {
    let workspace = Workspace::with_fixtures();
    workspace.copy("data", "other");
    let good = "9002_andean_31_female_1.jpg";
    let elsewhere = format!("other/actors/{ACTOR}/training_data/{good}");
    for (file, says) in [
        (
            "9002_andean_31_female_99.jpg",
            "no actor has a picture of that name",
        ),
        (
            "9002/9001_nordic_58_male_1.jpg",
            "has no picture of that name",
        ),
        ("8888/x.jpg", "no actor is called \"8888\""),
        (elsewhere.as_str(), "is not in the data folder"),
    ] {
        let (code, out, err) = workspace.run(&["keep", good, file]);
        assert_eq!((code, out.as_str()), (1, ""), "{file}");
        assert!(err.contains(says) && err.contains(file), "{err}");
    }
    let (code, _, err) = workspace.run(&["unkeep", good]);
    assert_eq!(code, 1);
    assert!(
        err.contains("no actor has a kept picture of that name"),
        "{err}"
    );
    let (_, out, _) = workspace.run(&["keep", "--list"]);
    assert_eq!(out, "No pictures are on the keep list\n");
    // A name that two actors have has to say which.
    let copy = format!("data/actors/9001_nordic_58_male/training_data/{good}");
    let from = workspace.path(&format!("data/actors/{ACTOR}/training_data/{good}"));
    std::fs::copy(from, workspace.path(&copy)).unwrap();
    let (code, _, err) = workspace.run(&["keep", good]);
    assert_eq!(code, 1);
    assert!(err.contains("use ACTOR/FILE"), "{err}");
    assert_eq!(workspace.run(&["keep", &copy]).0, 0);
}
