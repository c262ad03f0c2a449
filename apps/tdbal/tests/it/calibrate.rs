//! `tdbal calibrate`: model, votes, close looks, evidence and verdict compared with labels.

use crate::loopback::{Services, counts};
use crate::workspace::Workspace;
use serde_json::{Value, json};

const ACTOR: &str = "9101_a";
const OUTPUT: &str = "debug/training_data_evaluation";
/// A picture that the model wrongly calls a photograph.
const MISTAKEN: &str = "9101_a_5.png";

/// Labels of some pictures of an actor with 13, 4 and 3 pictures per class. Outside calibration, those
/// with a quality would not be asked about at all.
const SAID: [(&str, &str, Option<&str>); 6] = [
    ("9101_a_1.png", "photorealistic", None),
    ("9101_a_2.png", "photorealistic", Some("6")),
    (MISTAKEN, "color_stylized", None),
    ("9101_a_14.png", "bw_stylized", Some("9")),
    ("9101_a_15.png", "bw_stylized", None),
    ("9101_a_20.png", "color_stylized", None),
];

/// Two actors; pictures of one of them are labelled.
fn services() -> Services {
    let mut services = Services::new();
    services.data.actor_of(ACTOR, counts(13, 4, 3));
    services.data.actor_of("9102_b", counts(13, 4, 3));
    services
}

fn labelled() -> Services {
    let services = services();
    for (file, class, quality) in SAID {
        let mut args = vec!["label", file, class];
        args.extend(quality.map(|_| "--quality"));
        args.extend(quality);
        let (code, _, err) = services.run(&args, &[]);
        assert_eq!(code, 0, "{err}");
    }
    services
}

fn calibrate(services: &Services, args: &[&str]) -> (i32, Value, String) {
    let mut all = vec!["calibrate", "--json"];
    all.extend(args);
    let (code, out, err) = services.run(&all, &[]);
    let reported = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    (code, reported, err)
}

fn judge<'a>(reported: &'a Value, name: &str) -> Option<&'a Value> {
    let mut judges = reported["judges"].as_array().unwrap().iter();
    judges.find(|judge| judge["judge"] == name)
}

/// Right and given answers of a judge.
fn right(reported: &Value, name: &str) -> Option<(u64, u64)> {
    let accuracy = &judge(reported, name)?["accuracy"];
    Some((accuracy["count"].as_u64()?, accuracy["of"].as_u64()?))
}

fn close_looks(services: &Services) -> usize {
    let asked = services.openai.asked();
    asked.iter().filter(|asked| asked.close).count()
}

