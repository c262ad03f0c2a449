//! Observing the requests that a fake server receives, for example to count them or to kill the
//! client at a chosen one.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// Stage of a request at which an observer is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The whole request has arrived and nothing has been done yet.
    Arrived,
    /// The request has been carried out and the response has not been sent yet.
    Answered,
}

/// Request received by a fake server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenRequest {
    /// Stage of the request.
    pub phase: Phase,
    /// HTTP method in upper case.
    pub method: String,
    /// Path as sent, percent-encoded.
    pub path: String,
    /// Query string as sent, without the `?`.
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

    /// Returns true if the request may change data, that is, unless it is a GET or HEAD.
    pub fn changes(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD")
    }
}

type Watcher = Arc<dyn Fn(&SeenRequest) + Send + Sync>;

/// Slot for the observer of a server; empty until a test sets one.
#[derive(Clone, Default)]
pub(crate) struct Hook(Arc<RwLock<Option<Watcher>>>);

impl Hook {
    pub(crate) fn set(&self, watcher: impl Fn(&SeenRequest) + Send + Sync + 'static) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(watcher));
    }

    /// Calls the observer, if any, with `request` in `phase`.
    pub(crate) fn show(&self, request: &mut SeenRequest, phase: Phase) {
        request.phase = phase;
        let watcher = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        // Called without the lock: the observer may send requests itself or install another one.
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
