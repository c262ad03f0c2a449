//! Looking on while a fake server is used: to count requests, or to end the asking process at a
//! chosen one.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The whole request is here, and nothing of it is done.
    Arrived,
    /// It is done, and the answer has not gone out.
    Answered,
}

/// A request that a fake server was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenRequest {
    /// How far it is.
    pub phase: Phase,
    /// Its method, in upper case.
    pub method: String,
    /// Its path as it was sent, percent-encoded.
    pub path: String,
    /// What came behind the `?`, as it was sent.
    pub query: Option<String>,
}

impl SeenRequest {
    pub(crate) fn new(method: &str, path: &str, query: Option<&str>) -> Self {
        Self {
            phase: Phase::Arrived,
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            query: query.map(ToOwned::to_owned),
        }
    }

    /// Whether it may change anything: it is neither GET nor HEAD.
    pub fn changes(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD")
    }
}

type Watcher = Arc<dyn Fn(&SeenRequest) + Send + Sync>;

/// What looks on at a server, if anything.
#[derive(Clone, Default)]
pub(crate) struct Hook(Arc<RwLock<Option<Watcher>>>);

impl Hook {
    pub(crate) fn set(&self, watcher: impl Fn(&SeenRequest) + Send + Sync + 'static) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(watcher));
    }

    /// Shows a request. The watcher runs unlocked, so that it may ask the server, or set another.
    pub(crate) fn show(&self, request: &mut SeenRequest, phase: Phase) {
        request.phase = phase;
        let watcher = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(watcher) = watcher {
            watcher(request);
        }
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}
