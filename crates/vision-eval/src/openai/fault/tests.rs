use super::*;
use serde_json::json;
use std::time::Duration;

fn body(kind: &str, code: &str) -> Vec<u8> {
    json!({"error": {"message": "m", "type": kind, "param": null, "code": code}})
        .to_string()
        .into_bytes()
}

fn verdict(status: u16, body: &[u8]) -> Verdict {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", "2".parse().unwrap());
    classify(StatusCode::from_u16(status).unwrap(), &headers, body)
}

const AFTER: Option<Duration> = Some(Duration::from_secs(2));

#[test]
fn error_type_and_code_take_precedence_over_status() {
    let limited = Verdict::RateLimited { after: AFTER };
    let retry = Verdict::Retry { after: AFTER };
    let table = [
        (
            429,
            body("rate_limit_error", "rate_limit_exceeded"),
            limited,
        ),
        (429, body("rate_limit_error", "slow_down"), limited),
        (
            429,
            body("insufficient_quota", "insufficient_quota"),
            Verdict::Permanent,
        ),
        (
            429,
            body("insufficient_quota", "credit_balance_exhausted"),
            Verdict::Permanent,
        ),
        (
            429,
            body("x", "project_spend_limit_exceeded"),
            Verdict::Permanent,
        ),
        (429, b"<html>".to_vec(), limited),
        (500, body("server_error", "server_error"), retry),
        (
            503,
            body("service_unavailable_error", "server_is_overloaded"),
            limited,
        ),
        (503, b"<html>".to_vec(), retry),
        (
            401,
            body("invalid_request_error", "invalid_api_key"),
            Verdict::Permanent,
        ),
        (400, body("invalid_request_error", "x"), Verdict::Permanent),
        (200, b"<html>".to_vec(), Verdict::Retry { after: None }),
    ];
    for (status, body, expected) in &table {
        assert_eq!(verdict(*status, body), *expected, "{status} {body:?}");
    }
}

#[test]
fn account_and_model_errors_stop_the_run() {
    let cause = |status, body: &[u8]| {
        let fault = ApiFault::parse(body);
        stop_cause(status, fault.as_ref(), "http://localhost/v1", "m", "why")
    };
    assert!(matches!(cause(401, b""), Some(StopCause::BadKey { .. })));
    assert!(matches!(
        cause(401, &body("invalid_request_error", "ip_not_authorized")),
        Some(StopCause::Forbidden { .. })
    ));
    assert!(matches!(
        cause(404, &body("invalid_request_error", "model_not_found")),
        Some(StopCause::ModelNotFound { .. })
    ));
    assert!(matches!(
        cause(404, b"<html>"),
        Some(StopCause::WrongEndpoint { .. })
    ));
    assert!(matches!(
        cause(429, &body("insufficient_quota", "insufficient_quota")),
        Some(StopCause::NoCredit { .. })
    ));
    assert_eq!(cause(403, b"<html>"), None);
    assert_eq!(cause(429, &body("rate_limit_error", "slow_down")), None);
    assert_eq!(
        cause(400, &body("invalid_request_error", "invalid_image")),
        None
    );
    assert_eq!(cause(500, b""), None);
}

#[test]
fn error_formats_of_other_servers_are_parsed() {
    let fault = ApiFault::parse(br#"{"error": "no such thing"}"#).unwrap();
    assert_eq!(fault.to_string(), "no such thing");
    let fault = ApiFault::parse(br#"{"error": {"message": "m", "code": 42}}"#).unwrap();
    assert_eq!(fault.to_string(), "m (42)");
    assert_eq!(ApiFault::parse(b"[]"), None);
}
