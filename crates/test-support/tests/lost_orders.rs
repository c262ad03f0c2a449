//! The real client reconciles orders whose response was lost with the fake generator.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a failed assumption should stop the test"
)]

use http_support::{RetryPolicy, Secret};
use jiff::{SignedDuration, Timestamp};
use replicate_gen::{
    GenerateError, GenerationRequest, ImageGenerator, LostOrder, ModelSettings, PollSettings,
    Prompt, ReplicateClient, StopReason, Whereabouts,
};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tdbal_types::{ActorId, ImageClass};
use test_support::pictures::photo;
use test_support::replicate::{FakeReplicate, Fate};
use test_support::traffic::Phase;

fn client(service: &FakeReplicate) -> ReplicateClient {
    let policy = RetryPolicy {
        base_delay: Duration::ZERO,
        ..RetryPolicy::default()
    };
    let poll = PollSettings {
        first_pause: Duration::ZERO,
        ..PollSettings::default()
    };
    ReplicateClient::new(
        reqwest::Client::new(),
        &service.base_url(),
        Secret::new("r8_test"),
        ModelSettings::preset("flux-kontext-pro").unwrap(),
        policy,
        poll,
    )
    .unwrap()
}

fn request(seed: u64) -> GenerationRequest {
    let class = ImageClass::BwStylized;
    GenerationRequest {
        actor: ActorId::new("0004_european_35_male").unwrap(),
        class,
        ordinal: 1,
        prompt: Prompt {
            class,
            scene: "pier".into(),
            technique: "woodcut".into(),
            text: "A black-and-white woodcut print of the man.".into(),
        },
        seed,
        base_image: photo(5, 40, 40).into(),
    }
}

fn lost(request: &GenerationRequest) -> LostOrder {
    LostOrder {
        picture: request.picture(),
        seed: request.seed,
        prompt: request.prompt.text.clone(),
        ordered_at: Timestamp::now(),
    }
}

/// Orders a picture whose fate leaves the client without a usable response.
async fn lose(service: &FakeReplicate, seed: u64, fate: Fate) -> LostOrder {
    service.on_order(1, fate);
    let request = request(seed);
    let lost = lost(&request);
    let error = client(service).start(&request).await.unwrap_err();
    assert!(
        matches!(error, GenerateError::MaybeCreated { .. }),
        "{error:?}"
    );
    lost
}

/// Searches `listings` listings in turn for a lost order and returns what each one reveals.
async fn search(service: &FakeReplicate, lost: &LostOrder, listings: usize) -> Vec<&'static str> {
    let client = client(service);
    let mut results = Vec::new();
    for _ in 0..listings {
        results.push(match client.find(lost).await.unwrap() {
            Whereabouts::Found(_) => "found",
            Whereabouts::Absent => "absent",
            Whereabouts::Ambiguous(ids) if ids.len() == 2 => "two",
            Whereabouts::Ambiguous(_) => "many",
            Whereabouts::Unknowable { .. } => "unknowable",
        });
    }
    results
}

#[tokio::test]
async fn lost_order_is_reconciled_according_to_its_fate() {
    let cases: [(Fate, usize, &[&str]); 5] = [
        (Fate::TakenButRefused(502), 1, &["found", "found"]),
        (Fate::TakenLate { listings: 1 }, 1, &["absent", "found"]),
        (
            Fate::TakenLate { listings: 2 },
            1,
            &["absent", "absent", "found"],
        ),
        (Fate::TakenTwice, 2, &["two", "two"]),
        (Fate::NeverTaken, 0, &["absent", "absent"]),
    ];
    assert_eq!(cases.len(), 5);
    for (fate, paid, expected) in cases {
        let service = FakeReplicate::start().await;
        let lost = lose(&service, 7, fate.clone()).await;
        assert_eq!(
            search(&service, &lost, expected.len()).await,
            expected,
            "{fate:?}"
        );
        assert_eq!(service.listings(), expected.len());
        assert_eq!(
            (service.orders(), service.paid().len()),
            (1, paid),
            "{fate:?}"
        );
    }
}