#[test]
fn judges_are_compared_without_labels_and_answers_cached() {
    let services = labelled();
    let (code, reported, err) = calibrate(&services, &[]);
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains("Calibrating: 6 labelled pictures of 1 actor"),
        "{err}"
    );
    assert_eq!(
        (&reported["pictures"], &reported["actors"]),
        (&json!(6), &json!(1))
    );
    assert_eq!(
        reported["classes"],
        json!({"photorealistic": 2, "bw_stylized": 2, "color_stylized": 2})
    );
    for name in ["sheet_1", "votes", "close", "verdict"] {
        assert_eq!(right(&reported, name), Some((5, 6)), "{name}: {reported}");
    }
    // The pixels of a colour stylised picture are coloured, whatever the model says.
    assert_eq!(right(&reported, "tone"), Some((6, 6)));
    assert_eq!(
        judge(&reported, "votes").unwrap()["confusion"]["counts"],
        json!([[2, 0, 0], [0, 2, 0], [1, 0, 1]])
    );
    assert_eq!(
        reported["wrong"],
        json!([{"actor": ACTOR, "file": MISTAKEN, "human": "color_stylized", "verdict": "photorealistic"}])
    );
    assert_eq!(judge(&reported, "votes").unwrap()["quality"]["pictures"], 2);
    // It is on two sheets, at the fifth position of the first.
    assert_eq!(reported["wrong_by_number"]["5"]["count"], 1);
    let wrong = reported["wrong_by_part"].as_object().unwrap().values();
    let seats: Vec<(u64, u64)> = wrong
        .map(|part| {
            (
                part["count"].as_u64().unwrap(),
                part["of"].as_u64().unwrap(),
            )
        })
        .collect();
    let sum = seats
        .iter()
        .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    assert_eq!(sum, (2, 12));
    // A control sheet per pass, two sheets, and close looks at the labelled pictures.
    assert_eq!(close_looks(&services), 6);
    assert_eq!(services.openai.calls(), 2 + 2 + 6);
    let cost = |name: &str| {
        judge(&reported, name).unwrap()["cost_per_picture"]
            .as_f64()
            .unwrap()
    };
    assert!(
        0.0 < cost("sheet_1") && cost("sheet_1") < cost("votes"),
        "{reported}"
    );
    assert!(cost("votes") < cost("verdict") && cost("close") < cost("verdict"));
    assert!((cost("verdict") - cost("votes") - cost("close")).abs() < 1e-8);
    assert!(cost("tone").abs() < f64::EPSILON);

    let (code, again, err) = calibrate(&services, &[]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(services.openai.calls(), 10, "nothing is asked again");
    assert_eq!(again["paid_now_usd"], 0.0);
    assert_eq!(
        reported["paid_now_usd"].as_f64().map(|paid| paid > 0.0),
        Some(true)
    );
    assert_eq!(again["judges"], reported["judges"]);
    assert_eq!(again["wrong_by_part"], reported["wrong_by_part"]);

    // Its evaluations are separate from those of runs; its answers are shared with them.
    let output = services.workspace.path(OUTPUT);
    let evaluation = format!("{ACTOR}_evaluation.json");
    assert!(output.join("calibration").join(&evaluation).is_file());
    assert!(!output.join(&evaluation).exists());
    assert!(!output.join("progress.json").exists());
    let (code, _, err) = services.run(&["plan", "--actor-id", "9101", "-q"], &[]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(services.openai.calls(), 10);
    let (_, listed, _) = services.run(&["label", "--list", "--json"], &[]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["labels"].as_object().unwrap().len(), 6);
}

#[test]
fn calibrate_without_labels_asks_nothing_and_explains() {
    let services = services();
    let (code, out, err) = services.run(&["calibrate"], &[]);
    assert_eq!((code, out.as_str()), (1, ""));
    for word in ["tdbal label FILE CLASS", "tdbal review", "--labels FILE"] {
        assert!(err.contains(word), "{err}");
    }
    let (code, _, err) = labelled().run(&["calibrate", "--actor-id", "9102"], &[]);
    assert_eq!(code, 1);
    assert!(err.contains("of the selected actors"), "{err}");
    assert_eq!(services.openai.calls(), 0);
}

#[test]
fn calibrate_reads_a_label_file_and_draws_a_plot() {
    let services = services();
    let said = json!({
        "9101": {"9101_a_1.png": "photorealistic", "9101_a_2.png": "color_stylized"},
        "9102_b": {
            "9102_b_14.png": {"class": "bw_stylized", "quality": 5},
            "9102_b_18.png": "color_stylized",
            "9102_b_19.png": "color_stylized",
        },
    });
    services.workspace.write("said.json", &said.to_string());
    let args = [
        "calibrate",
        "--labels",
        "said.json",
        "--svg",
        "plot.svg",
        "-q",
    ];
    let (code, out, err) = services.run(&args, &[]);
    assert_eq!((code, err.as_str()), (0, ""));
    insta::assert_snapshot!("calibration", out);
    let plot = services.workspace.read("plot.svg");
    assert!(plot.starts_with("<svg") && plot.ends_with("</svg>"));
    assert!(plot.contains("verdict: 4 of 5 correct"), "{plot}");

    // The sample is the same each time, and other pictures are not asked about.
    let calls = services.openai.calls();
    let sample = ["--labels", "said.json", "--sample", "2"];
    let (_, first, _) = calibrate(&services, &sample);
    let (_, second, _) = calibrate(&services, &sample);
    assert_eq!(first["pictures"], 2);
    assert_eq!(first["judges"], second["judges"]);
    assert_eq!(services.openai.calls(), calls);

    services
        .workspace
        .write("said.json", r#"{"9101": {"9101_a_1.png": "sepia"}}"#);
    let (code, _, err) = services.run(&["calibrate", "--labels", "said.json"], &[]);
    assert_eq!(code, 1);
    assert!(
        err.contains("said.json") && err.contains("9101_a_1.png"),
        "{err}"
    );
}

#[test]
fn calibrate_honours_look_votes_and_budget() {
    let services = labelled();
    let (code, _, err) = services.run(&["calibrate", "--budget", "0.0001"], &[]);
    assert_eq!(code, 3, "{err}");
    assert_eq!(services.openai.calls(), 0);
    let (code, reported, err) = calibrate(&services, &["--look", "sheet", "--votes", "1"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(right(&reported, "sheet_1"), Some((5, 6)));
    assert_eq!(right(&reported, "votes"), Some((5, 6)));
    assert!(judge(&reported, "close").is_none());
    assert_eq!(close_looks(&services), 0);
    assert_eq!(services.openai.calls(), 2, "a control sheet and a sheet");
    // A second run asks only what is missing, a fresh one everything.
    let (code, _, err) = calibrate(&services, &[]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(close_looks(&services), 6);
    let (code, reported, err) = calibrate(&services, &["--fresh"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(close_looks(&services), 12);
    assert_eq!(right(&reported, "close"), Some((5, 6)));
    assert_eq!(right(&reported, "votes"), Some((5, 6)));
}

#[test]
fn missing_pictures_are_left_out_and_blind_models_exposed() {
    let services = labelled();
    let pictures = services.data.training_data(ACTOR);
    std::fs::remove_file(pictures.join("9101_a_15.png")).unwrap();
    let path = services.data.training_manifest(ACTOR);
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let images = manifest["images"].as_object_mut().unwrap();
    assert!(images.remove("9101_a_15.png").is_some());
    std::fs::write(&path, manifest.to_string()).unwrap();
    let (code, reported, _) = calibrate(&services, &[]);
    assert_eq!(code, 4);
    assert_eq!(reported["pictures"], 5, "{reported}");
    assert_eq!(reported["left_out"][0]["picture"], "9101_a_15.png");

    services.openai.answer_blindly(true);
    let (code, out, _) = services.run(&["calibrate", "--fresh", "-q"], &[]);
    assert_eq!(code, 4);
    assert!(out.contains("Not trusted: "), "{out}");
    let row = |name: &str| -> Vec<&str> {
        let line = out.lines().find(|line| line.trim_start().starts_with(name));
        line.unwrap().trim_start()[name.len()..]
            .split_whitespace()
            .take(3)
            .collect()
    };
    // A judge that calls everything a photograph is right on two of these five.
    assert_eq!(row("sheet 1 alone"), ["5", "5", "2"], "{out}");
    // Its answers about black-and-white pictures contradict the pixels.
    assert_eq!(row("verdict")[0], "5", "{out}");
    assert_ne!(row("verdict")[1], "5", "{out}");
}

#[test]
fn old_recordings_count_as_one_sheet() {
    let workspace = Workspace::with_fixtures();
    let file = "9002_andean_31_female_3.jpg";
    let (code, _, err) = workspace.run(&["label", file, "color_stylized"]);
    assert_eq!(code, 0, "{err}");
    let (code, out, err) = workspace.run(&["calibrate", "-q", "--evaluator", "replay:replies"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(
        out.contains("Compared 1 labelled picture of 1 actor:"),
        "{out}"
    );
    assert!(out.contains("sheet 1 alone"), "{out}");
    assert!(!out.contains("close look"), "{out}");
}
