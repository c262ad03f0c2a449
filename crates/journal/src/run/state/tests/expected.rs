//! Compares the state after a sequence of steps with what is expected.

use super::steps::{PRICE, state};
use crate::run::record::Step;
use tdbal_types::ImageName;

/// What a sequence of steps is expected to amount to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) is_open: bool,
    pub(super) files_in_flight: Vec<&'static str>,
    /// The cost of all orders, as a multiple of [`PRICE`].
    pub(super) cost: u64,
    /// The ordinals of the pictures that can be added to the set.
    pub(super) taken: Vec<u32>,
}

pub(super) fn assert_state(what: &str, steps: &[Step], expected: &Expected) {
    let state = state(steps);
    let files_in_flight = state.files_in_flight();
    let files_in_flight: Vec<&str> = files_in_flight.iter().map(ImageName::as_str).collect();
    let taken: Vec<u32> = state.taken().iter().map(|(key, ..)| key.ordinal).collect();
    assert_eq!(state.is_open(), expected.is_open, "{what}: is_open");
    assert_eq!(
        files_in_flight, expected.files_in_flight,
        "{what}: files_in_flight"
    );
    assert_eq!(taken, expected.taken, "{what}: taken");
    let cost = state.generation_cost().nanos();
    assert_eq!(cost, expected.cost * PRICE, "{what}: cost");
}
