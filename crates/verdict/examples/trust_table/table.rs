//! The measured tables, as Markdown.

use crate::benchmark::{Belief, Prices, Provenance, Tally, actors, run};
use std::fmt::Write as _;
use tdbal_types::{ImageClass, Quality, Usd};
use test_support::simulated::{Errors, Eye, SimulatedModel, dice, pick};

/// How many runs are simulated, and of what size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// The seed of the first run.
    pub(crate) first: u64,
    /// Number of runs per row of the large table, each with its own seed.
    pub(crate) seeds: u64,
    /// Number of actors in each of these runs.
    pub(crate) actors: u64,
    /// Number of runs over a single actor.
    pub(crate) single: u64,
}

/// The scale of the tables in docs/trust.md.
pub(crate) const SCALE: Scale = Scale {
    first: 0,
    seeds: 20,
    actors: 50,
    single: 200,
};

/// Assumed prices, about those of gpt-4.1-mini.
pub(crate) fn prices() -> Prices {
    Prices {
        sheet: Usd::from_dollars(0.001),
        close: Usd::from_dollars(0.000_4),
    }
}

/// No provenance; and provenance known for 80 % of the pictures and right for 95 % of those.
pub(crate) const PROVENANCE: [Provenance; 2] = [
    Provenance {
        known: 0.0,
        right: 0.95,
    },
    Provenance {
        known: 0.8,
        right: 0.95,
    },
];

/// The model that the tested bounds are about: wrong on 15 % of the pictures, two thirds of the
/// time with a persistent error.
pub(crate) fn wrong_on_15_percent() -> Eye {
    Eye::Looks(Errors {
        persistent: 0.10,
        passing: 0.05,
        ..Errors::default()
    })
}

/// Models whose answers do not depend on the pictures, with their labels in the tables.
pub(crate) fn blind() -> Vec<(&'static str, Eye)> {
    let quality = |points| Quality::new(points).expect("1 to 10");
    let template = (0..20)
        .map(|cell| {
            let class = match dice(&[cell, 1]) {
                below if below < 0.65 => ImageClass::Photorealistic,
                below if below < 0.85 => ImageClass::BwStylized,
                _ => ImageClass::ColorStylized,
            };
            let points = pick(&[8, 7, 9, 8, 6, 7], dice(&[cell, 2]));
            (class, quality(points))
        })
        .collect();
    vec![
        ("the same list for every sheet", Eye::Template(template)),
        (
            "the same for every picture",
            Eye::Constant(ImageClass::Photorealistic, quality(7)),
        ),
        ("anything, anew at every look", Eye::Random),
        ("anything, the same for a picture", Eye::ByPicture),
    ]
}

/// Simulates all runs of one row.
pub(crate) fn total(
    eye: &Eye,
    provenance: Provenance,
    belief: Belief,
    scale: Scale,
    prices: Prices,
) -> Tally {
    let mut total = Tally::default();
    for seed in scale.first..scale.first + scale.seeds {
        let model = SimulatedModel {
            seed,
            eye: eye.clone(),
        };
        total += run(
            &actors(seed, scale.actors, provenance),
            &model,
            belief,
            prices,
        );
    }
    total
}

