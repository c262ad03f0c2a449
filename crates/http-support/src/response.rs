//! A complete HTTP response.

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use std::time::Duration;

/// An HTTP response, read to its end.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status code.
    pub status: StatusCode,
    /// The response headers.
    pub headers: HeaderMap,
    /// The complete body, as the server sent it.
    pub body: Bytes,
    /// How many times the request was sent, the successful attempt included.
    pub attempts: u32,
    /// Time from the start of the first attempt to the end of the last, pauses included.
    pub elapsed: Duration,
}

impl Response {
    /// Returns the value of a header, or `None` if it is missing or not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
