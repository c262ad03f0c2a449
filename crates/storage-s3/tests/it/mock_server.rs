//! Servers that answer as a test says, and what they answer.

use crate::fixture::{BUCKET, options};
use storage_s3::S3Store;
use test_support::s3_server::client;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) async fn server() -> (MockServer, S3Store) {
    let server = MockServer::start().await;
    let store = S3Store::new(client(&server.uri()), BUCKET, options());
    (server, store)
}

pub(crate) fn done(etag: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).insert_header("ETag", etag)
}

/// Answers this method with this, as often as said.
pub(crate) async fn answer(server: &MockServer, verb: &str, reply: ResponseTemplate, times: u64) {
    Mock::given(method(verb))
        .respond_with(reply)
        .up_to_n_times(times)
        .mount(server)
        .await;
}

pub(crate) async fn count(server: &MockServer, verb: &str) -> usize {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .filter(|request| request.method.as_str() == verb)
        .count()
}

/// An error as S3 words it.
pub(crate) fn refusal(status: u16, code: &str) -> ResponseTemplate {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>About {code}.</Message></Error>"
    );
    let answer = ResponseTemplate::new(status).insert_header("x-amz-request-id", "R1");
    answer.set_body_raw(body, "application/xml")
}
