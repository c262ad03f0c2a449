//! Inspections of generated pictures.

use super::steps::{looked, ordered, ordering, state, stored, storing, unlooked};
use crate::run::record::Step;
use crate::run::state::types::Inspection;
use tdbal_types::Usd;

#[test]
fn failed_inspection_counts_as_taken() {
    for accepted in [false, true] {
        let steps = [
            Step::Begun,
            ordering(1, 1),
            ordered(1),
            storing(1),
            stored(1),
            unlooked(1, accepted),
        ];
        let state = state(&steps);
        let [(_, paid, _)] = state.taken()[..] else {
            panic!("{state:?}")
        };
        let is_accepted = matches!(paid.look, Inspection::Unlooked { accepted, .. } if accepted);
        assert_eq!(is_accepted, accepted);
        assert_eq!(state.look_cost, Usd::from_nanos(500));
    }
}

#[test]
fn costs_of_inspections_add_up() {
    let steps = [
        Step::Begun,
        ordering(1, 1),
        ordered(1),
        storing(1),
        stored(1),
        looked(&[1]),
        looked(&[1]),
    ];
    let state = state(&steps);
    assert_eq!(state.look_cost, Usd::from_nanos(2_000_000));
    assert_eq!(state.look_tokens.input, 2000);
}
