//! Routing of requests.

use super::fate::Fate;
use super::state::{State, error};
use crate::loopback::bearer;
use serde_json::json;
use wiremock::{Request, ResponseTemplate};

impl State {
    pub(super) fn respond(&mut self, request: &Request) -> ResponseTemplate {
        let path = request.url.path().to_owned();
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let method = request.method.as_str();
        // Before the token check: the real service serves outputs from a host without
        // authentication.
        if let ("GET", ["output", file]) = (method, parts.as_slice()) {
            return self.output(file);
        }
        let accepts = |token: &str| self.token.as_deref().is_none_or(|only| only == token);
        if !bearer(request).is_some_and(accepts) {
            return error(401, "You did not pass a valid authentication token");
        }
        match (method, parts.as_slice()) {
            ("POST", ["v1", "models", owner, name, "predictions"]) => {
                self.order(request, format!("{owner}/{name}"))
            }
            ("GET", ["v1", "account"]) => ResponseTemplate::new(200).set_body_json(json!({
                "type": "organization",
                "username": "acme",
                "name": "Acme Pictures",
                "github_url": "https://github.com/acme",
            })),
            ("GET", ["v1", "predictions"]) => self.list(request),
            ("GET", ["v1", "predictions", id]) => self.poll(id),
            ("POST", ["v1", "files"]) => self.upload(request),
            ("GET", ["v1", "files", id]) => match self.file(id) {
                Some(file) => ResponseTemplate::new(200).set_body_raw(file, "image/jpeg"),
                None => error(404, "no such file"),
            },
            _ => error(404, "the requested resource could not be found"),
        }
    }

    fn poll(&mut self, id: &str) -> ResponseTemplate {
        let Some(at) = self.find(id) else {
            return error(404, "no such prediction");
        };
        // Counted before the comparison, so `polls = 0` finishes at the first poll.
        self.taken[at].asked += 1;
        let prediction = &self.taken[at];
        let waiting = prediction.asked <= self.polls || prediction.fate == Some(Fate::Stuck);
        let status = if waiting { "processing" } else { "done" };
        let described = self.describe(at, status);
        ResponseTemplate::new(200).set_body_json(described)
    }
}
