//! The models endpoint of the fake model, called by the real client and observed by a watcher.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed assumption should stop the test"
)]

use http_support::{RetryPolicy, Secret};
use jiff::civil::date;
use std::sync::{Arc, Mutex};
use test_support::openai::FakeOpenAi;
use test_support::traffic::Phase;
use vision_eval::openai::OpenAi;
use vision_eval::{ModelSettings, StopCause, VisionError};

fn client(service: &FakeOpenAi, model: &str) -> OpenAi {
    OpenAi::new(
        reqwest::Client::new(),
        &service.base_url(),
        Secret::new("sk-test"),
        ModelSettings::named(model),
        RetryPolicy::default(),
    )
}

#[tokio::test]
async fn models_and_keys_work_until_a_test_removes_them() {
    let service = FakeOpenAi::start().await;
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen_events = Arc::clone(&events);
    service.on_request(move |seen| {
        let event = (seen.phase, seen.method.clone(), seen.path.clone());
        seen_events.lock().unwrap().push(event);
    });
    let check = client(&service, "gpt-6-luna").check().await.unwrap();
    assert_eq!((check.id.as_str(), check.shutdown), ("gpt-6-luna", None));
    let event = |phase| (phase, "GET".to_owned(), "/v1/models/gpt-6-luna".to_owned());
    assert_eq!(
        *events.lock().unwrap(),
        [event(Phase::Arrived), event(Phase::Answered)]
    );

    service.set_shutdown_date("2028-02-29");
    let check = client(&service, "gpt-4.1-mini").check().await.unwrap();
    assert_eq!(check.shutdown, Some(date(2028, 2, 29)));

    let cause = async |model| match client(&service, model).check().await {
        Err(VisionError::StopsRun { cause, .. }) => cause,
        other => panic!("{other:?}"),
    };
    service.remove_model("gpt-4.1-mini");
    assert!(matches!(
        cause("gpt-4.1-mini").await,
        StopCause::ModelNotFound { .. }
    ));
    service.accept_only("sk-another");
    assert!(matches!(
        cause("gpt-6-luna").await,
        StopCause::BadKey { .. }
    ));
}
