//! The vision model: questions to it, cached answers, and whether its answers can be trusted.

pub mod answer_cache;
pub mod call;
pub mod close_looks;
pub mod look_count;
pub mod trust;
pub(crate) mod trust_cache;
