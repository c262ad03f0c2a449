//! Renewing a lease, noticing its loss, and releasing it.

use super::*;
use storage::{Condition, Effect, Operation, Rule};

#[tokio::test(start_paused = true)]
async fn lease_is_renewed_until_released() {
    let cluster = Cluster::new();
    let (one, other) = (cluster.machine(1), cluster.machine(2));
    let lock = one.acquire().await.unwrap();
    let first = cluster.lease().await.unwrap();
    for _ in 0..40 {
        tokio::time::sleep(seconds(17)).await;
        assert!(other.acquire().await.unwrap_err().is_held());
    }
    tokio::time::sleep(seconds(1)).await;
    let last = cluster.lease().await.unwrap();
    assert_eq!(
        (&last.nonce, last.acquired_at),
        (&first.nonce, first.acquired_at)
    );
    let renewed = last.renewed_at.duration_since(first.renewed_at);
    assert_eq!(renewed.as_secs(), 17 * 40 / 20 * 20, "every 20 seconds");
    lock.check().await.unwrap();

    lock.release().await.unwrap();
    tokio::time::sleep(ttl()).await;
    assert!(cluster.lease().await.is_none(), "not renewed after release");
}

#[tokio::test(start_paused = true)]
async fn settings_out_of_range_are_clamped() {
    let cluster = Cluster::new();
    let slow = LeaseSettings {
        time_to_live: Duration::from_hours(100),
        renew_every: Duration::from_hours(100),
    };
    let (one, other) = (cluster.machine_with(1, slow), cluster.machine(2));
    let lock = one.acquire().await.unwrap();
    tokio::time::sleep(Duration::from_hours(30)).await;
    lock.check().await.unwrap();
    other.jump(1_000_000);
    assert!(other.acquire().await.unwrap_err().is_held());
    lock.check().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn lost_lease_fails_check_and_release_keeps_new_lease() {
    let cluster = Cluster::new();
    let (one, other) = (cluster.machine(1), cluster.machine(2));
    let lock = one.acquire().await.unwrap();
    cluster.dead.lock().unwrap().insert(1);
    let taken = other.acquire().await.unwrap();
    let lost = lock.check().await.unwrap_err();
    assert_eq!(
        lost.to_string(),
        "0004_a: the lock memory:m: p/.tdbal/locks/0004_a.json is lost (now held by run run-2 \
         (process 2 on host-2)); tdbal stops working on this actor, run again to resume"
    );
    lock.release().await.unwrap();
    taken.check().await.unwrap();
    assert_eq!(cluster.lease().await.unwrap().holder.pid, 2);
}

#[tokio::test(start_paused = true)]
async fn deleted_or_replaced_lease_stays_lost() {
    for is_replaced in [false, true] {
        for is_found_by_renewal in [false, true] {
            let cluster = Cluster::new();
            let one = cluster.machine(1);
            let lock = one.acquire().await.unwrap();
            let lease = cluster
                .store
                .get_optional(&lease_key(), MAX_LEASE)
                .await
                .unwrap();
            let key = lease_key();
            cluster.store.delete(&key, Condition::Always).await.unwrap();
            if is_replaced {
                cluster.put(&key, "{}").await;
            }
            if is_found_by_renewal {
                tokio::time::sleep(seconds(21)).await;
            } else {
                assert!(lock.check().await.unwrap_err().is_lost());
            }
            // It stays lost even if the object comes back.
            cluster.put(&key, lease.unwrap().bytes).await;
            assert!(lock.check().await.unwrap_err().is_lost());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn store_failing_for_25_seconds_does_not_lose_lease() {
    let cluster = Cluster::new();
    let one = cluster.machine(1);
    let lock = one.acquire().await.unwrap();
    tokio::time::sleep(seconds(19)).await;
    one.connection
        .inject(Rule::new(Operation::ALL, Effect::Transient));
    for _ in 0..25 {
        tokio::time::sleep(seconds(1)).await;
        lock.check().await.unwrap();
    }
    one.connection.heal();
    lock.check().await.unwrap();
    let left = cluster.lease().await.unwrap();
    assert_eq!(
        left.renewed_at.as_second() - left.acquired_at.as_second(),
        44
    );
    tokio::time::sleep(seconds(600)).await;
    lock.check().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn holder_stops_before_another_run_can_take_over() {
    let cluster = Cluster::new();
    let (one, other) = (cluster.machine(1), cluster.machine(2));
    let lock = one.acquire().await.unwrap();
    one.connection
        .inject(Rule::new(Operation::ALL, Effect::Transient));
    tokio::time::sleep(seconds(45)).await;
    lock.check().await.unwrap();
    tokio::time::sleep(seconds(1)).await;
    let lost = lock.check().await.unwrap_err();
    assert!(lost.is_lost());
    assert!(lost.to_string().contains("could not be renewed"), "{lost}");
    assert!(
        other.acquire().await.unwrap_err().is_held(),
        "not expired yet"
    );
    one.connection.heal();
    assert!(lock.check().await.unwrap_err().is_lost(), "stays lost");
    // The lease still exists and no other run has taken it.
    lock.release().await.unwrap();
    other.acquire().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn lease_is_lost_if_renewal_fails_until_expiry() {
    let cluster = Cluster::new();
    let one = cluster.machine(1);
    let lock = one.acquire().await.unwrap();
    one.connection
        .inject(Rule::new([Operation::Put], Effect::Permanent));
    tokio::time::sleep(seconds(61)).await;
    one.connection.heal();
    assert!(lock.check().await.unwrap_err().is_lost());
}

#[tokio::test(start_paused = true)]
async fn renewal_with_lost_response_counts() {
    let cluster = Cluster::new();
    let one = cluster.machine(1);
    let lock = one.acquire().await.unwrap();
    one.connection
        .inject(Rule::new([Operation::Put], Effect::AnswerLost).times(3));
    tokio::time::sleep(seconds(300)).await;
    lock.check().await.unwrap();
    one.connection
        .inject(Rule::new([Operation::Put], Effect::AnswerLost).times(1));
    tokio::time::sleep(seconds(20)).await;
    lock.release().await.unwrap();
    assert!(cluster.lease().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn failed_release_is_reported_and_lease_expires() {
    let cluster = Cluster::new();
    let (one, other) = (cluster.machine(1), cluster.machine(2));
    let lock = one.acquire().await.unwrap();
    one.connection
        .inject(Rule::new([Operation::Delete], Effect::Transient).times(1));
    let error = lock.release().await.unwrap_err();
    assert!(matches!(error, LockError::Store { .. }), "{error:?}");
    other.acquire_waiting(seconds(120)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn release_retries_after_a_concurrent_renewal() {
    let cluster = Cluster::new();
    let one = cluster.machine(1);
    let lock = one.acquire().await.unwrap();
    one.connection
        .inject(Rule::new([Operation::Delete], Effect::Changed).times(2));
    lock.release().await.unwrap();
    assert!(cluster.lease().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn release_keeps_lease_taken_over_in_the_meantime() {
    let cluster = Cluster::new();
    let (one, other) = (cluster.machine(1), cluster.machine(2));
    let lock = one.acquire().await.unwrap();
    let lease = cluster.lease().await.unwrap();
    let others = Lease::new(other.holder, "others".into(), lease.expires_at, ttl());
    *cluster.store.write_before_delete.lock().unwrap() = Some(encode(&others));
    lock.release().await.unwrap();
    assert_eq!(cluster.lease().await, Some(others));
}

#[tokio::test(start_paused = true)]
async fn hanging_store_does_not_delay_noticing_the_loss() {
    let cluster = Cluster::new();
    let lock = cluster.machine(1).acquire().await.unwrap();
    cluster.store.hangs.store(true, Ordering::SeqCst);
    let start = Instant::now();
    // `check` may succeed only while the lease is safe.
    let lost = loop {
        match lock.check().await {
            Ok(()) => assert!(start.elapsed() <= ttl() * 3 / 4, "{:?}", start.elapsed()),
            Err(error) => break error,
        }
    };
    assert!(lost.is_lost());
    assert!(lost.to_string().contains("does not respond"), "{lost}");
    assert!(start.elapsed() <= ttl(), "{:?}", start.elapsed());
}
