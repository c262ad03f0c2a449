//! Calibrations compared with results computed by hand.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_wrap,
    missing_docs,
    reason = "a failing step should fail the test"
)]

use calibration::{
    Calibration, Category, Given, HumanWord, Judge, Part, Sample, Scale, Seat, calibrate,
};
use proptest::prelude::*;
use std::num::NonZeroU32;
use tdbal_types::ImageClass::{self, BwStylized, ColorStylized, Photorealistic};
use tdbal_types::{ClassCounts, Quality, SheetNumber, Usd};

const FIRST: Judge = Judge::Sheet(NonZeroU32::MIN);

fn given(class: Option<ImageClass>, quality: Option<i64>, nanos: u64) -> Given {
    Given {
        class,
        quality: quality.map(|quality| Quality::new(quality).unwrap()),
        cost: Usd::from_nanos(nanos),
    }
}

fn human(class: ImageClass, quality: Option<i64>) -> HumanWord {
    HumanWord {
        class: Some(class),
        quality: quality.map(|quality| Quality::new(quality).unwrap()),
    }
}

fn seat(number: u32, cells: u32, right: bool) -> Seat {
    Seat {
        number: SheetNumber::new(number).unwrap(),
        cells,
        right,
    }
}

/// Six pictures with the answers of three judges.
fn six() -> Vec<Sample> {
    let truth = [
        Photorealistic,
        Photorealistic,
        Photorealistic,
        BwStylized,
        BwStylized,
        ColorStylized,
    ];
    let sheet = [
        Photorealistic,
        ColorStylized,
        Photorealistic,
        BwStylized,
        Photorealistic,
        ColorStylized,
    ];
    let verdict = [
        Some(Photorealistic),
        None,
        Some(Photorealistic),
        Some(BwStylized),
        Some(BwStylized),
        Some(ColorStylized),
    ];
    let tone = [
        Some(ColorStylized),
        Some(ColorStylized),
        Some(BwStylized),
        Some(BwStylized),
        None,
        Some(Photorealistic),
    ];
    (0..6)
        .map(|at| {
            let number = at as u32 + 1;
            let mut answers = std::collections::BTreeMap::new();
            // Qualities 3, 4, 5, 6, 7 and 8. The person rates all but the last, each with 5.
            answers.insert(FIRST, given(Some(sheet[at]), Some(at as i64 + 3), 100));
            answers.insert(Judge::Tone, given(tone[at], None, 0));
            answers.insert(Judge::Verdict, given(verdict[at], None, 301));
            Sample {
                human: human(truth[at], (at < 5).then_some(5)),
                answers,
                seats: vec![
                    seat(number, 6, truth[at] == sheet[at]),
                    seat(7 - number, 6, true),
                ],
                cost: Usd::from_nanos(if at == 0 { 1003 } else { 1000 }),
            }
        })
        .collect()
}

#[test]
fn reports_on_sheets_agree_with_results_by_hand() {
    let calibration = calibrate(&six());
    assert_eq!(calibration.pictures, 6);
    let counted = ClassCounts {
        photorealistic: 3,
        bw_stylized: 2,
        color_stylized: 1,
    };
    assert_eq!(calibration.classes, counted);
    let report = calibration.of(FIRST).unwrap();
    assert_eq!((report.scale, report.pictures), (Scale::Classes, 6));
    assert_eq!(
        report.confusion.counts,
        [[2, 0, 1], [1, 1, 0], [0, 0, 1]].map(Vec::from)
    );
    assert_eq!(report.confusion.unsure, [0, 0, 0]);
    let accuracy = report.accuracy.unwrap();
    assert_eq!((accuracy.count, accuracy.of), (4, 6));
    assert_eq!(report.decided.unwrap().count, 6);
    // po = 4/6; pe = (3x3 + 2x1 + 1x2) / 36 = 13/36; kappa = (24 - 13) / (36 - 13).
    assert!((report.kappa.unwrap() - 11.0 / 23.0).abs() < 1e-12);
    // Errors -2, -1, 0, 1, 2.
    let quality = report.quality.unwrap();
    assert_eq!(quality.pictures, 5);
    assert!((quality.mean_absolute - 1.2).abs() < 1e-12 && quality.bias.abs() < 1e-12);
    assert_eq!(report.cost_per_picture, Usd::from_nanos(100));
    // 6003 / 6 = 1000.5.
    assert_eq!(calibration.cost, Usd::from_nanos(6003));
    assert_eq!(calibration.cost_per_picture, Usd::from_nanos(1001));
}

#[test]
fn unsure_answers_lower_decided_but_not_accuracy() {
    let calibration = calibrate(&six());
    let report = calibration.of(Judge::Verdict).unwrap();
    let (accuracy, decided) = (report.accuracy.unwrap(), report.decided.unwrap());
    assert_eq!((accuracy.count, accuracy.of), (5, 5));
    assert_eq!((decided.count, decided.of), (5, 6));
    assert_eq!(report.confusion.unsure, [1, 0, 0]);
    assert_eq!(report.confusion.row_total(0), 3);
    assert!((report.kappa.unwrap() - 1.0).abs() < 1e-12);
    assert_eq!(report.quality, None);
    assert_eq!(calibration.of(Judge::Close), None);
}

