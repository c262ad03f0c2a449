//! Journals and actor locks on moto. The tests are skipped, with a note, if moto is not installed.

use crate::fixture::{BUCKET, options};
use actor_lock::{ActorLocks as _, Holder, LeaseLocks, LeaseSettings, LockError};
use jiff::Timestamp;
use journal::ObjectJournals;
use std::sync::Arc;
use storage::ObjectRead as _;
use storage_s3::S3Store;
use tdbal_types::{ActorId, RunId};
use test_support::s3_server::moto::{self, Moto};

const PREFIX: &str = "system_actors/.tdbal";
const RUNS: u32 = 16;

async fn server() -> Option<(Moto, Arc<S3Store>)> {
    let moto = moto::start().await?;
    moto.create_bucket(BUCKET).await;
    let store = Arc::new(S3Store::new(moto.client(), BUCKET, options()));
    Some((moto, store))
}

#[tokio::test(flavor = "multi_thread")]
async fn journals_pass_the_conformance_suite() {
    let Some((_moto, store)) = server().await else {
        return;
    };
    let open = || Arc::new(ObjectJournals::new(store.clone(), PREFIX));
    journal::conformance::all(open(), open()).await;
}

fn holder(pid: u32) -> Holder {
    Holder {
        run: RunId::new(format!("run-{pid}")).unwrap(),
        host: "here".into(),
        pid,
    }
}

/// Locks for which the process `dead`, and no other, counts as dead.
fn locks(store: &Arc<S3Store>, dead: u32) -> LeaseLocks {
    LeaseLocks::new(
        store.clone(),
        PREFIX,
        LeaseSettings::default(),
        Arc::new(Timestamp::now),
        Arc::new(move |holder: &Holder| Some(holder.pid != dead)),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_one_of_many_runs_acquires_a_lease() {
    let Some((_moto, store)) = server().await else {
        return;
    };
    let actor = ActorId::new("0004_european_35_male").unwrap();
    // A free lease, and one that a dead run left behind, which every run may take over.
    for is_abandoned in [false, true] {
        if is_abandoned {
            let abandoned = locks(&store, RUNS).acquire(&actor, &holder(RUNS)).await;
            drop(abandoned.unwrap());
        }
        let attempts: Vec<_> = (0..RUNS)
            .map(|pid| {
                let (locks, actor) = (locks(&store, RUNS), actor.clone());
                tokio::spawn(async move { locks.acquire(&actor, &holder(pid)).await })
            })
            .collect();
        let mut acquired = Vec::new();
        let mut lost = 0;
        for attempt in attempts {
            match attempt.await.unwrap() {
                Ok(lock) => acquired.push(lock),
                Err(LockError::Held { .. }) => lost += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!((acquired.len(), lost), (1, RUNS - 1));
        let lock = acquired.pop().unwrap();
        lock.check().await.unwrap();
        lock.release().await.unwrap();
        assert_eq!(store.list("").await.unwrap(), [], "no lock object is left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn loss_of_a_lease_is_detected() {
    let Some((_moto, store)) = server().await else {
        return;
    };
    let actor = ActorId::new("0004_european_35_male").unwrap();
    let lost = locks(&store, 0).acquire(&actor, &holder(1)).await.unwrap();
    lost.check().await.unwrap();
    let taking = locks(&store, 1);
    let held = taking.acquire(&actor, &holder(2)).await.unwrap();
    assert!(lost.check().await.unwrap_err().is_lost());
    lost.release().await.unwrap();
    held.check().await.unwrap();
    let listed = taking.list().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].holder, Some(holder(2)));
}
