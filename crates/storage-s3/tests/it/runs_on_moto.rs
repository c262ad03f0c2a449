//! Journals and locks of runs on moto. Skipped, loudly, where it is not installed.

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
async fn journals_keep_the_contract() {
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

/// Locks for which only process `dead` is dead.
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
async fn of_many_that_want_a_lease_at_once_one_has_it() {
    let Some((_moto, store)) = server().await else {
        return;
    };
    let actor = ActorId::new("0004_european_35_male").unwrap();
    // Free; and left by a run that is dead, which all may take over.
    for is_left in [false, true] {
        if is_left {
            let left = locks(&store, RUNS).acquire(&actor, &holder(RUNS)).await;
            drop(left.unwrap());
        }
        let wanting: Vec<_> = (0..RUNS)
            .map(|pid| {
                let (locks, actor) = (locks(&store, RUNS), actor.clone());
                tokio::spawn(async move { locks.acquire(&actor, &holder(pid)).await })
            })
            .collect();
        let mut won = Vec::new();
        let mut lost = 0;
        for one in wanting {
            match one.await.unwrap() {
                Ok(lock) => won.push(lock),
                Err(LockError::Held { .. }) => lost += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!((won.len(), lost), (1, RUNS - 1));
        let lock = won.pop().unwrap();
        lock.check().await.unwrap();
        lock.release().await.unwrap();
        assert_eq!(store.list("").await.unwrap(), [], "nothing is left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_a_lease_learns_that() {
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
