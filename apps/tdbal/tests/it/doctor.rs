//! `tdbal doctor` as a process: output, exit status, and findings about services and buckets on loopback.

use crate::loopback::{Services, counts, with_s3};
use crate::workspace::Workspace;
use serde_json::Value;
use test_support::dataset::{DataSet, Picture};
use test_support::s3_server::{self, S3Fault, S3Server};

#[test]
fn doctor_help_is_pinned() {
    let (code, out, _) = Workspace::new().run(&["doctor", "--help"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("help_doctor", out);
}

/// The output with the name of the run replaced.
fn stable(out: &str) -> String {
    let mut text = String::new();
    for line in out.lines() {
        let line = match line.split_once("run 2") {
            Some((before, after)) => {
                let end = after.find([':', ';']).unwrap_or(after.len());
                format!("{before}run [RUN]{}", &after[end..])
            }
            None => line.to_owned(),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[test]
fn doctor_examines_and_fixes_the_demonstration_set() {
    let workspace = Workspace::with_fixtures();
    let before = workspace.tree("data");
    let (code, out, err) = workspace.run(&["doctor", "--offline"]);
    assert_eq!(code, 0, "warnings are not errors: {err}");
    insta::assert_snapshot!("doctor", out);
    assert_eq!(workspace.tree("data"), before, "it only examined");

    let (code, out, err) = workspace.run(&["doctor", "--offline", "--fix"]);
    assert_eq!(code, 0, "{err}");
    insta::assert_snapshot!("doctor_fix", stable(&out));
    let fixed = workspace.tree("data");
    assert!(before.keys().all(|file| fixed.contains_key(file)));
    let (_, again, _) = workspace.run(&["doctor", "--offline", "--fix"]);
    assert!(!again.contains("Fixing"), "{again}");
    assert_eq!(workspace.tree("data"), fixed, "nothing is done twice");
}

#[test]
fn errors_exit_with_1_and_json_has_every_finding() {
    let workspace = Workspace::with_fixtures();
    let manifest = "data/actors/9001_nordic_58_male/training_data/manifest.json";
    workspace.write(manifest, "nonsense");
    let args = ["doctor", "--offline", "--json", "--actor-id", "9001"];
    let (code, out, _) = workspace.run(&args);
    assert_eq!(code, 1);
    let reported: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&reported["actors"], &reported["errors"]),
        (&1.into(), &1.into())
    );
    let finding = &reported["findings"][0];
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["actor"], "9001_nordic_58_male");
    assert_eq!(finding["details"]["kind"], "data");
    let args = ["doctor", "--offline", "--actor-id", "9002"];
    assert_eq!(workspace.run(&args).0, 0, "the error is of another actor");
    let args = ["doctor", "--offline", "--actor-id", "7777"];
    let (code, _, err) = workspace.run(&args);
    assert_eq!(code, 1);
    assert!(err.contains("no actor is called \"7777\""), "{err}");
}

#[test]
fn missing_keys_are_findings_if_the_settings_use_them() {
    let workspace = Workspace::with_fixtures();
    let (code, out, _) = workspace.run(&["doctor"]);
    assert_eq!(code, 1);
    for missing in [
        "OPENAI_API_KEY is not set",
        "REPLICATE_API_TOKEN is not set",
    ] {
        assert!(out.contains(missing), "{out}");
    }
    let replays = [
        "--evaluator",
        "replay:replies",
        "--generator",
        "replay:generated",
    ];
    let (code, out, _) = workspace.run(&[&["doctor"], &replays[..]].concat());
    assert_eq!(code, 0, "{out}");
    assert!(!out.contains("is not set"), "{out}");
}

#[test]
fn missing_data_and_unwritable_output_are_errors() {
    let workspace = Workspace::new();
    workspace.write("file", "x");
    let (code, out, _) = workspace.run(&["doctor", "--offline", "--output-dir", "file/below"]);
    assert_eq!(code, 1);
    assert!(out.contains("no actors with training data in"), "{out}");
    assert!(out.contains("file/below: not writable"), "{out}");
    assert!(
        out.ends_with("Checked 0 actors: 2 errors, 0 warnings\n"),
        "{out}"
    );
}

#[test]
fn offline_doctor_refuses_data_in_a_bucket() {
    let args = ["doctor", "--offline", "--data-dir", "s3://bucket/data"];
    let (code, _, err) = Workspace::new().run(&args);
    assert_eq!(code, 1);
    assert!(
        err.contains("--offline cannot be used with data in a bucket"),
        "{err}"
    );
}

#[test]
fn offline_fix_skips_actors_with_objects() {
    let workspace = Workspace::new();
    let mut data = DataSet::new(workspace.path("data"));
    for actor in ["9101_a", "9102_b"] {
        let pictures = data.actor(actor).pictures_of(counts(2, 1, 1));
        let pictures = match actor {
            "9101_a" => pictures.objects_at("https://b.s3.us-west-1.amazonaws.com/9101_a"),
            _ => pictures,
        };
        pictures.write();
        let folder = data.training_data(actor);
        let any = folder.join(format!("{actor}_1.png"));
        std::fs::copy(any, folder.join("new.png")).unwrap();
    }
    let manifest = "data/actors/9101_a/training_data/manifest.json";
    let before = workspace.read(manifest);
    let (code, out, _) = workspace.run(&["doctor", "--offline", "--fix"]);
    assert_eq!(code, 4, "{out}");
    assert!(
        out.contains("9101_a: NOT FIXED: cannot open s3://b: buckets are not used with --offline"),
        "{out}"
    );
    assert!(out.contains("Fixed 1 of 2 actors"), "{out}");
    assert_eq!(workspace.read(manifest), before);
}

/// Runs the doctor with a model whose end is not announced. Returns status and output.
fn examine_services(services: &Services) -> (i32, String) {
    let (code, out, err) = services.run(&["doctor", "--model", "m-1"], &[]);
    assert!(err.is_empty(), "{err}");
    (code, out)
}

#[test]
fn service_answers_about_keys_and_models_are_findings() {
    let mut services = Services::new();
    services.data.actor_of("9101_a", counts(13, 4, 3));
    services.openai.set_shutdown_date("2999-12-31");
    let (code, out) = examine_services(&services);
    assert_eq!((code, out.contains("Services")), (0, false), "{out}");

    let tomorrow = jiff::Zoned::now().date().tomorrow().unwrap();
    services.openai.set_shutdown_date(&tomorrow.to_string());
    let (code, out) = examine_services(&services);
    assert_eq!(code, 0, "a warning: {out}");
    let reported = format!("m-1: will be shut down on {tomorrow}, in 1 day");
    assert!(out.contains(&reported), "{out}");
    services.openai.set_shutdown_date("2025-01-01");
    let (code, out) = examine_services(&services);
    assert_eq!(code, 1);
    assert!(out.contains("m-1: was shut down on 2025-01-01"), "{out}");

    services.openai.set_shutdown_date("2999-12-31");
    services.openai.remove_model("m-1");
    let (code, out) = examine_services(&services);
    assert_eq!(code, 1);
    assert!(out.contains("error: OpenAI: "), "{out}");

    let mut services = Services::new();
    services.data.actor_of("9101_a", counts(13, 4, 3));
    services.openai.set_shutdown_date("2999-12-31");
    services.openai.accept_only("sk-another");
    services.replicate.accept_only("r8-another");
    let (code, out) = examine_services(&services);
    assert_eq!(code, 1);
    assert!(out.contains("error: OpenAI: "), "{out}");
    assert!(out.contains("error: Replicate: "), "{out}");
    assert!(out.contains("2 errors, 0 warnings"), "{out}");
}

const BUCKET: &str = "tdbal-sets";
const PREFIX: &str = "system_actors/training_data/9101_a";

/// Adds an actor whose pictures are in the folder and in a bucket.
async fn with_objects(services: &mut Services, server: &S3Server) -> Vec<Picture> {
    let url = format!("https://{BUCKET}.s3.us-west-1.amazonaws.com/{PREFIX}");
    let actor = services.data.actor("9101_a").pictures_of(counts(13, 4, 3));
    let pictures = actor.objects_at(&url).write();
    services.openai.set_shutdown_date("2999-12-31");
    for picture in &pictures {
        let key = format!("{PREFIX}/{}", picture.name);
        let put = server.client().put_object().bucket(BUCKET).key(key);
        put.body(picture.bytes.clone().into()).send().await.unwrap();
    }
    pictures
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_copies_are_found_and_fetched_from_buckets() {
    let server = s3_server::start().await;
    server.create_bucket(BUCKET);
    let mut services = tokio::task::block_in_place(Services::new);
    let pictures = with_objects(&mut services, &server).await;
    let environment = with_s3(&server);
    let run = |args: &[&str]| tokio::task::block_in_place(|| services.run(args, &environment));
    let (code, out, err) = run(&["doctor", "--deep"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(out, "Checked 1 actor: 0 errors, 0 warnings\n");
    let listed = server
        .client()
        .list_objects_v2()
        .bucket(BUCKET)
        .prefix(".tdbal/");
    let left = listed.send().await.unwrap();
    assert_eq!(left.contents().len(), 0, "the probe leaves no objects");

    let folder = services.workspace.path("data/actors/9101_a/training_data");
    let lost = &pictures[4];
    std::fs::remove_file(folder.join(&lost.name)).unwrap();
    let (code, out, _) = run(&["doctor"]);
    assert_eq!(code, 0);
    let says = format!("1 picture without a local copy: {}", lost.name);
    assert!(out.contains(&says), "{out}");
    let (code, out, err) = run(&["doctor", "--fix"]);
    assert_eq!(code, 0, "{err}");
    let says = format!("9101_a: download {}\n", lost.name);
    assert!(out.contains(&says), "{out}");
    assert!(
        out.ends_with("Checked 1 actor: 0 errors, 0 warnings\n"),
        "{out}"
    );
    assert_eq!(std::fs::read(folder.join(&lost.name)).unwrap(), lost.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusing_or_missing_bucket_is_reported_once() {
    let server = s3_server::start().await;
    server.create_bucket(BUCKET);
    let mut services = tokio::task::block_in_place(Services::new);
    with_objects(&mut services, &server).await;
    let environment = with_s3(&server);
    let run = |args: &[&str]| tokio::task::block_in_place(|| services.run(args, &environment));
    server.fail_next(
        1000,
        "PUT",
        ".tdbal/probe/",
        S3Fault::refusal(403, "AccessDenied"),
    );
    let (code, out, _) = run(&["doctor"]);
    assert_eq!(code, 1);
    assert!(out.contains(&format!("error: s3://{BUCKET}: ")), "{out}");
    assert!(
        out.contains("Checked 1 actor: 1 error, 0 warnings"),
        "{out}"
    );

    let manifest = "data/actors/9101_a/training_data/manifest.json";
    let elsewhere = services.workspace.read(manifest).replace(BUCKET, "nowhere");
    services.workspace.write(manifest, &elsewhere);
    let (code, out, _) = run(&["doctor", "--fix"]);
    assert_eq!(code, 1);
    assert!(out.contains("error: s3://nowhere: "), "{out}");
    assert!(
        out.contains("Checked 1 actor: 1 error, 0 warnings"),
        "{out}"
    );
    let (code, out, _) = run(&["doctor", "--offline"]);
    assert_eq!(code, 0, "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_in_a_bucket_is_examined_and_fixed_there() {
    let server = s3_server::start().await;
    server.create_bucket(BUCKET);
    let mut services = tokio::task::block_in_place(Services::new);
    services.data.actor_of("9101_a", counts(2, 1, 1));
    services.openai.set_shutdown_date("2999-12-31");
    let training = services.data.training_data("9101_a");
    std::fs::copy(training.join("9101_a_1.png"), training.join("new.png")).unwrap();
    for (name, bytes) in services.data.files() {
        let key = format!("sets/data/{name}");
        let put = server.client().put_object().bucket(BUCKET).key(key);
        put.body(bytes.into()).send().await.unwrap();
    }
    let environment = with_s3(&server);
    let run = |args: &[&str]| tokio::task::block_in_place(|| services.run(args, &environment));
    let data = format!("s3://{BUCKET}/sets/data");
    let (code, out, err) = run(&["doctor", "--fix", "--data-dir", &data]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("9101_a: add entries for new.png\n"), "{out}");
    let healthy = "Checked 1 actor: 0 errors, 0 warnings\n";
    assert!(out.ends_with(healthy), "{out}");
    let (code, out, _) = run(&["doctor", "--data-dir", &data]);
    assert_eq!((code, out.as_str()), (0, healthy));

    let (code, out, _) = run(&["doctor", "--data-dir", "s3://nowhere/sets"]);
    assert_eq!(code, 1);
    assert!(out.contains("error: s3://nowhere: "), "{out}");
}
