//! Loopback HTTP server shared by the fake web services.

use crate::traffic::{Hook, Phase, SeenRequest};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// Server on a free loopback port that passes every request to one function, on its own thread.
#[derive(Debug)]
pub(crate) struct Loopback {
    server: MockServer,
    hook: Hook,
}

impl Loopback {
    pub(crate) async fn start(
        respond: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static,
    ) -> Self {
        // Requests contain whole sheets; recording all of them would exhaust memory in long tests.
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

    /// Calls `watcher` for every request, in both phases.
    pub(crate) fn on_request(&self, watcher: impl Fn(&SeenRequest) + Send + Sync + 'static) {
        self.hook.set(watcher);
    }
}

/// Runs a future to completion, for tests without a runtime.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("starting a runtime succeeds")
        .block_on(future)
}

/// Returns the bearer token of a request, if it has one.
pub(crate) fn bearer(request: &Request) -> Option<&str> {
    let value = request.headers.get("authorization")?.to_str().ok()?;
    let token = value.strip_prefix("Bearer ")?.trim();
    (!token.is_empty()).then_some(token)
}