/// Simulates everything and returns all three tables.
pub(crate) fn markdown(scale: Scale, prices: Prices) -> String {
    let mut text = format!(
        "{} runs over {} actors for each line. Wrong by class: of a true class of which there were \
         none too many.\n\n",
        scale.seeds, scale.actors
    );
    text.push_str(
        "| model | provenance | believed | removed | wrong | wrong by class | right, of those due | \
         questions an actor | cost an actor | runs not believed |\n\
         |---|---|---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let mut models = vec![
        ("wrong on 15 %", wrong_on_15_percent()),
        (
            "wrong on 50 %",
            Eye::Looks(Errors {
                persistent: 0.33,
                passing: 0.17,
                ..Errors::default()
            }),
        ),
        ("never wrong", Eye::Looks(Errors::default())),
    ];
    models.extend(blind());
    for (title, eye) in &models {
        for provenance in PROVENANCE {
            for belief in Belief::ALL {
                let tally = total(eye, provenance, belief, scale, prices);
                line(&mut text, title, provenance, belief, &tally);
            }
        }
    }
    assumptions(&mut text, scale, prices);
    let _ = write!(
        text,
        "\n{} runs over one actor each, all of it believed, provenance known of 80 %.\n\n\
         | model | removed | wrong | runs not believed |\n|---|---:|---:|---:|\n",
        scale.single
    );
    let single = Scale {
        seeds: scale.single,
        actors: 1,
        ..scale
    };
    for (title, eye) in &models {
        let tally = total(eye, PROVENANCE[1], Belief::Everything, single, prices);
        let _ = writeln!(
            text,
            "| {title} | {} | {} | {} of {} |",
            tally.removed, tally.wrong, tally.distrusted, tally.runs
        );
    }
    text
}

/// Appends the table of models and sets that differ from what the default rates assume.
fn assumptions(text: &mut String, scale: Scale, prices: Prices) {
    let as_assumed = Errors {
        persistent: 0.10,
        passing: 0.05,
        ..Errors::default()
    };
    let worse = Errors {
        persistent: 0.15,
        passing: 0.10,
        ..Errors::default()
    };
    let noisy = Errors {
        quality_noise: 1,
        ..as_assumed
    };
    let confused = Errors {
        confusion: Some([ImageClass::Photorealistic, ImageClass::ColorStylized]),
        ..as_assumed
    };
    let known = PROVENANCE[1];
    let poor = Provenance {
        right: 0.85,
        ..known
    };
    let other_seeds = Scale {
        first: 10_000,
        ..scale
    };
    let cases = [
        ("as assumed, other seeds", as_assumed, known, other_seeds),
        ("provenance right in 85 % only", as_assumed, poor, scale),
        (
            "wrong on 25 %, of which 15 points persist",
            worse,
            known,
            scale,
        ),
        (
            "all errors are photograph against colour",
            confused,
            known,
            scale,
        ),
        ("qualities are off by up to one point", noisy, known, scale),
    ];
    text.push_str(
        "\nWrong on 15 %, provenance known of 80 %, but for what is said.\n\n\
         | what is different | wrong, one sheet | wrong, all of it | by class, one sheet | \
         by class, all of it | right, one sheet | right, all of it | runs not believed |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for (title, errors, provenance, scale) in cases {
        let of = |belief| total(&Eye::Looks(errors), provenance, belief, scale, prices);
        let (sheet, all) = (of(Belief::OneSheet), of(Belief::Everything));
        let right = |tally: &Tally| 100.0 * tally.right as f64 / tally.due as f64;
        let _ = writeln!(
            text,
            "| {title} | {} | {} | {} | {} | {:.1} % | {:.1} % | {} of {} |",
            sheet.wrong,
            all.wrong,
            sheet.wrong_class,
            all.wrong_class,
            right(&sheet),
            right(&all),
            all.distrusted,
            all.runs,
        );
    }
}

/// Appends one row of the large table.
fn line(text: &mut String, title: &str, provenance: Provenance, belief: Belief, tally: &Tally) {
    let known = if provenance.known > 0.0 {
        "known of 80 %"
    } else {
        "unknown"
    };
    let actors = tally.actors as f64;
    let _ = writeln!(
        text,
        "| {title} | {known} | {} | {} | {} | {} | {:.1} % | {:.2} | ${:.4} | {} of {} |",
        belief.title(),
        tally.removed,
        tally.wrong,
        tally.wrong_class,
        100.0 * tally.right as f64 / tally.due as f64,
        tally.questions as f64 / actors,
        tally.cost.dollars() / actors,
        tally.distrusted,
        tally.runs,
    );
}
