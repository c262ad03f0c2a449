//! Horizontal bars with confidence intervals.

use super::words::{name, percent, unsure};
use crate::measure::{Calibration, Part, Report};
use crate::statistics::Proportion;
use maud::{Markup, html};

/// Left end of the bars, and the length of a bar of 100 %.
const START: f64 = 130.0;
const LENGTH: f64 = 300.0;
/// Height of a bar including the gap below, and without it.
const STEP: u32 = 30;
const THICK: u32 = 14;
/// Height of the scale below the bars.
const AXIS: u32 = 30;

/// One bar with its label and a note to its right.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) share: Option<Proportion>,
    pub(super) note: String,
    pub(super) class: &'static str,
}

pub(super) fn accuracy(reports: &[Report]) -> Vec<Bar> {
    reports
        .iter()
        .map(|report| Bar {
            label: name(report),
            share: report.accuracy,
            note: note(report),
            class: "bar",
        })
        .collect()
}

fn note(report: &Report) -> String {
    let mut parts = vec![report.accuracy.map_or_else(
        || "no decisions".to_owned(),
        |share| {
            format!(
                "{} of {} ({} to {})",
                share.count,
                share.of,
                percent(share.low),
                percent(share.high)
            )
        },
    )];
    if let Some(kappa) = report.kappa {
        parts.push(format!("kappa {kappa:.2}"));
    }
    if unsure(report) > 0 {
        parts.push(format!("{} unsure", unsure(report)));
    }
    if let Some(quality) = report.quality {
        parts.push(format!("mean quality error {:.1}", quality.mean_absolute));
    }
    parts.join(", ")
}

pub(super) fn positions(calibration: &Calibration) -> Vec<Bar> {
    calibration
        .wrong_by_part
        .iter()
        .map(|(part, wrong)| Bar {
            label: match part {
                Part::Beginning => "first third",
                Part::Middle => "second third",
                Part::End => "last third",
            }
            .to_owned(),
            share: Some(*wrong),
            note: format!(
                "{} of {} ({} to {})",
                wrong.count,
                wrong.of,
                percent(wrong.low),
                percent(wrong.high)
            ),
            class: "wrong",
        })
        .collect()
}

pub(super) fn height(bars: &[Bar]) -> u32 {
    bars.len() as u32 * STEP + AXIS
}

pub(super) fn draw(bars: &[Bar]) -> Markup {
    let foot = bars.len() as u32 * STEP;
    html! {
        @for quarter in 0..=4_u32 {
            @let x = START + LENGTH * f64::from(quarter) / 4.0;
            line class="grid" x1=(x) y1="0" x2=(x) y2=(foot) {}
            text class="note mid" x=(x) y=(foot + 16) { (quarter * 25) " %" }
        }
        @for (row, bar) in (0..).zip(bars) {
            (one(bar, row * STEP))
        }
    }
}

fn one(bar: &Bar, top: u32) -> Markup {
    let middle = top + STEP / 2;
    html! {
        text class="end" x=(START - 12.0) y=(middle + 4) { (bar.label) }
        rect class="track" x=(START) y=(middle - THICK / 2) width=(LENGTH) height=(THICK) {}
        @if let Some(share) = bar.share {
            rect class=(bar.class) x=(START) y=(middle - THICK / 2)
                width=(x_of(share.rate()) - START) height=(THICK) {}
            // The whisker: an upright stroke at each end and a line between them.
            path class="whisker" d=(format!(
                "M{low:.1} {top}v10M{low:.1} {middle}H{high:.1}M{high:.1} {top}v10",
                low = x_of(share.low),
                high = x_of(share.high),
                top = middle - 5,
            )) {}
        }
        text class="note" x=(START + LENGTH + 14.0) y=(middle + 4) { (bar.note) }
    }
}

/// The x coordinate of a share, rounded to a tenth of a unit to keep the file short.
fn x_of(share: f64) -> f64 {
    ((START + share * LENGTH) * 10.0).round() / 10.0
}
