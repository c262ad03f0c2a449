//! Commands with which people say what pictures are and which ones stay.

mod keep;
mod label;
mod pictures;
mod review;

pub(crate) use keep::{keep, unkeep};
pub(crate) use label::label;
pub(crate) use review::review;
