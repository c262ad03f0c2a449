//! Whole runs against services on loopback: a model that reads its sheets, a generator and an S3 server.

use crate::loopback::{Services, counts, wait_for, with_s3};
use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;
use tdbal_types::ImageClass;
use test_support::dataset::Picture;
use test_support::openai::Scripted;
use test_support::replicate::Fate;
use test_support::s3_server;

#[test]
fn corrupt_file_never_shifts_a_deletion() {
    let mut services = Services::new();
    let actors = ["9101_a", "9102_b", "9103_c", "9104_d", "9105_e"];
    for (position, actor) in actors.into_iter().enumerate() {
        let broken = [1, 6, 12, 20, 25][position];
        services
            .data
            .actor(actor)
            .pictures_of(counts(17, 5, 3))
            .corrupt_at(broken)
            .write();
    }
    let mut expected = Vec::new();
    for actor in actors {
        let before = services.data.counts_on_disk(actor);
        let mut gone = BTreeSet::new();
        for (class, have) in before.iter() {
            let excess = have.saturating_sub(counts(13, 4, 3)[class]);
            gone.extend(services.data.lowest(actor, class, excess));
        }
        expected.push((actor, gone, services.data.on_disk(actor)));
    }
    let (code, out, err) = services.run(&["--all", "--execute", "--delete-only"], &[]);
    assert_eq!(code, 0, "{out}{err}");
    for (actor, gone, before) in expected {
        let after = services.data.on_disk(actor);
        let left: BTreeSet<String> = before
            .keys()
            .filter(|name| !after.contains_key(*name))
            .cloned()
            .collect();
        assert_eq!(left.len(), gone.len(), "{actor}");
        let qualities = |names: &BTreeSet<String>| {
            let mut codes: Vec<_> = names.iter().map(|name| before[name]).collect();
            codes.sort();
            codes
        };
        assert_eq!(
            qualities(&left),
            qualities(&gone),
            "{actor}: the weakest of each class are removed"
        );
    }
}

#[test]
fn set_reaches_its_target_and_stays_there() {
    let mut services = Services::new();
    services.data.actor_of("9101_a", counts(15, 2, 1));
    services.data.actor_of("9102_b", counts(13, 4, 3));
    let (code, out, err) = services.run(&["--all", "--execute"], &[]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(services.data.counts_on_disk("9101_a"), counts(13, 4, 3));
    assert_eq!(services.replicate.paid().len(), 4);
    assert!(
        out.contains("$0.18"),
        "four pictures at four cents, and the judging: {out}"
    );
    let paid = services.replicate.paid();
    assert!(
        paid.iter()
            .all(|order| order.model == "black-forest-labs/flux-kontext-pro")
    );
    // A control sheet, two sheets per actor, and close looks at two removed and four generated pictures.
    assert_eq!(services.openai.calls(), 11);
    let (code, out, _) = services.run(&["--all", "--execute", "--json"], &[]);
    assert_eq!(code, 0);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        report["totals"]["balanced"], 2,
        "the model agrees on the new pictures"
    );
    assert_eq!(
        services.replicate.paid().len(),
        4,
        "nothing is paid for twice"
    );
}

