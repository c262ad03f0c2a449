//! Wall clocks that differ between machines, or jump.

use super::*;

const DAY: i64 = 86_400;

#[tokio::test(start_paused = true)]
async fn wrong_clock_does_not_take_lease_of_live_holder() {
    for jump in [-DAY, -61, -30, 30, 61, DAY] {
        for is_holders in [true, false] {
            let cluster = Cluster::new();
            let (one, other) = (cluster.machine(1), cluster.machine(2));
            (if is_holders { &one } else { &other }).jump(jump);
            let lock = one.acquire().await.unwrap();
            for _ in 0..20 {
                tokio::time::sleep(seconds(7)).await;
                let error = other.acquire().await.unwrap_err();
                assert!(error.is_held(), "{jump} {is_holders}");
                lock.check().await.unwrap();
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_clock_does_not_keep_lease_of_dead_holder() {
    for jump in [-DAY, -61, 30, 61, DAY] {
        for is_holders in [true, false] {
            let cluster = Cluster::new();
            let (one, other) = (cluster.machine(1), cluster.machine(2));
            (if is_holders { &one } else { &other }).jump(jump);
            drop(one.acquire().await.unwrap());
            let start = Instant::now();
            let held = other.acquire_waiting(seconds(600)).await.unwrap();
            assert!(start.elapsed() >= ttl() / 2, "{jump} {is_holders}");
            assert!(start.elapsed() <= ttl() * 3 / 2, "{jump} {is_holders}");
            held.check().await.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn holder_keeps_lease_when_its_own_clock_jumps() {
    for jump in [-DAY, -30, 30, 50, 61, DAY] {
        let cluster = Cluster::new();
        let (one, other) = (cluster.machine(1), cluster.machine(2));
        let lock = one.acquire().await.unwrap();
        for _ in 0..5 {
            tokio::time::sleep(seconds(7)).await;
            one.jump(jump);
            lock.check().await.unwrap();
            assert!(other.acquire().await.unwrap_err().is_held(), "{jump}");
            lock.check().await.unwrap();
        }
    }
}