#[test]
fn tone_is_compared_on_the_scale_of_tone_only() {
    let calibration = calibrate(&six());
    let report = calibration.of(Judge::Tone).unwrap();
    assert_eq!(
        report.confusion.categories,
        [Category::Monochrome, Category::Coloured]
    );
    // Of two black-and-white pictures, one is monochrome and one unsure; of four others, one is
    // monochrome.
    assert_eq!(report.confusion.counts, [[1, 0], [1, 3]].map(Vec::from));
    assert_eq!(report.confusion.unsure, [1, 0]);
    assert_eq!(report.accuracy.unwrap().count, 4);
    // po = 4/5; pe = (1x2 + 4x3) / 25 = 14/25; kappa = (20 - 14) / (25 - 14).
    assert!((report.kappa.unwrap() - 6.0 / 11.0).abs() < 1e-12);
}

#[test]
fn errors_are_counted_by_position_on_the_sheet() {
    let calibration = calibrate(&six());
    // Numbers 2 and 5 of the first sheet are wrong; on the second sheet everything is right.
    let by_number: Vec<(u32, usize, usize)> = calibration
        .wrong_by_number
        .iter()
        .map(|(number, wrong)| (number.get(), wrong.count, wrong.of))
        .collect();
    let expected = [
        (1, 0, 2),
        (2, 1, 2),
        (3, 0, 2),
        (4, 0, 2),
        (5, 1, 2),
        (6, 0, 2),
    ];
    assert_eq!(by_number, expected);
    let by_part: Vec<(Part, usize, usize)> = calibration
        .wrong_by_part
        .iter()
        .map(|(part, wrong)| (*part, wrong.count, wrong.of))
        .collect();
    let expected = [
        (Part::Beginning, 1, 4),
        (Part::Middle, 0, 4),
        (Part::End, 1, 4),
    ];
    assert_eq!(by_part, expected);
}

#[test]
fn sheets_are_divided_into_thirds() {
    let parts = |cells: u32| {
        let counted = (1..=cells).map(|number| seat(number, cells, true).part());
        counted.fold([0; 3], |mut counts, part| {
            counts[part as usize] += 1;
            counts
        })
    };
    assert_eq!(parts(20), [7, 7, 6]);
    assert_eq!(parts(3), [1, 1, 1]);
    assert_eq!(parts(1), [1, 0, 0]);
    assert_eq!(seat(9, 4, true).part(), Part::End);
    assert_eq!(seat(u32::MAX, u32::MAX, true).part(), Part::End);
}

#[test]
fn a_label_with_only_a_quality_is_compared() {
    let sample = Sample {
        human: HumanWord {
            class: None,
            quality: Some(Quality::MAX),
        },
        answers: [(Judge::Close, given(Some(BwStylized), Some(7), 8))].into(),
        ..Sample::default()
    };
    let calibration = calibrate(&[sample]);
    let report = calibration.of(Judge::Close).unwrap();
    assert_eq!(
        (report.pictures, report.accuracy, report.kappa),
        (0, None, None)
    );
    let quality = report.quality.unwrap();
    assert!((quality.bias + 3.0).abs() < 1e-12);
    assert_eq!(report.cost_per_picture, Usd::from_nanos(8));
}

#[test]
fn no_samples_give_an_empty_calibration() {
    let calibration = calibrate(&[]);
    assert_eq!((calibration.pictures, calibration.cost), (0, Usd::ZERO));
    assert!(calibration.judges.is_empty() && calibration.wrong_by_part.is_empty());
}

#[test]
fn calibrations_survive_a_round_trip_through_json() {
    let calibration = calibrate(&six());
    let text = serde_json::to_string_pretty(&calibration).unwrap();
    let again: Calibration = serde_json::from_str(&text).unwrap();
    assert_eq!(again, calibration);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["schema_version"], 1);
    assert_eq!(value["judges"][0]["judge"], "sheet_1");
    assert_eq!(value["judges"][0]["confusion"]["counts"][1][0], 1);
    assert_eq!(value["wrong_by_part"]["beginning"]["of"], 4);
    assert_eq!(value["wrong_by_number"]["5"]["count"], 1);
    let samples = six();
    let text = serde_json::to_string(&samples).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Sample>>(&text).unwrap(), samples);
}

fn any_class() -> impl Strategy<Value = Option<ImageClass>> {
    proptest::option::of(proptest::sample::select(ImageClass::ALL.to_vec()))
}

proptest! {
    #[test]
    fn the_order_of_samples_does_not_matter(
        words in proptest::collection::vec((any_class(), any_class(), 1_i64..=10, 1_i64..=10), 1..40),
        turn in 0_usize..40,
    ) {
        let mut samples: Vec<Sample> = words
            .into_iter()
            .map(|(truth, said, good, called)| Sample {
                human: HumanWord { class: truth, quality: Some(Quality::new(good).unwrap()) },
                answers: [(Judge::Votes, given(said, Some(called), 7))].into(),
                ..Sample::default()
            })
            .collect();
        let calibration = calibrate(&samples);
        let report = calibration.of(Judge::Votes).unwrap();
        let unsure: usize = report.confusion.unsure.iter().sum();
        prop_assert_eq!(report.confusion.decided() + unsure, report.pictures);
        prop_assert_eq!(report.pictures, calibration.classes.total());
        let count = samples.len();
        samples.rotate_left(turn % count);
        prop_assert_eq!(calibrate(&samples), calibration);
    }
}
