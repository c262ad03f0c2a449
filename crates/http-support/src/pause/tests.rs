use super::*;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn wait_returns_at_once_without_a_pause() {
    let start = Instant::now();
    SharedPause::new().wait().await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_pause_by_one_worker_holds_all_clones() {
    let start = Instant::now();
    let pause = SharedPause::new();
    pause.clone().pause_for(5 * SECOND);
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let pause = pause.clone();
            tokio::spawn(async move {
                pause.wait().await;
                start.elapsed()
            })
        })
        .collect();
    for worker in workers {
        assert!(worker.await.unwrap() >= 5 * SECOND);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_can_be_extended_but_not_shortened() {
    let start = Instant::now();
    let pause = SharedPause::new();
    pause.pause_for(5 * SECOND);
    let waiter = tokio::spawn({
        let pause = pause.clone();
        async move {
            pause.wait().await;
            start.elapsed()
        }
    });
    tokio::time::sleep(SECOND).await;
    pause.pause_for(SECOND);
    pause.pause_for(9 * SECOND);
    assert!(waiter.await.unwrap() >= 10 * SECOND);
}
