//! `tdbal resume`, and runs that finish an earlier one first.

use crate::loopback::{Services, counts, wait_for, with_s3};
use crate::workspace::Workspace;
use serde_json::Value;
use test_support::s3_server;

/// Kills an execution over two actors after an order, before any picture arrives.
fn killed() -> Services {
    let mut services = Services::new();
    services.data.actor_of("9101_a", counts(15, 2, 4));
    services.data.actor_of("9102_b", counts(15, 4, 2));
    services.replicate.set_polls(usize::MAX);
    let mut child = services.spawn(&["--all", "--execute"]);
    wait_for(&mut child, || services.replicate.orders() >= 3);
    child.kill().unwrap();
    child.wait().unwrap();
    services.replicate.set_polls(1);
    services
}

fn check(services: &Services) {
    for actor in ["9101_a", "9102_b"] {
        assert_eq!(services.data.counts_on_disk(actor), counts(13, 4, 3));
    }
    assert_eq!(services.replicate.paid().len(), 3, "nothing is paid twice");
    let (code, out, _) = services.run(&["resume"], &[]);
    assert_eq!((code, out.as_str()), (0, NOTHING));
}

const NOTHING: &str = "Nothing to resume: all runs are finished\n";

#[test]
fn resume_without_unfinished_runs_does_nothing() {
    let workspace = Workspace::with_fixtures();
    let (code, out, err) = workspace.run(&["resume"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, NOTHING, ""));
    let (code, out, _) = workspace.run(&["resume", "--json"]);
    assert_eq!(code, 0);
    let reported: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(reported["runs"].as_array().unwrap().len(), 0);
    let (code, _, err) = workspace.run(&["resume", "20261122T110650Z-0123abcd"]);
    assert_eq!(code, 1);
    assert!(
        err.contains("run 20261122T110650Z-0123abcd not found in "),
        "{err}"
    );
}

#[test]
fn killed_run_is_resumed_by_name_once() {
    let services = killed();
    let runs = std::fs::read_dir(services.workspace.path("data/.tdbal/runs")).unwrap();
    let runs: Vec<String> = runs
        .map(|run| run.unwrap().file_name().into_string().unwrap())
        .collect();
    let [run] = runs.as_slice() else {
        panic!("{runs:?}");
    };
    // A dry run reports the unfinished run and needs nothing else.
    let (code, _, err) = services.run(&["--all"], &[]);
    assert_eq!(code, 0, "{err}");
    let warning = format!("run {run} is not finished (2 actors): run `tdbal resume` to finish it");
    assert!(err.contains(&warning), "{err}");
    let (code, out, err) = services.run(&["resume", run, "--json"], &[]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        err.contains(&format!("Finishing run {run}: 2 actors")),
        "{err}"
    );
    let reported: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(reported["runs"][0]["run_id"], run.as_str());
    assert_eq!(reported["runs"][0]["totals"]["changed"], 2);
    check(&services);
    let (code, out, _) = services.run(&["resume", run], &[]);
    assert_eq!(code, 0);
    assert_eq!(out, format!("Nothing to resume: run {run} is finished\n"));
}

#[test]
fn execution_finishes_a_killed_run_first() {
    let services = killed();
    let looked = services.openai.calls();
    let (code, out, err) = services.run(&["--all", "--execute", "--json"], &[]);
    assert_eq!(code, 0, "{out}{err}");
    let first = err.lines().find(|line| line.starts_with("Finishing run "));
    assert!(first.unwrap().ends_with(" first: 2 actors"), "{err}");
    let reported: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(reported["finished_first"][0]["totals"]["changed"], 2);
    assert_eq!(reported["totals"]["balanced"].as_u64(), Some(0), "{out}");
    assert_eq!(reported["totals"]["resumed"], 2, "{out}");
    assert_eq!(
        services.openai.calls() - looked,
        3,
        "only the three pictures that came are looked at: what was just done is not done again"
    );
    check(&services);
}

