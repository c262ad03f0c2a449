//! Mock servers and their responses.

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

pub(crate) fn ok_with_etag(etag: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).insert_header("ETag", etag)
}

/// Makes the server respond to the method `verb` with `reply`, up to `times` times.
pub(crate) async fn respond(server: &MockServer, verb: &str, reply: ResponseTemplate, times: u64) {
    Mock::given(method(verb))
        .respond_with(reply)
        .up_to_n_times(times)
        .mount(server)
        .await;
}

pub(crate) async fn request_count(server: &MockServer, verb: &str) -> usize {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .filter(|request| request.method.as_str() == verb)
        .count()
}

/// An error response in the XML format of S3.
pub(crate) fn error_response(status: u16, code: &str) -> ResponseTemplate {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>About {code}.</Message></Error>"
    );
    let response = ResponseTemplate::new(status).insert_header("x-amz-request-id", "R1");
    response.set_body_raw(body, "application/xml")
}
