//! Conformance suite: tests of the store contract that every implementation runs.
//!
//! Each function uses folders of its own, so all of them can run on one store, even concurrently.
//! The store does not have to be empty, but must not hold objects of an earlier run of the suite. A
//! function panics if the store breaks the contract.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test suite: it reports failures by panicking"
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