#[tokio::test]
async fn found_order_can_be_finished() {
    let service = FakeReplicate::start().await;
    let lost = lose(&service, 7, Fate::TakenButRefused(504)).await;
    let client = client(&service);
    let Whereabouts::Found(started) = client.find(&lost).await.unwrap() else {
        panic!("the order was accepted");
    };
    assert_eq!(started.id.as_str(), service.paid()[0].id);
    let generated = client.finish(&started.id).await.unwrap();
    assert_eq!(&generated.bytes[..3], [0xff, 0xd8, 0xff], "a JPEG");
}

#[tokio::test]
async fn order_without_response_is_found_after_a_crash() {
    let service = FakeReplicate::start().await;
    service.on_order(1, Fate::NoAnswer);
    let (sender, mut done) = tokio::sync::mpsc::unbounded_channel();
    service.on_request(move |seen| {
        if seen.changes() && seen.phase == Phase::Answered {
            let _ = sender.send(());
        }
    });
    let request = request(7);
    let lost = lost(&request);
    let ordering = client(&service);
    tokio::select! {
        answer = ordering.start(&request) => panic!("{answer:?}"),
        done = done.recv() => done.unwrap(),
    }
    assert_eq!(search(&service, &lost, 1).await, ["found"]);
    assert_eq!(service.paid().len(), 1);
}

#[tokio::test]
async fn order_is_found_on_the_second_page_of_the_listing() {
    let service = FakeReplicate::start().await;
    let lost = lose(&service, 7, Fate::TakenButRefused(500)).await;
    let client = client(&service);
    for seed in 100..205 {
        client.start(&request(seed)).await.unwrap();
    }
    let pages = Arc::new(Mutex::new(Vec::new()));
    let seen_pages = Arc::clone(&pages);
    service.on_request(move |seen| {
        if seen.phase == Phase::Arrived {
            seen_pages.lock().unwrap().push(seen.clone());
        }
    });
    for ignores in [false, true] {
        service.ignore_filters(ignores);
        assert_eq!(search(&service, &lost, 1).await, ["found"]);
    }
    assert_eq!(service.listings(), 2);
    let pages = pages.lock().unwrap();
    assert_eq!(pages.len(), 4, "two pages each");
    for page in pages.iter() {
        assert_eq!(
            (page.path.as_str(), page.changes()),
            ("/v1/predictions", false)
        );
        assert!(page.query.as_ref().unwrap().contains("created_after="));
    }
}

#[tokio::test]
async fn order_older_than_an_hour_cannot_be_identified() {
    let service = FakeReplicate::start().await;
    let lost = lose(&service, 7, Fate::TakenButRefused(504)).await;
    let Whereabouts::Found(started) = client(&service).find(&lost).await.unwrap() else {
        panic!("the order was accepted");
    };
    service.remove_data();
    assert_eq!(search(&service, &lost, 1).await, ["unknowable"]);
    let finished = client(&service).finish(&started.id).await;
    assert!(
        matches!(finished, Err(GenerateError::OutputGone { .. })),
        "{finished:?}"
    );

    // Predictions created long before the order cannot be the order.
    service.age(SignedDuration::from_hours(2));
    for ignores in [false, true] {
        service.ignore_filters(ignores);
        assert_eq!(search(&service, &lost, 1).await, ["absent"]);
    }
}

#[tokio::test]
async fn account_name_requires_an_accepted_token() {
    let service = FakeReplicate::start().await;
    assert_eq!(client(&service).account().await.unwrap(), "acme");
    service.accept_only("r8_another");
    let error = client(&service).account().await.unwrap_err();
    assert!(
        matches!(
            &error,
            GenerateError::StopsRun {
                reason: StopReason::BadToken,
                ..
            }
        ),
        "{error:?}"
    );
}
