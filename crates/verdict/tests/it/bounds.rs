//! The measured bounds, and that docs/trust.md tells what is measured.

use crate::benchmark::Belief;
use crate::table::{PROVENANCE, SCALE, Scale, blind, markdown, prices, total, wrong_on_15_percent};

/// A quarter of what the documentation shows, on other seeds.
const SMALL: Scale = Scale {
    first: 500,
    seeds: 5,
    actors: 50,
    single: 0,
};

#[test]
fn ten_times_fewer_wrong_removals_and_70_percent_of_the_right_ones() {
    let [_, known] = PROVENANCE;
    let measure = |belief| total(&wrong_on_15_percent(), known, belief, SMALL, prices());
    let (believed, careful) = (measure(Belief::OneSheet), measure(Belief::Everything));
    assert!(believed.wrong > 250, "{believed:?}");
    assert!(
        careful.wrong * 9 <= believed.wrong,
        "{believed:?} {careful:?}"
    );
    assert!(
        careful.wrong_class * 10 <= believed.wrong_class,
        "{believed:?} {careful:?}"
    );
    assert!(careful.right * 10 >= careful.due * 7, "{careful:?}");
    assert_eq!(careful.disbelieved, 0);
}

#[test]
fn without_provenance_there_are_four_times_fewer() {
    let [unknown, _] = PROVENANCE;
    let measure = |belief| total(&wrong_on_15_percent(), unknown, belief, SMALL, prices());
    let (believed, careful) = (measure(Belief::OneSheet), measure(Belief::Everything));
    assert!(
        careful.wrong * 4 <= believed.wrong,
        "{believed:?} {careful:?}"
    );
    assert!(careful.right * 10 >= careful.due * 6, "{careful:?}");
}

#[test]
fn nothing_is_removed_for_a_model_that_does_not_look() {
    let models = blind();
    assert_eq!(models.len(), 4);
    for (title, eye) in models {
        for provenance in PROVENANCE {
            let scale = Scale { seeds: 3, ..SMALL };
            let tally = total(&eye, provenance, Belief::Everything, scale, prices());
            assert_eq!((tally.removed, tally.disbelieved), (0, 3), "{title}");
        }
    }
}

/// `cargo run --release -p verdict --example trust_table` makes the table.
#[test]
fn the_documented_table_is_what_the_command_prints() {
    let documented = include_str!("../../../../docs/trust.md");
    let (_, rest) = documented
        .split_once("<!-- made by trust_table -->\n")
        .unwrap();
    let (table, _) = rest.split_once("<!-- end of trust_table -->").unwrap();
    assert_eq!(table, markdown(SCALE, prices()));
}
