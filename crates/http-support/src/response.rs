//! A whole reply.

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use std::time::Duration;

/// A whole reply.
#[derive(Debug, Clone)]
pub struct Response {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// How often the request was sent.
    pub attempts: u32,
    /// The time from the first attempt's begin to the last one's end.
    pub elapsed: Duration,
}

impl Response {
    /// A header's text, where it is there and is ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
