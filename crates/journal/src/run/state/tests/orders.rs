//! Orders: cost, files in flight, and which pictures can be added to the set.

use super::expected::{Expected, assert_state};
use super::steps::{
    PRICE, failed, looked, name, order, ordered, ordering, reject, rejected, stored, storing,
};
use crate::run::record::Step;
use tdbal_types::Usd;

#[test]
fn orders_give_cost_and_files_in_flight() {
    use Step::{Begun, OrderAbsent, OrderGivenUp, OrderLost};
    let lost = || OrderLost {
        order: order(1),
        problem: "connection reset".into(),
    };
    let absent = || OrderAbsent { order: order(1) };
    let given_up = || OrderGivenUp {
        order: order(1),
        cost: Usd::from_nanos(PRICE),
    };
    let open = |files_in_flight: &[&'static str], cost, taken: &[u32]| Expected {
        is_open: true,
        files_in_flight: files_in_flight.to_vec(),
        cost,
        taken: taken.to_vec(),
    };
    let one = ["0004_21.jpg"];
    let cases: [(&str, Vec<Step>, Expected); 15] = [
        ("no records", vec![], Expected::default()),
        ("begun", vec![Begun], open(&[], 0, &[])),
        (
            "an order about to be sent may be charged",
            vec![Begun, ordering(1, 1)],
            open(&[], 1, &[]),
        ),
        (
            "a lost order may be charged",
            vec![Begun, ordering(1, 1), lost()],
            open(&[], 1, &[]),
        ),
        (
            "a lost order that was never created is free",
            vec![Begun, ordering(1, 1), lost(), absent()],
            open(&[], 0, &[]),
        ),
        (
            "an absent order that is placed again is charged once",
            vec![Begun, ordering(1, 1), absent(), ordering(1, 2), ordered(1)],
            open(&[], 1, &[]),
        ),
        (
            "an order given up and placed again may be charged twice",
            vec![
                Begun,
                ordering(1, 1),
                lost(),
                given_up(),
                ordering(1, 2),
                ordered(1),
            ],
            open(&[], 2, &[]),
        ),
        (
            "a failed order costs what the failure says",
            vec![
                Begun,
                ordering(1, 1),
                ordered(1),
                failed(1, 0, true),
                ordering(2, 1),
                ordered(2),
            ],
            open(&[], 1, &[]),
        ),
        (
            "a failed order may cost the full price",
            vec![Begun, ordering(1, 1), ordered(1), failed(1, PRICE, false)],
            open(&[], 1, &[]),
        ),
        (
            "a file is in flight from the intent to store it",
            vec![Begun, ordering(1, 1), ordered(1), storing(1)],
            open(&one, 1, &[]),
        ),
        (
            "a name that is in use is not in flight",
            vec![
                Begun,
                ordering(1, 1),
                ordered(1),
                storing(1),
                Step::NameTaken {
                    order: order(1),
                    name: name("0004_21.jpg"),
                },
            ],
            open(&[], 1, &[]),
        ),
        (
            "a stored picture is not taken before its inspection",
            vec![Begun, ordering(1, 1), ordered(1), storing(1), stored(1)],
            open(&one, 1, &[]),
        ),
        (
            "an inspected picture is taken",
            vec![
                Begun,
                ordering(1, 1),
                ordered(1),
                storing(1),
                stored(1),
                looked(&[1]),
            ],
            open(&one, 1, &[1]),
        ),
        (
            "a rejected picture is in flight until it is in the trash",
            vec![
                Begun,
                ordering(1, 1),
                ordered(1),
                storing(1),
                stored(1),
                looked(&[1]),
                reject(1),
            ],
            open(&one, 1, &[]),
        ),
        (
            "a picture in the trash is not in flight",
            vec![
                Begun,
                ordering(1, 1),
                ordered(1),
                storing(1),
                stored(1),
                looked(&[1]),
                reject(1),
                rejected(1),
            ],
            open(&[], 1, &[]),
        ),
    ];
    for (what, steps, expected) in &cases {
        assert_state(what, steps, expected);
    }
}
