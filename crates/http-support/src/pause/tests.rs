use super::*;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn an_open_gate_lets_through_at_once() {
    let start = Instant::now();
    SharedPause::new().wait().await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn one_workers_pause_holds_all_of_them() {
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
async fn a_pause_grows_while_it_is_waited_for_and_never_shrinks() {
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
