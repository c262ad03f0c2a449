//! Taking a lease, losing the race for it, and taking it over.

use super::*;
use storage::{Effect, ObjectRead as _, Operation, Rule};
use tokio::task::JoinSet;

#[tokio::test(start_paused = true)]
async fn two_exclude_each_other_until_one_gives_back() {
    let world = World::new();
    let (one, other) = (world.machine(1), world.machine(2));
    let lock = one.acquire().await.unwrap();
    let refusal = other.acquire().await.unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "0004_a: run run-1 (process 1 on host-1) works on this actor (until \
         2027-01-15T08:01:00Z, unless it goes on): wait until it has ended, or stop it first"
    );
    assert!(one.acquire().await.unwrap_err().is_held(), "taken twice");
    lock.check().await.unwrap();
    lock.release().await.unwrap();
    assert_eq!(world.store.list("").await.unwrap(), [], "nothing is left");

    let lock = other.acquire().await.unwrap();
    assert!(one.acquire().await.unwrap_err().is_held());
    lock.check().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_holder_left_is_free_when_it_expires() {
    let world = World::new();
    let (one, other) = (world.machine(1), world.machine(2));
    drop(one.acquire().await.unwrap());
    tokio::time::sleep(seconds(10)).await;
    let LockError::Held {
        until, again_after, ..
    } = other.acquire().await.unwrap_err()
    else {
        panic!("it is not free yet");
    };
    assert_eq!(until, Some(world.lease().await.unwrap().expires_at));
    assert_eq!(again_after, Some(seconds(30)));

    let begun = Instant::now();
    let held = other.acquire_waiting(seconds(600)).await.unwrap();
    assert!(begun.elapsed() >= seconds(50), "{:?}", begun.elapsed());
    assert!(begun.elapsed() < seconds(60), "{:?}", begun.elapsed());
    held.check().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_that_expired_long_ago_is_watched_once_and_taken() {
    let world = World::new();
    let (one, other) = (world.machine(1), world.machine(2));
    drop(one.acquire().await.unwrap());
    tokio::time::sleep(seconds(86_400)).await;
    let begun = Instant::now();
    let lock = other.acquire().await.unwrap();
    assert_eq!(begun.elapsed(), ttl() / 2);
    lock.check().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_is_known_to_be_dead_loses_it_at_once() {
    let world = World::new();
    let (one, other) = (world.machine(1), world.machine(2));
    drop(one.acquire().await.unwrap());
    world.dead.lock().unwrap().insert(1);
    let begun = Instant::now();
    other.acquire().await.unwrap().check().await.unwrap();
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn waiting_ends_with_patience_and_where_the_holder_lives() {
    let world = World::new();
    let (one, other, third) = (world.machine(1), world.machine(2), world.machine(3));
    let lock = one.acquire().await.unwrap();
    let begun = Instant::now();
    let refusal = other.acquire_waiting(seconds(3600)).await.unwrap_err();
    assert!(
        matches!(
            refusal,
            LockError::Held {
                again_after: None,
                ..
            }
        ),
        "{refusal:?}"
    );
    assert_eq!(begun.elapsed(), ttl() / 2, "it saw a renewal");

    drop(lock);
    let begun = Instant::now();
    let refusal = third.acquire_waiting(seconds(7)).await.unwrap_err();
    assert!(refusal.is_held());
    assert_eq!(begun.elapsed(), seconds(7));
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_renewed_once_more_and_died_is_not_taken_for_alive_later() {
    let world = World::new();
    let (one, other) = (world.machine(1), world.machine(2));
    let lock = one.acquire().await.unwrap();
    assert!(other.acquire().await.unwrap_err().is_held());
    tokio::time::sleep(seconds(30)).await;
    drop(lock);
    tokio::time::sleep(seconds(3600)).await;
    other.acquire().await.unwrap().check().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn of_many_at_once_one_wins() {
    for is_expired in [false, true] {
        let world = World::new();
        if is_expired {
            drop(world.machine(99).acquire().await.unwrap());
            tokio::time::sleep(seconds(600)).await;
        }
        let mut tasks = JoinSet::new();
        for pid in 1..=16 {
            let machine = world.machine(pid);
            tasks.spawn(async move { machine.acquire().await });
        }
        let (won, lost): (Vec<_>, Vec<_>) =
            tasks.join_all().await.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 15));
        for refusal in lost {
            let refusal = refusal.unwrap_err();
            let LockError::Held { holder, .. } = &refusal else {
                panic!("{refusal:?}");
            };
            assert_eq!(
                **holder.as_ref().unwrap(),
                world.lease().await.unwrap().holder
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
async fn taking_whose_answer_was_lost_is_taken() {
    let world = World::new();
    let one = world.machine(1);
    one.way
        .inject(Rule::new([Operation::Put], Effect::AnswerLost).times(1));
    let lock = one.acquire().await.unwrap();
    tokio::time::sleep(seconds(600)).await;
    lock.check().await.unwrap();
    lock.release().await.unwrap();
    assert!(world.lease().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_refuses_is_not_somebody_who_holds_it() {
    let world = World::new();
    let one = world.machine(1);
    for operation in [Operation::Get, Operation::Put] {
        one.way
            .inject(Rule::new([operation], Effect::Denied).times(1));
        let error = one.acquire().await.unwrap_err();
        assert!(matches!(error, LockError::Store { .. }), "{error:?}");
        assert!(std::error::Error::source(&error).is_some());
    }
    assert!(world.lease().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_held_for_the_time_to_live() {
    let world = World::new();
    world.put(&lease_key(), "not a lease").await;
    let begun = Instant::now();
    world.machine(1).acquire().await.unwrap();
    assert_eq!(begun.elapsed(), ttl());
}

#[tokio::test(start_paused = true)]
async fn leases_are_listed_with_their_holders() {
    let world = World::new();
    let (one, other) = (world.machine(1), world.machine(2));
    assert_eq!(one.locks.list().await.unwrap(), []);
    let died = ActorId::new("0001_b").unwrap();
    drop(one.locks.acquire(&died, &one.holder).await.unwrap());
    tokio::time::sleep(ttl()).await;
    let lock = one.acquire().await.unwrap();
    for (name, text) in [("0002_c.json", "?"), ("notes.txt", "not a lock")] {
        let key = ObjectKey::new(format!("p/.tdbal/locks/{name}")).unwrap();
        world.put(&key, text).await;
    }
    let told: Vec<_> = other
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
        told,
        [
            ("0001_b".to_owned(), Some(1), true, true),
            ("0002_c".to_owned(), None, false, true),
            ("0004_a".to_owned(), Some(1), true, false),
        ]
    );
    world.dead.lock().unwrap().insert(1);
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
