//! Interpretation of what Replicate says about predictions, and the timing of status requests.

mod failure;
#[cfg(feature = "http")]
mod listing;
#[cfg(feature = "http")]
mod object;
#[cfg(feature = "http")]
mod poll;

pub use failure::error_code;
#[cfg(feature = "http")]
pub(crate) use failure::{Failure, classify};
#[cfg(feature = "http")]
pub(crate) use listing::{Page, Search};
#[cfg(feature = "http")]
pub(crate) use object::{Prediction, Progress};
#[cfg(feature = "http")]
pub use poll::PollSettings;
