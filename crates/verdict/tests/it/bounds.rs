//! Checks the measured bounds, and that docs/trust.md shows what is measured.

use crate::benchmark::Belief;
use crate::table::{PROVENANCE, SCALE, Scale, blind, markdown, prices, total, wrong_on_15_percent};

/// A quarter of the runs behind the documented table, with other seeds.
const SMALL: Scale = Scale {
    first: 500,
    seeds: 5,
    actors: 50,
    single: 0,
};

#[test]
fn all_evidence_cuts_wrong_removals_to_about_a_tenth() {
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
    assert_eq!(careful.distrusted, 0);
}

#[test]
fn no_provenance_still_cuts_wrong_removals_to_a_quarter() {
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
fn blind_models_lead_to_no_removals() {
    let models = blind();
    assert_eq!(models.len(), 4);
    for (title, eye) in models {
        for provenance in PROVENANCE {
            let scale = Scale { seeds: 3, ..SMALL };
            let tally = total(&eye, provenance, Belief::Everything, scale, prices());
            assert_eq!((tally.removed, tally.distrusted), (0, 3), "{title}");
        }
    }
}

/// If this fails, run `cargo run --release -p verdict --example trust_table` and paste its output.
#[test]
fn documented_table_matches_the_output_of_the_example() {
    let documented = include_str!("../../../../docs/trust.md");
    let (_, rest) = documented
        .split_once("<!-- made by trust_table -->\n")
        .unwrap();
    let (table, _) = rest.split_once("<!-- end of trust_table -->").unwrap();
    assert_eq!(table, markdown(SCALE, prices()));
}
