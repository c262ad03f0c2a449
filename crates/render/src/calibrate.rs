//! What `tdbal calibrate` prints: how well each judge agrees with people.

use crate::style::Style;
use crate::table::{lines, table};
use crate::words::count;
use calibration::{Calibration, Judge, Proportion, Report};
use pipeline::calibrate::{CalibrationReport, WrongVerdict};
use std::fmt::Write as _;

/// Number of wrong verdicts that are listed.
const MOST_NAMED: usize = 10;

/// Accuracy of every judge, confusion tables, wrong verdicts and costs.
pub fn calibration(calibrated: &CalibrationReport, style: &Style) -> String {
    let calibration = &calibrated.calibration;
    let classes = calibration.classes;
    let mut text = format!(
        "Compared {} of {}:\n  {} photorealistic, {} black-and-white stylised, {} colour \
         stylised\nJudged by: {}\n\n",
        count(calibration.pictures, "labelled picture"),
        count(calibrated.actors, "actor"),
        classes.photorealistic,
        classes.bw_stylized,
        classes.color_stylized,
        calibrated.model.model,
    );
    text.push_str(&judges(&calibration.judges, style));
    for report in &calibration.judges {
        text.push_str(&confusion(report, style));
    }
    text.push_str(&positions(calibration, style));
    text.push_str(&wrong(&calibrated.wrong));
    for left in &calibrated.left_out {
        let line = format!("Left out: {}/{}: {}", left.actor, left.picture, left.reason);
        text.push_str(&style.wrap(&line, 2));
    }
    for suspicion in &calibrated.suspicions {
        text.push_str(&style.wrap(&format!("Not trusted: {suspicion}"), 2));
    }
    let line = format!(
        "The answers about these pictures cost {}, {} each. This run cost {}, including the other \
         pictures on the same sheets.",
        calibration.cost, calibration.cost_per_picture, calibrated.paid_now_usd
    );
    text.push_str(&style.wrap(&line, 0));
    text
}

fn judges(reports: &[Report], style: &Style) -> String {
    let head = [
        "Judge",
        "Asked",
        "Decided",
        "Right",
        "Accuracy (95 %)",
        "Kappa",
        "Quality",
        "Each",
    ];
    let mut rows = table(&head, &[1, 2, 3, 4, 5, 6, 7], style);
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

/// The labels in rows against the judge's answers in columns.
fn confusion(report: &Report, style: &Style) -> String {
    let confusion = &report.confusion;
    let title = name(report.judge);
    let mut head = vec![title.as_str()];
    head.extend(confusion.categories.iter().map(|category| category.short()));
    head.push("undecided");
    let numbers: Vec<usize> = (1..head.len()).collect();
    let mut rows = table(&head, &numbers, style);
    for (at, category) in confusion.categories.iter().enumerate() {
        let counts = confusion.counts.get(at).into_iter().flatten();
        let mut row = vec![format!("is {}", category.short())];
        row.extend(counts.map(usize::to_string));
        row.extend(confusion.unsure.get(at).map(usize::to_string));
        rows.add_row(row);
    }
    format!("{}\n", lines(&rows))
}

fn positions(calibration: &Calibration, style: &Style) -> String {
    if calibration.wrong_by_part.is_empty() {
        return String::new();
    }
    let head = ["Part of the sheet", "Pictures", "Wrong", "Error (95 %)"];
    let mut rows = table(&head, &[1, 2, 3], style);
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
            "Wrong verdict: {}/{}: labelled {}, judged {}",
            one.actor, one.file, one.human, one.verdict
        );
    }
    let more = wrong.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        let _ = writeln!(text, "... and {more} more wrong verdicts; --json lists all");
    }
    text
}

/// A share in percent with its 95 % interval: `75 % (47 to 91)`.
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
