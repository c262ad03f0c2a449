//! The texts of the plot.

use crate::judge::Judge;
use crate::measure::{Calibration, Report};

/// The name of a judge for people.
pub(super) fn name(report: &Report) -> String {
    match report.judge {
        Judge::Sheet(vote) => format!("sheet {vote} alone"),
        Judge::Votes => "vote over sheets".to_owned(),
        Judge::Close => "close look".to_owned(),
        Judge::Tone => "tone of pixels".to_owned(),
        Judge::Provenance => "provenance".to_owned(),
        Judge::Verdict => "verdict".to_owned(),
    }
}

/// The number of pictures, by class, and their cost.
pub(super) fn counts(calibration: &Calibration) -> String {
    let classes = calibration.classes;
    let pictures = if calibration.pictures == 1 {
        "picture"
    } else {
        "pictures"
    };
    format!(
        "{} labelled {pictures}: {} photorealistic, {} black-and-white, {} colour; {} per picture",
        calibration.pictures,
        classes.photorealistic,
        classes.bw_stylized,
        classes.color_stylized,
        calibration.cost_per_picture,
    )
}

/// The results in words, for people who cannot see the plot.
pub(super) fn summary(calibration: &Calibration) -> String {
    let judges = calibration.judges.iter().map(|report| {
        let right = report.accuracy.map_or_else(
            || "no decisions".to_owned(),
            |accuracy| format!("{} of {} correct", accuracy.count, accuracy.of),
        );
        format!(" {}: {right}.", name(report))
    });
    let judges: String = judges.collect();
    format!("{}.{judges}", counts(calibration))
}

/// A share as a percentage without decimals.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// The number of pictures about which a judge is unsure.
pub(super) fn unsure(report: &Report) -> usize {
    report.confusion.unsure.iter().sum()
}
