//! What runs leave behind: journals, markers of open runs, locks.

use super::*;
use actor_lock::Holder;
use journal::run::record::{Ending, OrderKey, Record, Step};
use replicate_gen::{PredictionId, Prompt};
use storage::place::{NewPlace, PlaceStore};
use tdbal_types::{ActorId, ImageName, Usd};

fn actor() -> ActorId {
    ActorId::new(ACTOR).unwrap()
}

async fn journal(world: &World, run_id: &str, steps: Vec<Step>) {
    let journals = world.executor().data.journals;
    let (run, actor) = (run(run_id), actor());
    journals.open(&run, &actor).await.unwrap();
    for (position, step) in steps.into_iter().enumerate() {
        let record = Record {
            time: "2026-11-21T09:00:00.000000".into(),
            step,
        };
        let line = serde_json::to_vec(&record).unwrap();
        let number = position as u64 + 1;
        let append = journals.append(&run, &actor, number, line.into());
        append.await.unwrap();
    }
}

/// Writes the journal of a run that stored a picture but has not committed it.
pub(super) async fn generated_file(world: &World, name: &str) {
    let order = OrderKey {
        class: ImageClass::Photorealistic,
        ordinal: 1,
    };
    let prompt = Prompt {
        class: order.class,
        scene: "s".into(),
        technique: "t".into(),
        text: "a person".into(),
    };
    let steps = vec![
        Step::Begun,
        Step::Order {
            order,
            attempt: 1,
            prompt,
            seed: 1,
            price: Usd::ZERO,
        },
        Step::Ordered {
            order,
            prediction: PredictionId::new("p1").unwrap(),
            model: "m".into(),
        },
        Step::Store {
            order,
            name: ImageName::new(name).unwrap(),
            number: 50,
            sha256: storage::sha256(b"x"),
            size: 1,
            cost: Usd::ZERO,
            at: vec![NewPlace {
                store: PlaceStore::Data,
                key: ObjectKey::new(format!("{FOLDER}/{name}")).unwrap(),
            }],
            s3_url: None,
        },
    ];
    journal(world, "run-9", steps).await;
}

#[tokio::test]
async fn unfinished_run_is_reported_and_its_actor_not_fixed() {
    let world = healthy_world().await;
    damage(&world).await;
    journal(&world, "run-9", vec![Step::Begun]).await;
    let found = examine(&world, Depth::default()).await;
    let unfinished: Vec<&Finding> = found
        .findings
        .iter()
        .filter(|finding| kind(finding) == "unfinished")
        .collect();
    assert_eq!(unfinished.len(), 1);
    let text = unfinished[0].to_string();
    assert_eq!(
        text,
        "run run-9 is unfinished (started 2026-11-21T09:00:00.000000): the set is unchanged"
    );
    assert_eq!(unfinished[0].advice(), "run tdbal resume run-9");
    assert!(plan(&found, "r").is_empty());
    // The same if the run became unfinished after the plan was made.
    let world = healthy_world().await;
    damage(&world).await;
    let plan = plan(&examine(&world, Depth::default()).await, "r");
    journal(&world, "run-9", vec![Step::Begun]).await;
    let before = snapshot(&world).await;
    let report = fix(&world, &plan).await;
    let error = report.actors[0].error.as_deref().unwrap();
    assert!(error.contains("tdbal resume run-9"), "{error}");
    assert_eq!(snapshot(&world).await, before);
}

#[tokio::test]
async fn markers_of_ended_or_unstarted_runs_are_removed() {
    for steps in [
        vec![],
        vec![
            Step::Begun,
            Step::Done {
                ending: Ending::Complete,
            },
        ],
    ] {
        let world = healthy_world().await;
        journal(&world, "run-9", steps).await;
        let found = examine(&world, Depth::default()).await;
        assert_eq!(kinds(&found), ["over_marker"]);
        let report = fix(&world, &plan(&found, "r")).await;
        assert_eq!(report.failed(), 0, "{report:?}");
        assert_eq!(examine(&world, Depth::default()).await.findings, Vec::new());
        let open = world.executor().data.journals.open_logs().await.unwrap();
        assert_eq!(open, []);
    }
}

#[tokio::test]
async fn marker_stays_if_its_run_continues() {
    let world = healthy_world().await;
    journal(&world, "run-9", vec![]).await;
    let plan = plan(&examine(&world, Depth::default()).await, "r");
    journal(&world, "run-9", vec![Step::Begun]).await;
    let report = fix(&world, &plan).await;
    assert_eq!(report.failed(), 1, "{report:?}");
    assert_eq!(
        kinds(&examine(&world, Depth::default()).await),
        ["unfinished"]
    );
}

