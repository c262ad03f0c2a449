//! What every store has to do, as tests that every implementation runs.
//!
//! Each function works below folders of its own, so that all can run on one store, also at once;
//! the store need not be empty but must not hold what an earlier run left. They panic where the
//! contract is broken.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test suite: it says by panicking what is wrong"
)]

mod fixture;
mod listing;
mod races;
mod reading;
mod suite;
mod writing;

pub use listing::{foreign_keys, listing, listing_folders, unusual_names};
pub use races::{races, racing_copies, racing_creators, racing_updaters};
pub use reading::{limits, missing_things, reading_back};
pub use suite::all;
pub use writing::{copying, creating, deleting, undeleting, updating};
