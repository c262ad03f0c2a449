//! The search for lost orders: it reads the whole listing and never orders anything.

use crate::service::*;
use http_support::{RetryPolicy, Secret};
use replicate_gen::{
    GenerateError, ImageGenerator, LostOrder, ModelSettings, PollSettings, PredictionId,
    ReplicateClient, Started, StopReason, Whereabouts,
};
use serde_json::{Value, json};
use tdbal_types::Usd;
use wiremock::matchers::{header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn lost() -> LostOrder {
    LostOrder {
        picture: request().picture(),
        seed: request().seed,
        prompt: request().prompt.text,
        ordered_at: "2024-11-22T10:00:00Z".parse().unwrap(),
    }
}

/// A row of the listing that matches the lost order, apart from `changes`.
fn row(id: &str, changes: Value) -> Value {
    let mut row = json!({
        "id": id,
        "model": settings().name,
        "input": {"prompt": lost().prompt, "seed": lost().seed},
        "status": "succeeded",
        "created_at": "2024-11-22T10:00:02Z",
    });
    for (key, value) in changes.as_object().unwrap() {
        row[key] = value.clone();
    }
    row
}

fn other(id: &str) -> Value {
    row(id, json!({"input": {"prompt": "another", "seed": 1}}))
}

/// Starts a server with a listing of these pages; `next` returns the link to the next page for each
/// page number.
async fn listing(pages: Vec<Vec<Value>>, next: impl Fn(&MockServer, usize) -> Value) -> MockServer {
    let server = MockServer::start().await;
    for (number, rows) in pages.into_iter().enumerate() {
        let page = json!({"next": next(&server, number), "previous": null, "results": rows});
        let mock = Mock::given(method("GET"))
            .and(path("/v1/predictions"))
            .and(header("authorization", format!("Bearer {TOKEN}").as_str()));
        let mock = if number == 0 {
            mock.and(query_param_is_missing("cursor"))
                .and(query_param("created_after", "2024-11-22T09:59:00Z"))
        } else {
            mock.and(query_param("cursor", number.to_string()))
        };
        mock.respond_with(ResponseTemplate::new(200).set_body_json(page))
            .mount(&server)
            .await;
    }
    server
}

fn cursor(server: &MockServer, number: usize) -> Value {
    json!(format!(
        "{}/v1/predictions?cursor={}",
        server.uri(),
        number + 1
    ))
}

fn found() -> Whereabouts {
    Whereabouts::Found(Started {
        id: id(),
        model: settings().name.to_string(),
    })
}

#[tokio::test]
async fn a_lost_order_is_found_on_a_later_page() {
    let pages = vec![
        vec![other("p9"), other("p8")],
        vec![],
        vec![row("p1", json!({}))],
    ];
    let server = listing(pages, |server, number| match number {
        0 => cursor(server, 0),
        1 => json!("/v1/predictions?cursor=2"),
        _ => Value::Null,
    })
    .await;
    assert_eq!(client(&server).find(&lost()).await.unwrap(), found());
    let requests = seen(&server).await;
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn the_search_continues_after_a_match() {
    let pages = vec![vec![row("p2", json!({}))], vec![row("p1", json!({}))]];
    let server = listing(pages, |server, number| match number {
        0 => cursor(server, 0),
        _ => Value::Null,
    })
    .await;
    let ids = ["p2", "p1"].map(|id| PredictionId::new(id).unwrap());
    assert_eq!(
        client(&server).find(&lost()).await.unwrap(),
        Whereabouts::Ambiguous(ids.to_vec())
    );
}

#[tokio::test]
async fn the_search_stops_at_older_predictions_if_unfiltered() {
    let older = row("p0", json!({"created_at": "2024-11-22T09:00:00Z"}));
    // The second page does not exist, so requesting it would fail.
    let server = listing(vec![vec![other("p9"), older]], cursor).await;
    assert_eq!(
        client(&server).find(&lost()).await.unwrap(),
        Whereabouts::Absent
    );
    assert_eq!(seen(&server).await.len(), 1);
}

#[tokio::test]
async fn removed_inputs_make_the_order_unknowable() {
    let bare = row("p1", json!({"input": {}, "data_removed": true}));
    let server = listing(vec![vec![bare]], |_, _| Value::Null).await;
    let whereabouts = client(&server).find(&lost()).await.unwrap();
    assert!(
        matches!(&whereabouts, Whereabouts::Unknowable { why } if why.contains("an hour")),
        "{whereabouts:?}"
    );
}

#[tokio::test]
async fn an_incomplete_listing_is_an_error() {
    let page = |next: &str| json!({"next": next, "results": [row("p1", json!({}))]});
    let elsewhere = MockServer::start().await;
    let loops = "/v1/predictions?created_after=2024-11-22T09%3A59%3A00Z";
    let first_pages = [
        ResponseTemplate::new(500),
        ResponseTemplate::new(404),
        ResponseTemplate::new(200).set_body_string("{\"results\": ["),
        ResponseTemplate::new(200).set_body_json(json!({"next": null})),
        ResponseTemplate::new(200).set_body_json(json!({"results": [{"model": "a/b"}]})),
        ResponseTemplate::new(200).set_body_json(page("http://")),
        ResponseTemplate::new(200).set_body_json(page(&format!("{}/v1/x", elsewhere.uri()))),
        ResponseTemplate::new(200).set_body_json(page("/v1/no-such-page")),
        ResponseTemplate::new(200).set_body_json(page(loops)),
    ];
    assert_eq!(first_pages.len(), 9);
    for template in first_pages {
        let server = MockServer::start().await;
        Mock::given(path("/v1/predictions"))
            .respond_with(template.clone())
            .mount(&server)
            .await;
        let error = client(&server).find(&lost()).await.unwrap_err();
        assert!(
            matches!(
                &error,
                GenerateError::Transport {
                    id: None,
                    cost: Usd::ZERO,
                    ..
                }
            ),
            "{template:?}: {error:?}"
        );
        assert_eq!(
            error.to_string(),
            "could not search the prediction listing for color_stylized picture 2 of \
             0004_european_35_male"
        );
        assert!(!chain(&error).contains(TOKEN));
    }
    assert_eq!(
        seen(&elsewhere).await.len(),
        0,
        "the token is not sent to another host"
    );
}

#[tokio::test]
async fn an_endless_listing_makes_the_order_unknowable() {
    let server = MockServer::start().await;
    let address = server.uri();
    let pages = move |request: &wiremock::Request| {
        let cursor = request.url.query_pairs().find(|(key, _)| key == "cursor");
        let number: usize = cursor.map_or(0, |(_, number)| number.parse().unwrap());
        ResponseTemplate::new(200).set_body_json(json!({
            "next": format!("{address}/v1/predictions?cursor={}", number + 1),
            "results": [other("p1")],
        }))
    };
    Mock::given(path("/v1/predictions"))
        .respond_with(pages)
        .mount(&server)
        .await;
    let whereabouts = client(&server).find(&lost()).await.unwrap();
    assert!(
        matches!(&whereabouts, Whereabouts::Unknowable { why } if why.contains("200 pages")),
        "{whereabouts:?}"
    );
    assert_eq!(seen(&server).await.len(), 200);
}

#[tokio::test]
async fn an_order_from_the_future_reports_a_clock_mismatch() {
    let server = MockServer::start().await;
    let empty = json!({"next": null, "results": []});
    Mock::given(path("/v1/predictions"))
        .respond_with(
            ResponseTemplate::new(200)
                .insert_header("date", "Fri, 22 Nov 2024 09:58:59 GMT")
                .set_body_json(empty),
        )
        .mount(&server)
        .await;
    let whereabouts = client(&server).find(&lost()).await.unwrap();
    assert!(
        matches!(&whereabouts, Whereabouts::Unknowable { why } if why.contains("clock")),
        "{whereabouts:?}"
    );
}

#[tokio::test]
async fn a_model_without_seeds_is_not_searched_for() {
    let server = MockServer::start().await;
    let client = ReplicateClient::new(
        reqwest::Client::new(),
        &server.uri(),
        Secret::new(TOKEN),
        ModelSettings::preset("nano-banana").unwrap(),
        RetryPolicy::default(),
        PollSettings::default(),
    )
    .unwrap();
    let Whereabouts::Unknowable { why } = client.find(&lost()).await.unwrap() else {
        panic!("without a seed no prediction can be identified");
    };
    assert_eq!(
        why,
        "google/nano-banana takes no seed, so the prediction for color_stylized picture 2 of \
         0004_european_35_male cannot be told apart from others"
    );
    assert_eq!(seen(&server).await.len(), 0);
}

#[tokio::test]
async fn a_bad_token_while_searching_stops_the_run() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/predictions"))
        .respond_with(ResponseTemplate::new(401))
        .mount(&server)
        .await;
    let error = client(&server).find(&lost()).await.unwrap_err();
    assert!(matches!(
        error,
        GenerateError::StopsRun {
            reason: StopReason::BadToken,
            ..
        }
    ));
}

#[tokio::test]
async fn the_account_of_the_token_is_reported() {
    let responding = |template: ResponseTemplate| async {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/v1/account"))
            .and(header("authorization", format!("Bearer {TOKEN}").as_str()))
            .respond_with(template)
            .mount(&server)
            .await;
        client(&server).account().await
    };
    let account = json!({"type": "organization", "username": "acme", "name": "Acme"});
    let template = ResponseTemplate::new(200).set_body_json(account);
    assert_eq!(responding(template).await.unwrap(), "acme");
    for status in [401, 403] {
        let error = responding(ResponseTemplate::new(status)).await.unwrap_err();
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
    for template in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(404),
        ResponseTemplate::new(200).set_body_string("<html>"),
    ] {
        let error = responding(template).await.unwrap_err();
        assert!(
            matches!(&error, GenerateError::Transport { id: None, .. }),
            "{error:?}"
        );
    }
}
