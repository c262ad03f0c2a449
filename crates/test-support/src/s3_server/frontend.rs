//! What stands between the connections and the service: whoever looks on, and the faults.

use super::faults::{Faults, FaultyAnswer, S3Fault};
use crate::traffic::{Hook, Phase, SeenRequest};
use hyper::body::Incoming;
use hyper::{Request, Response};
use s3s::service::S3Service;
use s3s::{Body, HttpError, HttpResponse};
use std::sync::Arc;
use tokio::task::JoinSet;

/// The largest request that is taken, in bytes.
const MAX_REQUEST_BYTES: usize = 512 << 20;

/// The service as it is seen from outside.
#[derive(Clone)]
pub(super) struct Frontend {
    pub(super) service: S3Service,
    pub(super) hook: Hook,
    pub(super) faults: Arc<Faults>,
}

impl Frontend {
    /// Answers a request. It is carried out to its end although the connection may end, as by a
    /// server that has read it.
    pub(super) async fn call(self, request: Request<Incoming>) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let body = Body::from(body)
            .store_all_limited(MAX_REQUEST_BYTES)
            .await
            .map_err(HttpError::new)?;
        let request = Request::from_parts(head, Body::from(body));
        match tokio::spawn(self.carry_out(request)).await {
            Ok(answer) => answer,
            Err(error) => Err(HttpError::new(Box::new(error))),
        }
    }

    async fn carry_out(self, request: Request<Body>) -> Result<HttpResponse, HttpError> {
        let uri = request.uri();
        let mut seen = SeenRequest::new(request.method().as_str(), uri.path(), uri.query());
        self.hook.show(&mut seen, Phase::Arrived);
        let fault = self.faults.meet(&seen);
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
            (None, None) => Err(HttpError::new("nothing answers".into())),
        }
    }
}

fn faulty(fault: &S3Fault, seen: &SeenRequest) -> Result<HttpResponse, HttpError> {
    match &fault.answer {
        FaultyAnswer::Reply(status, xml) => {
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
        FaultyAnswer::HangUp => Err(HttpError::new("the test wants no answer".into())),
    }
}

/// Serves connections until the runtime ends.
pub(super) async fn serve(listener: tokio::net::TcpListener, frontend: Frontend) {
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use hyper_util::server::conn::auto;
    let server = auto::Builder::new(TokioExecutor::new());
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let frontend = frontend.clone();
        let service = hyper::service::service_fn(move |request| frontend.clone().call(request));
        let connection = server
            .serve_connection(TokioIo::new(socket), service)
            .into_owned();
        connections.spawn(async move {
            // A client that hangs up is no fault of the server.
            let _ = connection.await;
        });
    }
}