/// A process that crashed after its last actor and before it closed the run.
#[test]
fn completed_but_open_run_is_only_closed() {
    let workspace = Workspace::with_fixtures();
    let args = ["--actor-id", "9002", "--execute", "-q"];
    let args = [&args[..], &["--evaluator", "replay:replies"]].concat();
    let args = [&args[..], &["--generator", "replay:generated"]].concat();
    assert_eq!(workspace.run(&args).0, 0);
    let runs = std::fs::read_dir(workspace.path("data/.tdbal/runs")).unwrap();
    let run = runs.last().unwrap().unwrap().file_name();
    let run = run.into_string().unwrap();
    let list = format!("{{\"runs\": [\"{run}\"]}}");
    workspace.write("data/.tdbal/state/unfinished.json", &list);
    let before = workspace.tree("data/actors");
    let (code, _, err) = workspace.run(&["resume", &run]);
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains(&format!("Finishing run {run}: 0 actors")),
        "{err}"
    );
    assert!(workspace.tree("data/actors") == before);
    let (code, out, _) = workspace.run(&["resume"]);
    assert_eq!((code, out.as_str()), (0, NOTHING));
}

/// A run of `doctor --fix` has a journal but no plan.
#[test]
fn run_without_a_plan_can_be_resumed() {
    let workspace = Workspace::with_fixtures();
    let run = "20261122T110650Z-0123abcd";
    let actor = "9002_andean_31_female";
    let record = "{\"time\":\"2026-11-22T11:06:50.123456\",\"step\":\"begun\"}\n";
    let journal = format!("data/.tdbal/runs/{run}/actors/{actor}.jsonl");
    workspace.write(&journal, record);
    workspace.write(&format!("data/.tdbal/open/{actor}/{run}"), "");
    let (code, _, err) = workspace.run(&["--actor-id", "9001", "--evaluator", "replay:replies"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains(&format!("run {run} is not finished (1 actor)")),
        "{err}"
    );
}

#[test]
fn resume_without_needed_keys_changes_nothing() {
    let services = killed();
    let before = services.data.files();
    for args in [vec!["resume"], vec!["--all", "--execute", "--delete-only"]] {
        let output = services.workspace.tdbal(&args).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(
            err.contains("OPENAI_API_KEY") && err.contains("REPLICATE_API_TOKEN"),
            "{err}"
        );
    }
    assert!(services.data.files() == before);
    let (code, ..) = services.run(&["resume"], &[]);
    assert_eq!(code, 0);
    check(&services);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_run_in_a_bucket_is_resumed_there() {
    let server = s3_server::start().await;
    server.create_bucket("tdbal-data");
    let mut services = tokio::task::block_in_place(Services::new);
    services.data.actor_of("9101_a", counts(15, 3, 3));
    for (name, bytes) in services.data.files() {
        let key = format!("sets/data/{name}");
        let put = server.client().put_object().bucket("tdbal-data").key(key);
        put.body(bytes.into()).send().await.unwrap();
    }
    let settings = services.workspace.read("tdbal.toml");
    let lock = "[lock]\ntime_to_live_s = 3600.0\npatience_s = 0.0\n";
    services
        .workspace
        .write("tdbal.toml", &format!("{settings}{lock}"));
    let environment = with_s3(&server);
    let place = ["--data-dir", "s3://tdbal-data/sets/data"];
    tokio::task::block_in_place(|| {
        services.replicate.set_polls(usize::MAX);
        let mut child =
            services.spawn_with(&["--all", "--execute", place[0], place[1]], &environment);
        wait_for(&mut child, || services.replicate.orders() >= 1);
        child.kill().unwrap();
        child.wait().unwrap();
        services.replicate.set_polls(1);
        // The lease of a local process that has ended is not waited for.
        let (code, out, err) = services.run(&["resume", place[0], place[1]], &environment);
        assert_eq!(code, 0, "{out}{err}");
        assert_eq!(services.replicate.paid().len(), 1);
    });
    let keys = server.client().list_objects_v2().bucket("tdbal-data");
    let folder = "sets/data/actors/9101_a/training_data/";
    let listed = keys.prefix(folder).send().await.unwrap();
    assert_eq!(listed.contents().len(), 21, "20 and the manifest");
}
