//! Keeping a lease, learning that it is lost, and giving it back.

use super::*;
use storage::{Condition, Effect, Operation, Rule};

#[tokio::test(start_paused = true)]
async fn it_is_renewed_as_long_as_it_is_held() {
    let world = World::new();
    let (one, other) = (world.machine(1), world.machine(2));
    let lock = one.acquire().await.unwrap();
    let first = world.lease().await.unwrap();
    for _ in 0..40 {
        tokio::time::sleep(seconds(17)).await;
        assert!(other.acquire().await.unwrap_err().is_held());
    }
    tokio::time::sleep(seconds(1)).await;
    let last = world.lease().await.unwrap();
    assert_eq!(
        (&last.nonce, last.acquired_at),
        (&first.nonce, first.acquired_at)
    );
    let renewed = last.renewed_at.duration_since(first.renewed_at);
    assert_eq!(renewed.as_secs(), 17 * 40 / 20 * 20, "each 20 seconds");
    lock.check().await.unwrap();

    lock.release().await.unwrap();
    tokio::time::sleep(ttl()).await;
    assert!(world.lease().await.is_none(), "no renewal comes after that");
}

#[tokio::test(start_paused = true)]
async fn settings_that_would_lose_it_are_made_sound() {
    let world = World::new();
    let slow = LeaseSettings {
        time_to_live: Duration::from_hours(100),
        renew_every: Duration::from_hours(100),
    };
    let (one, other) = (world.machine_with(1, slow), world.machine(2));
    let lock = one.acquire().await.unwrap();
    tokio::time::sleep(Duration::from_hours(30)).await;
    lock.check().await.unwrap();
    other.jump(1_000_000);
    assert!(other.acquire().await.unwrap_err().is_held());
    lock.check().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_lost_it_learns_that_and_gives_nothing_back() {
    let world = World::new();
    let (one, other) = (world.machine(1), world.machine(2));
    let lock = one.acquire().await.unwrap();
    world.dead.lock().unwrap().insert(1);
    let taken = other.acquire().await.unwrap();
    let lost = lock.check().await.unwrap_err();
    assert_eq!(
        lost.to_string(),
        "0004_a: the lock memory:m: p/.tdbal/locks/0004_a.json is lost (run run-2 (process 2 on \
         host-2) has it): nothing more is done to this actor; run again to go on"
    );
    lock.release().await.unwrap();
    taken.check().await.unwrap();
    assert_eq!(world.lease().await.unwrap().holder.pid, 2);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_was_removed_or_replaced_is_lost_for_good() {
    for is_replaced in [false, true] {
        for is_found_by_renewal in [false, true] {
            let world = World::new();
            let one = world.machine(1);
            let lock = one.acquire().await.unwrap();
            let lease = world
                .store
                .get_optional(&lease_key(), MAX_LEASE)
                .await
                .unwrap();
            let key = lease_key();
            world.store.delete(&key, Condition::Always).await.unwrap();
            if is_replaced {
                world.put(&key, "{}").await;
            }
            if is_found_by_renewal {
                tokio::time::sleep(seconds(21)).await;
            } else {
                assert!(lock.check().await.unwrap_err().is_lost());
            }
            // What was lost stays lost, even if it comes back.
            world.put(&key, lease.unwrap().bytes).await;
            assert!(lock.check().await.unwrap_err().is_lost());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_for_a_while_loses_nothing() {
    let world = World::new();
    let one = world.machine(1);
    let lock = one.acquire().await.unwrap();
    tokio::time::sleep(seconds(19)).await;
    one.way.inject(Rule::new(Operation::ALL, Effect::Transient));
    for _ in 0..25 {
        tokio::time::sleep(seconds(1)).await;
        lock.check().await.unwrap();
    }
    one.way.heal();
    lock.check().await.unwrap();
    let left = world.lease().await.unwrap();
    assert_eq!(
        left.renewed_at.as_second() - left.acquired_at.as_second(),
        44
    );
    tokio::time::sleep(seconds(600)).await;
    lock.check().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_holder_stops_before_another_can_begin() {
    let world = World::new();
    let (one, other) = (world.machine(1), world.machine(2));
    let lock = one.acquire().await.unwrap();
    one.way.inject(Rule::new(Operation::ALL, Effect::Transient));
    tokio::time::sleep(seconds(45)).await;
    lock.check().await.unwrap();
    tokio::time::sleep(seconds(1)).await;
    let lost = lock.check().await.unwrap_err();
    assert!(lost.is_lost());
    assert!(lost.to_string().contains("could not be renewed"), "{lost}");
    assert!(other.acquire().await.unwrap_err().is_held(), "not before");
    one.way.heal();
    assert!(lock.check().await.unwrap_err().is_lost(), "for good");
    // It is still there, and nobody else's.
    lock.release().await.unwrap();
    other.acquire().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_to_the_end_is_a_loss() {
    let world = World::new();
    let one = world.machine(1);
    let lock = one.acquire().await.unwrap();
    one.way
        .inject(Rule::new([Operation::Put], Effect::Permanent));
    tokio::time::sleep(seconds(61)).await;
    one.way.heal();
    assert!(lock.check().await.unwrap_err().is_lost());
}

#[tokio::test(start_paused = true)]
async fn renewals_whose_answers_were_lost_are_renewals() {
    let world = World::new();
    let one = world.machine(1);
    let lock = one.acquire().await.unwrap();
    one.way
        .inject(Rule::new([Operation::Put], Effect::AnswerLost).times(3));
    tokio::time::sleep(seconds(300)).await;
    lock.check().await.unwrap();
    one.way
        .inject(Rule::new([Operation::Put], Effect::AnswerLost).times(1));
    tokio::time::sleep(seconds(20)).await;
    lock.release().await.unwrap();
    assert!(world.lease().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn giving_back_that_fails_is_told_and_it_expires() {
    let world = World::new();
    let (one, other) = (world.machine(1), world.machine(2));
    let lock = one.acquire().await.unwrap();
    one.way
        .inject(Rule::new([Operation::Delete], Effect::Transient).times(1));
    let error = lock.release().await.unwrap_err();
    assert!(matches!(error, LockError::Store { .. }), "{error:?}");
    other.acquire_waiting(seconds(120)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn giving_back_tries_again_where_a_renewal_came_between() {
    let world = World::new();
    let one = world.machine(1);
    let lock = one.acquire().await.unwrap();
    one.way
        .inject(Rule::new([Operation::Delete], Effect::Changed).times(2));
    lock.release().await.unwrap();
    assert!(world.lease().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn giving_back_takes_nothing_from_who_took_it_over_meanwhile() {
    let world = World::new();
    let (one, other) = (world.machine(1), world.machine(2));
    let lock = one.acquire().await.unwrap();
    let lease = world.lease().await.unwrap();
    let others = Lease::new(other.holder, "others".into(), lease.expires_at, ttl());
    *world.store.intrusion.lock().unwrap() = Some(encode(&others));
    lock.release().await.unwrap();
    assert_eq!(world.lease().await, Some(others));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_does_not_keep_a_holder_from_stopping_in_time() {
    let world = World::new();
    let lock = world.machine(1).acquire().await.unwrap();
    world.store.hangs.store(true, Ordering::SeqCst);
    let begun = Instant::now();
    // It asks again and again; what it is told was so when it was told.
    let lost = loop {
        match lock.check().await {
            Ok(()) => assert!(begun.elapsed() <= ttl() * 3 / 4, "{:?}", begun.elapsed()),
            Err(error) => break error,
        }
    };
    assert!(lost.is_lost());
    assert!(lost.to_string().contains("does not answer"), "{lost}");
    assert!(begun.elapsed() <= ttl(), "{:?}", begun.elapsed());
}