#[test]
fn flagged_order_and_wrong_class_are_ordered_again() {
    let mut services = Services::new();
    services.data.actor_of("9101_a", counts(13, 2, 3));
    services.replicate.on_order(1, Fate::Flagged);
    services
        .replicate
        .on_order(2, Fate::WrongClass(ImageClass::Photorealistic));
    let (code, out, err) = services.run(&["--all", "--execute"], &[]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(services.data.counts_on_disk("9101_a"), counts(13, 4, 3));
    assert_eq!(services.replicate.orders(), 4);
}

#[test]
fn order_taken_without_an_answer_is_not_sent_again() {
    let mut services = Services::new();
    services.data.actor_of("9101_a", counts(15, 3, 3));
    services.replicate.on_order(1, Fate::TakenButRefused(500));
    let (code, out, err) = services.run(&["--all", "--execute"], &[]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(services.replicate.orders(), 1);
    assert_eq!(services.data.counts_on_disk("9101_a"), counts(13, 4, 3));
}

#[test]
fn bad_key_and_empty_account_stop_the_run_at_once() {
    for (answer, says) in [
        (Scripted::bad_key(), "refused the API key"),
        (Scripted::insufficient_quota(), "quota"),
    ] {
        let mut services = Services::new();
        for actor in ["9101_a", "9102_b", "9103_c"] {
            services.data.actor_of(actor, counts(14, 4, 3));
        }
        services.openai.script([answer]);
        let (code, out, err) = services.run(&["--all", "--jobs", "1"], &[]);
        assert_eq!(code, 1, "{out}{err}");
        assert_eq!(
            services.openai.calls(),
            1,
            "it is not tried again, here or elsewhere"
        );
        assert_eq!(err.matches("Stopping:").count(), 1, "{err}");
        assert!(err.contains(says), "{err}");
        // Once the cause is fixed, the run can be resumed.
        let (code, _, err) = services.run(&["--all", "--jobs", "1"], &[]);
        assert_eq!(code, 0, "{err}");
    }
}

#[test]
fn passing_errors_are_retried_and_others_fail_one_actor() {
    let mut services = Services::new();
    services
        .workspace
        .write("tdbal.toml", "control_every = 0\n");
    for actor in ["9101_a", "9102_b"] {
        services.data.actor_of(actor, counts(14, 4, 3));
    }
    services.openai.script([
        Scripted::error(500, "server_error", "server_error", "try again"),
        Scripted::refusal("I cannot help with that"),
    ]);
    let (code, out, _) = services.run(&["--all", "--jobs", "1", "--json"], &[]);
    assert_eq!(code, 4);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["actors"][0]["status"], "unassessed");
    let error = report["actors"][0]["error"].as_str().unwrap();
    assert!(
        error.starts_with("unassessed:") && error.contains("refus"),
        "{error}"
    );
    assert_eq!(report["actors"][1]["status"], "to_change");
}

#[test]
fn interrupted_run_saves_its_progress_and_can_be_resumed() {
    let mut services = Services::new();
    for actor in ["9101_a", "9102_b", "9103_c"] {
        services.data.actor_of(actor, counts(14, 4, 3));
    }
    services.openai.set_delay(Duration::from_mins(1));
    let mut child = services.spawn(&["--all", "--execute"]);
    // Three calls mean that all three actors have begun.
    wait_for(&mut child, || services.openai.calls() >= 3);
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let progress = services
        .workspace
        .json("debug/training_data_evaluation/progress-execute.json");
    assert_eq!(progress["total_count"], 3);
    assert_eq!(progress["completed_count"], 0);
    assert_eq!(services.data.counts_on_disk("9101_a"), counts(14, 4, 3));
    services.openai.set_delay(Duration::ZERO);
    let (code, _, err) = services.run(&["--all", "--execute"], &[]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(services.data.counts_on_disk("9103_c"), counts(13, 4, 3));
}

const PREFIX: &str = "system_actors/training_data/9101_a";

async fn upload(server: &s3_server::S3Server, bucket: &str, prefix: &str, pictures: &[Picture]) {
    let client = server.client();
    for picture in pictures {
        client
            .put_object()
            .bucket(bucket)
            .key(format!("{prefix}/{}", picture.name))
            .body(picture.bytes.clone().into())
            .send()
            .await
            .unwrap();
    }
}

async fn keys(server: &s3_server::S3Server, bucket: &str, prefix: &str) -> Vec<String> {
    let listed = server
        .client()
        .list_objects_v2()
        .bucket(bucket)
        .prefix(prefix)
        .send()
        .await
        .unwrap();
    listed
        .contents()
        .iter()
        .filter_map(|object| object.key().map(str::to_owned))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_stored_only_as_objects_are_balanced() {
    let server = s3_server::start().await;
    server.create_bucket("story-boards-assets");
    let mut services = tokio::task::block_in_place(Services::new);
    let url = format!("https://story-boards-assets.s3.us-west-1.amazonaws.com/{PREFIX}");
    let pictures = services
        .data
        .actor("9101_a")
        .pictures_of(counts(16, 3, 3))
        .objects_at(&url)
        .without_local_copies()
        .write();
    upload(&server, "story-boards-assets", PREFIX, &pictures).await;
    let environment = with_s3(&server);
    let (code, out, err) = tokio::task::block_in_place(|| {
        services.run(&["--actor-id", "9101", "--execute"], &environment)
    });
    assert_eq!(code, 0, "{out}{err}");
    let there = keys(&server, "story-boards-assets", PREFIX).await;
    assert_eq!(there.len(), 20);
    assert!(
        there.contains(&format!("{PREFIX}/9101_a_23.jpg")),
        "{there:?}"
    );
    assert_eq!(
        keys(&server, "story-boards-assets", "trash/").await.len(),
        3
    );
    let manifest = services
        .workspace
        .json("data/actors/9101_a/training_data/manifest.json");
    let new = &manifest["images"]["9101_a_23.jpg"];
    assert_eq!(new["s3_url"], format!("{url}/9101_a_23.jpg"));
    assert_eq!(manifest["total_images"], 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn data_folder_in_a_bucket_is_balanced() {
    let server = s3_server::start().await;
    server.create_bucket("tdbal-data");
    let mut services = tokio::task::block_in_place(Services::new);
    services.data.actor_of("9101_a", counts(15, 3, 3));
    for (name, bytes) in services.data.files() {
        let key = format!("sets/data/{name}");
        let put = server.client().put_object().bucket("tdbal-data").key(key);
        put.body(bytes.into()).send().await.unwrap();
    }
    let environment = with_s3(&server);
    let args = [
        "--all",
        "--execute",
        "--data-dir",
        "s3://tdbal-data/sets/data",
    ];
    let (code, out, err) = tokio::task::block_in_place(|| services.run(&args, &environment));
    assert_eq!(code, 0, "{out}{err}");
    let folder = "sets/data/actors/9101_a/training_data/";
    assert_eq!(
        keys(&server, "tdbal-data", folder).await.len(),
        21,
        "20 and the manifest"
    );
    let trash = keys(&server, "tdbal-data", "sets/data/trash/").await;
    assert_eq!(
        trash.iter().filter(|key| key.contains("/9101_a_")).count(),
        2,
        "{trash:?}"
    );
    let empty = ["--all", "--data-dir", "s3://tdbal-data/elsewhere"];
    let (code, _, err) = tokio::task::block_in_place(|| services.run(&empty, &environment));
    assert_eq!(code, 1);
    assert!(err.contains("No actors found with training data in s3://tdbal-data/elsewhere/actors"));
}
