//! Clocks that differ, and clocks that jump.

use super::*;

const DAY: i64 = 86_400;

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_takes_nothing_from_the_living() {
    for jump in [-DAY, -61, -30, 30, 61, DAY] {
        for is_holders in [true, false] {
            let world = World::new();
            let (one, other) = (world.machine(1), world.machine(2));
            (if is_holders { &one } else { &other }).jump(jump);
            let lock = one.acquire().await.unwrap();
            for _ in 0..20 {
                tokio::time::sleep(seconds(7)).await;
                let refusal = other.acquire().await.unwrap_err();
                assert!(refusal.is_held(), "{jump} {is_holders}");
                lock.check().await.unwrap();
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_does_not_keep_the_dead() {
    for jump in [-DAY, -61, 30, 61, DAY] {
        for is_holders in [true, false] {
            let world = World::new();
            let (one, other) = (world.machine(1), world.machine(2));
            (if is_holders { &one } else { &other }).jump(jump);
            drop(one.acquire().await.unwrap());
            let begun = Instant::now();
            let held = other.acquire_waiting(seconds(600)).await.unwrap();
            assert!(begun.elapsed() >= ttl() / 2, "{jump} {is_holders}");
            assert!(begun.elapsed() <= ttl() * 3 / 2, "{jump} {is_holders}");
            held.check().await.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_holder_whose_own_clock_jumps_keeps_it() {
    for jump in [-DAY, -30, 30, 50, 61, DAY] {
        let world = World::new();
        let (one, other) = (world.machine(1), world.machine(2));
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