#[tokio::test]
async fn unreadable_journal_is_reported_and_its_actor_not_fixed() {
    let world = healthy_world().await;
    let found = examine(&world, Depth::default()).await;
    assert_eq!(found.findings, Vec::new());
    let executor = world.executor();
    let discovery = dataset::discover(&executor.data.reader()).await.unwrap();
    let journals = executor.data.journals.clone();
    let (later, actor) = (run("run-9"), actor());
    journals.open(&later, &actor).await.unwrap();
    let append = journals.append(&later, &actor, 1, "{\"step\":\"later\"}".into());
    append.await.unwrap();
    damage(&world).await;
    let found = examine_these(&executor, &discovery, None, Depth::default()).await;
    assert!(kinds(&found).contains(&"journal".to_owned()));
    assert!(plan(&found, "r").is_empty());
}

#[tokio::test]
async fn locks_are_reported_as_active_or_stale() {
    let world = healthy_world().await;
    let locks = world.executor().data.locks;
    let holder = Holder {
        run: run("run-9"),
        host: "test".into(),
        pid: 7,
    };
    let held = locks.acquire(&actor(), &holder).await.unwrap();
    let found = examine(&world, Depth::default()).await;
    assert_eq!(kinds(&found), ["at_work"]);
    let text = found.findings[0].to_string();
    assert_eq!(
        text,
        "run run-9 (process 7 on test) is working on this actor"
    );
    held.release().await.unwrap();
    assert_eq!(examine(&world, Depth::default()).await.findings, Vec::new());
    // A crashed process leaves its name in the lock file.
    let file = world
        .output
        .path()
        .join(format!("locks/locks/{ACTOR}.lock"));
    std::fs::write(file, serde_json::to_vec(&holder).unwrap()).unwrap();
    let found = examine(&world, Depth::default()).await;
    assert_eq!(kinds(&found), ["stale_lock"]);
}

#[tokio::test]
async fn running_run_is_not_reported_as_unfinished() {
    let world = healthy_world().await;
    journal(&world, "run-9", vec![Step::Begun]).await;
    let holder = Holder {
        run: run("run-9"),
        host: "test".into(),
        pid: 7,
    };
    let locks = world.executor().data.locks;
    let held = locks.acquire(&actor(), &holder).await.unwrap();
    let found = examine(&world, Depth::default()).await;
    assert_eq!(kinds(&found), ["at_work"]);
    held.release().await.unwrap();
    assert_eq!(
        kinds(&examine(&world, Depth::default()).await),
        ["unfinished"]
    );
}

#[tokio::test]
async fn locked_actor_is_not_fixed() {
    let world = healthy_world().await;
    damage(&world).await;
    let plan = plan(&examine(&world, Depth::default()).await, "r");
    let holder = Holder {
        run: run("run-9"),
        host: "test".into(),
        pid: 7,
    };
    let locks = world.executor().data.locks;
    let held = locks.acquire(&actor(), &holder).await.unwrap();
    let before = snapshot(&world).await;
    let report = fix(&world, &plan).await;
    let error = report.actors[0].error.as_deref().unwrap();
    assert!(error.contains("is working on this actor"), "{error}");
    assert_eq!(snapshot(&world).await, before);
    held.release().await.unwrap();
}

#[tokio::test]
async fn locks_in_named_buckets_are_reported() {
    use actor_lock::{LeaseLocks, LeaseSettings};
    let world = healthy_world().await;
    let bucket = world.buckets.bucket("bucket", None).await.unwrap();
    let locks: std::sync::Arc<dyn actor_lock::ActorLocks> = std::sync::Arc::new(LeaseLocks::new(
        bucket,
        dataset::layout::STATE,
        LeaseSettings::default(),
        std::sync::Arc::new(jiff::Timestamp::now),
        std::sync::Arc::new(|_| None),
    ));
    let holder = Holder {
        run: run("run-9"),
        host: "elsewhere".into(),
        pid: 7,
    };
    let held = locks.acquire(&actor(), &holder).await.unwrap();
    assert_eq!(kinds(&examine(&world, Depth::default()).await), ["at_work"]);
    held.release().await.unwrap();
    assert_eq!(examine(&world, Depth::default()).await.findings, Vec::new());
}
