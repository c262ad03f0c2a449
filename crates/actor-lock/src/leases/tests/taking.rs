//! Acquiring a lease, losing the race for it, and taking over an expired one.

use super::*;
use storage::{Effect, ObjectRead as _, Operation, Rule};
use tokio::task::JoinSet;

#[tokio::test(start_paused = true)]
async fn lease_excludes_others_until_released() {
    let cluster = Cluster::new();
    let (one, other) = (cluster.machine(1), cluster.machine(2));
    let lock = one.acquire().await.unwrap();
    let error = other.acquire().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "0004_a: run run-1 (process 1 on host-1) is working on this actor (lease expires at \
         2027-01-15T08:01:00Z unless renewed); wait for it to finish, or stop it"
    );
    assert!(
        one.acquire().await.unwrap_err().is_held(),
        "second acquisition"
    );
    lock.check().await.unwrap();
    lock.release().await.unwrap();
    assert_eq!(
        cluster.store.list("").await.unwrap(),
        [],
        "release deletes the lease"
    );

    let lock = other.acquire().await.unwrap();
    assert!(one.acquire().await.unwrap_err().is_held());
    lock.check().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn lease_of_dead_holder_is_free_when_it_expires() {
    let cluster = Cluster::new();
    let (one, other) = (cluster.machine(1), cluster.machine(2));
    drop(one.acquire().await.unwrap());
    tokio::time::sleep(seconds(10)).await;
    let LockError::Held {
        until, again_after, ..
    } = other.acquire().await.unwrap_err()
    else {
        panic!("the lease has not expired yet");
    };
    assert_eq!(until, Some(cluster.lease().await.unwrap().expires_at));
    assert_eq!(again_after, Some(seconds(30)));

    let start = Instant::now();
    let held = other.acquire_waiting(seconds(600)).await.unwrap();
    assert!(start.elapsed() >= seconds(50), "{:?}", start.elapsed());
    assert!(start.elapsed() < seconds(60), "{:?}", start.elapsed());
    held.check().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn lease_expired_long_ago_is_watched_once_then_taken() {
    let cluster = Cluster::new();
    let (one, other) = (cluster.machine(1), cluster.machine(2));
    drop(one.acquire().await.unwrap());
    tokio::time::sleep(seconds(86_400)).await;
    let start = Instant::now();
    let lock = other.acquire().await.unwrap();
    assert_eq!(start.elapsed(), ttl() / 2);
    lock.check().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn lease_of_holder_known_dead_is_free_at_once() {
    let cluster = Cluster::new();
    let (one, other) = (cluster.machine(1), cluster.machine(2));
    drop(one.acquire().await.unwrap());
    cluster.dead.lock().unwrap().insert(1);
    let start = Instant::now();
    other.acquire().await.unwrap().check().await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn wait_ends_when_patience_is_over_or_holder_is_alive() {
    let cluster = Cluster::new();
    let (one, other, third) = (cluster.machine(1), cluster.machine(2), cluster.machine(3));
    let lock = one.acquire().await.unwrap();
    let start = Instant::now();
    let error = other.acquire_waiting(seconds(3600)).await.unwrap_err();
    assert!(
        matches!(
            error,
            LockError::Held {
                again_after: None,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(start.elapsed(), ttl() / 2, "after a renewal was seen");

    drop(lock);
    let start = Instant::now();
    let error = third.acquire_waiting(seconds(7)).await.unwrap_err();
    assert!(error.is_held());
    assert_eq!(start.elapsed(), seconds(7));
}

#[tokio::test(start_paused = true)]
async fn renewal_seen_much_later_does_not_prove_life() {
    let cluster = Cluster::new();
    let (one, other) = (cluster.machine(1), cluster.machine(2));
    let lock = one.acquire().await.unwrap();
    assert!(other.acquire().await.unwrap_err().is_held());
    tokio::time::sleep(seconds(30)).await;
    drop(lock);
    tokio::time::sleep(seconds(3600)).await;
    other.acquire().await.unwrap().check().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn exactly_one_of_many_concurrent_runs_acquires() {
    for is_expired in [false, true] {
        let cluster = Cluster::new();
        if is_expired {
            drop(cluster.machine(99).acquire().await.unwrap());
            tokio::time::sleep(seconds(600)).await;
        }
        let mut tasks = JoinSet::new();
        for pid in 1..=16 {
            let machine = cluster.machine(pid);
            tasks.spawn(async move { machine.acquire().await });
        }
        let (won, lost): (Vec<_>, Vec<_>) =
            tasks.join_all().await.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 15));
        for error in lost {
            let error = error.unwrap_err();
            let LockError::Held { holder, .. } = &error else {
                panic!("{error:?}");
            };
            assert_eq!(
                **holder.as_ref().unwrap(),
                cluster.lease().await.unwrap().holder
            );
        }
        won.into_iter()
            .next()
            .unwrap()
            .unwrap()
            .check()
            .await
            .unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn acquire_with_lost_response_succeeds() {
    let cluster = Cluster::new();
    let one = cluster.machine(1);
    one.connection
        .inject(Rule::new([Operation::Put], Effect::AnswerLost).times(1));
    let lock = one.acquire().await.unwrap();
    tokio::time::sleep(seconds(600)).await;
    lock.check().await.unwrap();
    lock.release().await.unwrap();
    assert!(cluster.lease().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn denied_store_call_is_a_store_error_not_held() {
    let cluster = Cluster::new();
    let one = cluster.machine(1);
    for operation in [Operation::Get, Operation::Put] {
        one.connection
            .inject(Rule::new([operation], Effect::Denied).times(1));
        let error = one.acquire().await.unwrap_err();
        assert!(matches!(error, LockError::Store { .. }), "{error:?}");
        assert!(std::error::Error::source(&error).is_some());
    }
    assert!(cluster.lease().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn unparsable_lease_is_held_for_the_time_to_live() {
    let cluster = Cluster::new();
    cluster.put(&lease_key(), "not a lease").await;
    let start = Instant::now();
    cluster.machine(1).acquire().await.unwrap();
    assert_eq!(start.elapsed(), ttl());
}

#[tokio::test(start_paused = true)]
async fn list_shows_leases_with_their_holders() {
    let cluster = Cluster::new();
    let (one, other) = (cluster.machine(1), cluster.machine(2));
    assert_eq!(one.locks.list().await.unwrap(), []);
    let died = ActorId::new("0001_b").unwrap();
    drop(one.locks.acquire(&died, &one.holder).await.unwrap());
    tokio::time::sleep(ttl()).await;
    let lock = one.acquire().await.unwrap();
    for (name, text) in [("0002_c.json", "?"), ("notes.txt", "not a lock")] {
        let key = ObjectKey::new(format!("p/.tdbal/locks/{name}")).unwrap();
        cluster.put(&key, text).await;
    }
    let listed: Vec<_> = other
        .locks
        .list()
        .await
        .unwrap()
        .into_iter()
        .map(|lock| {
            let pid = lock.holder.map(|holder| holder.pid);
            (
                lock.actor.to_string(),
                pid,
                lock.until.is_some(),
                lock.stale,
            )
        })
        .collect();
    assert_eq!(
        listed,
        [
            ("0001_b".to_owned(), Some(1), true, true),
            ("0002_c".to_owned(), None, false, true),
            ("0004_a".to_owned(), Some(1), true, false),
        ]
    );
    cluster.dead.lock().unwrap().insert(1);
    assert!(
        other
            .locks
            .list()
            .await
            .unwrap()
            .iter()
            .all(|lock| lock.stale)
    );
    lock.check().await.unwrap();
}
