//! Tables.

use crate::style::Style;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};

/// Smallest width of a last column that wraps.
const LAST_COLUMN: u16 = 12;

/// A table with a head. The columns in `numbers` are aligned to the right. If the reader's terminal is
/// too narrow, the last column wraps at words; the others keep their width.
pub(crate) fn table(head: &[&str], numbers: &[usize], style: &Style) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_header(head.iter().copied());
    for &column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    if let Some(width) = style.width {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(width).unwrap_or(u16::MAX));
        let last = head.len().saturating_sub(1);
        for (place, column) in table.column_iter_mut().enumerate() {
            // A column of a few letters is harder to read than a line that is too long.
            column.set_constraint(if place < last || numbers.contains(&place) {
                ColumnConstraint::ContentWidth
            } else {
                ColumnConstraint::LowerBoundary(Width::Fixed(LAST_COLUMN))
            });
        }
    }
    table
}

/// The lines of a table without blanks at their ends.
pub(crate) fn lines(table: &Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
