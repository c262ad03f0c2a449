//! The client of chat completions against a server on the loopback interface that misbehaves in
//! every way that is known.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod failures;
mod replies;
mod request;
mod server;
