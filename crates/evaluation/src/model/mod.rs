//! The vision model: one call, cached answers, and whether its answers are to be trusted.

pub mod answer_cache;
pub mod call;
pub mod trust;
pub mod trust_cache;
