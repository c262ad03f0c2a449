use super::*;

#[test]
fn throttle_delays_are_read_from_the_body() {
    let delay = |body: &str| throttle_delay(body.as_bytes()).map(|delay| delay.as_millis());
    let detail =
        r#"{"detail":"Request was throttled. Your rate limit resets in ~30s.","status":429}"#;
    assert_eq!(delay(detail), Some(30_000));
    assert_eq!(
        delay(r#"{"retry_after": 2.5, "detail": "resets in ~30s"}"#),
        Some(2_500)
    );
    for silent in [
        "",
        "<html>",
        "{}",
        "[]",
        r#"{"retry_after": -1}"#,
        r#"{"detail": "resets in ~soon"}"#,
        r#"{"detail": "~"}"#,
        r#"{"detail": ["~3s"]}"#,
    ] {
        assert_eq!(delay(silent), None, "{silent}");
    }
}

#[test]
fn headers_take_precedence_over_the_body() {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", "7".parse().unwrap());
    let body = br#"{"detail": "~30s"}"#;
    let after = |headers: &HeaderMap| match classify_api_response(
        StatusCode::TOO_MANY_REQUESTS,
        headers,
        body,
    ) {
        Verdict::RateLimited { after } => after,
        other => panic!("{other:?}"),
    };
    assert_eq!(after(&headers), Some(Duration::from_secs(7)));
    assert_eq!(after(&HeaderMap::new()), Some(Duration::from_secs(30)));
}
