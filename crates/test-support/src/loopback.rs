//! What the fakes of web services share: a server on loopback that hands every request to one
//! function.

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// A server on a free port of loopback, on a thread of its own.
#[derive(Debug)]
pub(crate) struct Loopback(MockServer);

impl Loopback {
    pub(crate) async fn start(
        respond: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static,
    ) -> Self {
        // Requests hold whole sheets; the fakes keep what they need of them.
        let server = MockServer::builder()
            .disable_request_recording()
            .start()
            .await;
        Mock::given(any())
            .respond_with(respond)
            .mount(&server)
            .await;
        Self(server)
    }

    pub(crate) fn uri(&self) -> String {
        self.0.uri()
    }
}

/// Runs a future to its end, for tests that are not asynchronous.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// Whether a request bears a token.
pub(crate) fn has_bearer(request: &Request) -> bool {
    request
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .is_some_and(|token| !token.trim().is_empty())
}
