//! Confusion matrices, one for each judge, in two columns.

use super::page::{MARGIN, WIDTH};
use super::words::name;
use crate::measure::{Confusion, Report};
use maud::{Markup, html};

/// Number of matrices in a row.
const ACROSS: u32 = 2;
/// Width and height of a matrix including the space around it.
const PITCH: (u32, u32) = ((WIDTH - 2 * MARGIN) / ACROSS, 184);
/// Width and height of a cell including the gap to the next one.
const CELL: (u32, u32) = (84, 36);
/// Position of the first cell, to the right of the row names and below the column names.
const FIRST: (u32, u32) = (92, 48);
/// Opacity of a cell that contains its whole row. More would make the number in it illegible.
const STRONGEST: f64 = 0.6;

pub(super) fn height(reports: &[Report]) -> u32 {
    (reports.len() as u32).div_ceil(ACROSS) * PITCH.1
}

pub(super) fn draw(reports: &[Report]) -> Markup {
    html! {
        @for (place, report) in (0..).zip(reports) {
            @let (x, y) = (place % ACROSS * PITCH.0, place / ACROSS * PITCH.1);
            g transform=(format!("translate({x} {y})")) {
                text x="0" y="16" { (name(report)) }
                (table(&report.confusion))
            }
        }
    }
}

fn table(confusion: &Confusion) -> Markup {
    let size = confusion.categories.len() as u32;
    html! {
        @for (column, category) in (0..).zip(&confusion.categories) {
            text class="note mid" x=(left(column) + CELL.0 / 2) y=(FIRST.1 - 8) { (category.short()) }
        }
        text class="note mid" x=(left(size) + CELL.0 / 2) y=(FIRST.1 - 8) { "unsure" }
        @for (row, category) in (0..).zip(&confusion.categories) {
            text class="note end" x=(FIRST.0 - 10) y=(top(row) + CELL.1 / 2 + 4) { (category.short()) }
            @for (column, count) in (0..).zip(confusion.counts.get(row as usize).into_iter().flatten()) {
                @let class = if row == column { "right-cell" } else { "wrong-cell" };
                (cell((column, row), class, *count, confusion.row_total(row as usize)))
                @if row == column {
                    rect class="frame" x=(left(column)) y=(top(row)) width=(CELL.0 - 2) height=(CELL.1 - 2) {}
                }
            }
            @if let Some(count) = confusion.unsure.get(row as usize) {
                (cell((size, row), "unsure-cell", *count, confusion.row_total(row as usize)))
            }
        }
    }
}

/// Draws one cell. The larger its share of the row, the stronger its colour.
fn cell((column, row): (u32, u32), class: &str, count: usize, of: usize) -> Markup {
    // The colour is relative to the row, because classes may differ greatly in size.
    let share = if of == 0 {
        0.0
    } else {
        count as f64 / of as f64
    };
    let (x, y) = (left(column), top(row));
    let (width, height) = (CELL.0 - 2, CELL.1 - 2);
    html! {
        rect class="cell" x=(x) y=(y) width=(width) height=(height) {}
        @if count > 0 {
            // At least 8 %, to make a single picture visible.
            rect class=(class) x=(x) y=(y) width=(width) height=(height)
                fill-opacity=(format!("{:.2}", 0.08 + (STRONGEST - 0.08) * share)) {}
        }
        text class="mid" x=(x + width / 2) y=(y + height / 2 + 5) { (count) }
    }
}

const fn left(column: u32) -> u32 {
    FIRST.0 + column * CELL.0
}

const fn top(row: u32) -> u32 {
    FIRST.1 + row * CELL.1
}
