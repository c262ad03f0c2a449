//! Frontend between connections and the S3 service: calls the observer and applies faults.

use super::faults::{Faults, FaultyAnswer, S3Fault};
use crate::traffic::{Hook, Phase, SeenRequest};
use hyper::body::Incoming;
use hyper::{Request, Response};
use s3s::service::S3Service;
use s3s::{Body, HttpError, HttpResponse};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Maximum size of a request body, in bytes.
const MAX_REQUEST_BYTES: usize = 512 << 20;

/// S3 service with observer and faults.
#[derive(Clone)]
pub(super) struct Frontend {
    pub(super) service: S3Service,
    pub(super) hook: Hook,
    pub(super) faults: Arc<Faults>,
}

impl Frontend {
    /// Responds to a request. Once its body has been read, the request is carried out even if the
    /// client disconnects, as on a real server.
    pub(super) async fn call(self, request: Request<Incoming>) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let body = Body::from(body)
            .store_all_limited(MAX_REQUEST_BYTES)
            .await
            .map_err(HttpError::new)?;
        let request = Request::from_parts(head, Body::from(body));
        // A task of its own: hyper drops this future when the client disconnects.
        match tokio::spawn(self.execute(request)).await {
            Ok(answer) => answer,
            Err(error) => Err(HttpError::new(Box::new(error))),
        }
    }

    async fn execute(self, request: Request<Body>) -> Result<HttpResponse, HttpError> {
        let uri = request.uri();
        let mut seen = SeenRequest::new(request.method().as_str(), uri.path(), uri.query());
        self.hook.show(&mut seen, Phase::Arrived);
        let fault = self.faults.take(&seen);
        let is_done = fault.as_ref().is_none_or(|fault| fault.done);
        let answer = if is_done {
            Some(self.service.call(request).await)
        } else {
            None
        };
        self.hook.show(&mut seen, Phase::Answered);
        match (fault, answer) {
            (Some(fault), _) => faulty(&fault, &seen),
            (None, Some(answer)) => answer,
            (None, None) => Err(HttpError::new("the request got no response".into())),
        }
    }
}

fn faulty(fault: &S3Fault, seen: &SeenRequest) -> Result<HttpResponse, HttpError> {
    match &fault.answer {
        FaultyAnswer::Reply(status, xml) => {
            // Responses to HEAD have no body.
            let body = if seen.method == "HEAD" {
                Body::empty()
            } else {
                Body::from(xml.clone())
            };
            Response::builder()
                .status(*status)
                .header("content-type", "application/xml")
                .body(body)
                .map_err(|error| HttpError::new(Box::new(error)))
        }
        FaultyAnswer::HangUp => Err(HttpError::new(
            "the test asked to close the connection".into(),
        )),
    }
}

/// Serves connections until the runtime shuts down.
pub(super) async fn serve(listener: tokio::net::TcpListener, frontend: Frontend) {
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use hyper_util::server::conn::auto;
    let server = auto::Builder::new(TokioExecutor::new());
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        // Drops finished connections, which would otherwise pile up.
        while connections.try_join_next().is_some() {}
        let frontend = frontend.clone();
        let service = hyper::service::service_fn(move |request| frontend.clone().call(request));
        let connection = server
            .serve_connection(TokioIo::new(socket), service)
            .into_owned();
        connections.spawn(async move {
            // An error here means that the client disconnected, which tests do on purpose.
            let _ = connection.await;
        });
    }
}
