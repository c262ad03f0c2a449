//! Tests the chat completions client against a local server that shows every known misbehaviour.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod failures;
mod replies;
mod request;
mod server;
