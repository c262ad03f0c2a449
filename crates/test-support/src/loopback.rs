//! What the fakes of web services share: a server on loopback that hands every request to one
//! function.

use crate::traffic::{Hook, Phase, SeenRequest};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// A server on a free port of loopback, on a thread of its own.
#[derive(Debug)]
pub(crate) struct Loopback {
    server: MockServer,
    hook: Hook,
}

impl Loopback {
    pub(crate) async fn start(
        respond: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static,
    ) -> Self {
        // Requests hold whole sheets; the fakes keep what they need of them.
        let server = MockServer::builder()
            .disable_request_recording()
            .start()
            .await;
        let hook = Hook::default();
        let watched = hook.clone();
        let respond = move |request: &Request| {
            let url = &request.url;
            let mut seen = SeenRequest::new(request.method.as_str(), url.path(), url.query());
            watched.show(&mut seen, Phase::Arrived);
            let response = respond(request);
            watched.show(&mut seen, Phase::Answered);
            response
        };
        Mock::given(any())
            .respond_with(respond)
            .mount(&server)
            .await;
        Self { server, hook }
    }

    pub(crate) fn uri(&self) -> String {
        self.server.uri()
    }

    /// Shows every request to `watcher`.
    pub(crate) fn on_request(&self, watcher: impl Fn(&SeenRequest) + Send + Sync + 'static) {
        self.hook.set(watcher);
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

/// The token that a request bears, if any.
pub(crate) fn bearer(request: &Request) -> Option<&str> {
    let value = request.headers.get("authorization")?.to_str().ok()?;
    let token = value.strip_prefix("Bearer ")?.trim();
    (!token.is_empty()).then_some(token)
}
