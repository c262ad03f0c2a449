//! The plot is well-formed, self-contained XML and shows all results.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_wrap,
    missing_docs,
    reason = "a failing step should fail the test"
)]

use calibration::{Calibration, Given, HumanWord, Judge, Sample, Seat, calibrate, plot_svg};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use tdbal_types::ImageClass::{BwStylized, ColorStylized, Photorealistic};
use tdbal_types::{ImageClass, Quality, SheetNumber, Usd};

fn judges() -> [Judge; 6] {
    [
        Judge::Sheet(NonZeroU32::MIN),
        Judge::Votes,
        Judge::Close,
        Judge::Tone,
        Judge::Provenance,
        Judge::Verdict,
    ]
}

/// Forty pictures. The judges are wrong on every third, fifth, seventh, ... picture.
fn forty() -> Calibration {
    let classes = [Photorealistic, Photorealistic, BwStylized, ColorStylized];
    let samples: Vec<Sample> = (0..40_usize)
        .map(|at| {
            let truth = classes.get(at % 4).copied().unwrap();
            let other = |class: ImageClass| match class {
                Photorealistic => ColorStylized,
                BwStylized | ColorStylized => Photorealistic,
            };
            let answers: BTreeMap<Judge, Given> = (0..)
                .zip(judges())
                .map(|(place, judge)| {
                    let class = if (at + place) % (3 + 2 * place) == 0 {
                        other(truth)
                    } else {
                        truth
                    };
                    let silent = at % 10 == 7 && place > 2;
                    let given = Given {
                        class: (!silent).then_some(class),
                        quality: (place < 3).then(|| Quality::new(at as i64 % 10 + 1).unwrap()),
                        cost: Usd::from_nanos(place as u64 * 100_000),
                    };
                    (judge, given)
                })
                .collect();
            Sample {
                human: HumanWord {
                    class: Some(truth),
                    quality: Some(Quality::new(6).unwrap()),
                },
                answers,
                seats: vec![Seat {
                    number: SheetNumber::from_position(at % 20),
                    cells: 20,
                    right: at % 3 != 0,
                }],
                cost: Usd::from_nanos(1_500_000),
            }
        })
        .collect();
    calibrate(&samples)
}

struct Seen {
    texts: Vec<String>,
    elements: BTreeMap<String, usize>,
    attributes: BTreeSet<String>,
}

/// Parses the plot as strictly as a viewer: every element closed, every entity known.
fn read(svg: &str) -> Seen {
    let mut reader = Reader::from_str(svg);
    reader.config_mut().check_end_names = true;
    let mut seen = Seen {
        texts: Vec::new(),
        elements: BTreeMap::new(),
        attributes: BTreeSet::new(),
    };
    let mut depth = 0_i32;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                depth += 1;
                let name = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
                *seen.elements.entry(name).or_default() += 1;
                for attribute in start.attributes() {
                    let attribute = attribute.unwrap();
                    let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
                    seen.attributes.insert(key);
                }
            }
            Event::End(_) => depth -= 1,
            Event::Text(text) => seen.texts.push(text.decode().unwrap().into_owned()),
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "an element is not closed");
    seen
}

#[test]
fn the_plot_is_self_contained() {
    let svg = plot_svg(&forty());
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    let seen = read(&svg);
    for outside in ["href", "xlink:href", "src"] {
        assert!(!seen.attributes.contains(outside), "{outside}");
    }
    assert!(!svg.contains("url(") && !svg.contains("@import"));
    assert!(!seen.elements.contains_key("script"));
    assert!(svg.contains("prefers-color-scheme:dark"));
}

#[test]
fn the_plot_shows_every_judge_and_result() {
    let calibration = forty();
    let svg = plot_svg(&calibration);
    let seen = read(&svg);
    let text = seen.texts.join("\n");
    let mut judges = 0;
    for report in &calibration.judges {
        let share = report.accuracy.unwrap();
        let figure = format!("{} of {} (", share.count, share.of);
        assert!(text.contains(&figure), "{figure}");
        let kappa = format!("kappa {:.2}", report.kappa.unwrap());
        assert!(text.contains(&kappa), "{kappa}");
        judges += 1;
    }
    assert_eq!(judges, 6);
    for wanted in [
        "sheet 1 alone",
        "close look",
        "second third",
        "monochrome",
        "$0.0015 per picture",
    ] {
        assert!(text.contains(wanted), "{wanted}");
    }
    // Five judges with three classes and one with two tones, each with an extra column for unsure.
    let cells = svg.matches("class=\"cell\"").count();
    assert_eq!(cells, 5 * 3 * 4 + 2 * 3);
    // Six judges and three parts of the sheet.
    assert_eq!(svg.matches("class=\"whisker\"").count(), 9);
}

#[test]
fn all_sections_lie_inside_the_plot() {
    let svg = plot_svg(&forty());
    let height: f64 = number(&svg, " height=\"");
    let lowest = svg
        .match_indices("translate(32 ")
        .map(|(at, _)| {
            svg.get(at..)
                .and_then(|rest| rest.split([' ', ')']).nth(1))
                .unwrap()
        })
        .map(|y| y.parse::<f64>().unwrap())
        .fold(0.0, f64::max);
    // The lowest section consists of three bars and their scale.
    assert!(
        lowest > 500.0 && lowest + 120.0 < height,
        "{lowest} of {height}"
    );
}

fn number(svg: &str, before: &str) -> f64 {
    let rest = svg.split(before).nth(1).unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}

#[test]
fn an_empty_calibration_can_be_plotted() {
    let seen = read(&plot_svg(&calibrate(&[])));
    assert!(seen.texts.join(" ").contains("0 labelled pictures"));
    let silent = Sample {
        human: HumanWord {
            class: Some(BwStylized),
            quality: None,
        },
        answers: [(Judge::Verdict, Given::default())].into(),
        ..Sample::default()
    };
    let seen = read(&plot_svg(&calibrate(&[silent])));
    let text = seen.texts.join(" ");
    assert!(text.contains("no decisions") && text.contains("1 unsure"));
    assert!(text.contains("1 labelled picture:"));
}
