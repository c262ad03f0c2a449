//! Tables.

use crate::style::Style;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};

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
        for column in table.column_iter_mut().take(last) {
            column.set_constraint(ColumnConstraint::ContentWidth);
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
