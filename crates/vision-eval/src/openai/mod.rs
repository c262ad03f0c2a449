//! Asks a server that speaks OpenAI's chat completions.

mod client;
mod fault;
mod models;
mod request;
mod response;

pub use client::{DEFAULT_BASE_URL, OpenAi};
pub use models::ModelCheck;
