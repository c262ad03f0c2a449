//! What the plot says in words.

use crate::judge::Judge;
use crate::measure::{Calibration, Report};

/// A judge's name in words.
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

pub(super) fn counts(calibration: &Calibration) -> String {
    let classes = calibration.classes;
    let pictures = if calibration.pictures == 1 {
        "picture"
    } else {
        "pictures"
    };
    format!(
        "{} {pictures} with a person's word: {} photorealistic, {} black-and-white, {} colour; {} paid for a picture",
        calibration.pictures,
        classes.photorealistic,
        classes.bw_stylized,
        classes.color_stylized,
        calibration.cost_per_picture,
    )
}

/// The figures in words, for those who cannot see the picture.
pub(super) fn summary(calibration: &Calibration) -> String {
    let judges = calibration.judges.iter().map(|report| {
        let right = report.accuracy.map_or_else(
            || "decided nothing".to_owned(),
            |accuracy| format!("right on {} of {}", accuracy.count, accuracy.of),
        );
        format!(" {}: {right}.", name(report))
    });
    let judges: String = judges.collect();
    format!("{}.{judges}", counts(calibration))
}

/// A share as a whole percentage.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// How often a judge would not say.
pub(super) fn unsure(report: &Report) -> usize {
    report.confusion.unsure.iter().sum()
}
