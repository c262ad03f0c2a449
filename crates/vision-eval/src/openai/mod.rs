//! A client for servers that implement OpenAI's chat completions API.

mod client;
mod fault;
mod models;
mod request;
mod response;

pub use client::{DEFAULT_BASE_URL, OpenAi};
pub use models::ModelCheck;
