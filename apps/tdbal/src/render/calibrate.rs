//! How well each judge agrees with what persons say.

use super::count;
use super::table::{lines, table};
use calibration::{Calibration, Judge, Proportion, Report};
use pipeline::calibrate::{CalibrationReport, WrongVerdict};
use std::fmt::Write as _;

/// Up to so many pictures are named.
const MOST_NAMED: usize = 10;

/// What `tdbal calibrate` prints.
pub(crate) fn calibration(calibrated: &CalibrationReport) -> String {
    let calibration = &calibrated.calibration;
    let classes = calibration.classes;
    let mut text = format!(
        "{} of {} with a person's word: {} photorealistic, {} black-and-white stylised, {} colour \
         stylised\nJudged by: {}\n\n",
        count(calibration.pictures, "picture"),
        count(calibrated.actors, "actor"),
        classes.photorealistic,
        classes.bw_stylized,
        classes.color_stylized,
        calibrated.model.model,
    );
    text.push_str(&judges(&calibration.judges));
    for report in &calibration.judges {
        text.push_str(&confusion(report));
    }
    text.push_str(&positions(calibration));
    text.push_str(&wrong(&calibrated.wrong));
    for left in &calibrated.left_out {
        let _ = writeln!(
            text,
            "Left out: {}/{}: {}",
            left.actor, left.picture, left.reason
        );
    }
    for suspicion in &calibrated.suspicions {
        let _ = writeln!(text, "Not to be believed: {suspicion}");
    }
    let _ = writeln!(
        text,
        "The answers about these pictures cost {}, {} each. Paid in this run, with what else is on \
         their sheets: {}.",
        calibration.cost, calibration.cost_per_picture, calibrated.paid_now_usd
    );
    text
}

fn judges(reports: &[Report]) -> String {
    let head = [
        "Judge",
        "Asked",
        "Said",
        "Right",
        "Accuracy (95 %)",
        "Kappa",
        "Quality off",
        "Cost each",
    ];
    let mut rows = table(&head, &[1, 2, 3, 4, 5, 6, 7]);
    for report in reports {
        let quality = report.quality.map_or_else(none, |gap| {
            format!("{:.1} ({:+.1})", gap.mean_absolute, gap.bias)
        });
        rows.add_row([
            name(report.judge),
            report.pictures.to_string(),
            report.confusion.decided().to_string(),
            report.confusion.right().to_string(),
            report.accuracy.as_ref().map_or_else(none, share),
            report
                .kappa
                .map_or_else(none, |kappa| format!("{kappa:.2}")),
            quality,
            report.cost_per_picture.to_string(),
        ]);
    }
    format!("{}\n", lines(&rows))
}

/// What a person says, by rows, against what a judge said, by columns.
fn confusion(report: &Report) -> String {
    let confusion = &report.confusion;
    let title = name(report.judge);
    let mut head = vec![title.as_str()];
    head.extend(confusion.categories.iter().map(|category| category.short()));
    head.push("would not say");
    let numbers: Vec<usize> = (1..head.len()).collect();
    let mut rows = table(&head, &numbers);
    for (at, category) in confusion.categories.iter().enumerate() {
        let counts = confusion.counts.get(at).into_iter().flatten();
        let mut row = vec![format!("is {}", category.short())];
        row.extend(counts.map(usize::to_string));
        row.extend(confusion.unsure.get(at).map(usize::to_string));
        rows.add_row(row);
    }
    format!("{}\n", lines(&rows))
}

fn positions(calibration: &Calibration) -> String {
    if calibration.wrong_by_part.is_empty() {
        return String::new();
    }
    let head = ["Third of a sheet", "Seen", "Wrong", "Wrong (95 %)"];
    let mut rows = table(&head, &[1, 2, 3]);
    for (part, wrong) in &calibration.wrong_by_part {
        rows.add_row([
            part.as_str().to_owned(),
            wrong.of.to_string(),
            wrong.count.to_string(),
            share(wrong),
        ]);
    }
    format!("{}\n", lines(&rows))
}

fn wrong(wrong: &[WrongVerdict]) -> String {
    let mut text = String::new();
    for one in wrong.iter().take(MOST_NAMED) {
        let _ = writeln!(
            text,
            "Wrong verdict: {}/{} is {}, not {}",
            one.actor, one.file, one.human, one.verdict
        );
    }
    let more = wrong.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        let _ = writeln!(text, "and {more} more wrong verdicts, which --json lists");
    }
    text
}

/// A share with its interval: `75 % (47 to 91)`.
fn share(share: &Proportion) -> String {
    let percent = |part: f64| format!("{:.0}", part * 100.0);
    format!(
        "{} % ({} to {})",
        percent(share.rate()),
        percent(share.low),
        percent(share.high)
    )
}

fn none() -> String {
    "-".to_owned()
}

fn name(judge: Judge) -> String {
    match judge {
        Judge::Sheet(vote) => format!("sheet {vote} alone"),
        Judge::Votes => "votes".to_owned(),
        Judge::Close => "close look".to_owned(),
        Judge::Tone => "tone of pixels".to_owned(),
        Judge::Provenance => "provenance".to_owned(),
        Judge::Verdict => "verdict".to_owned(),
    }
}
