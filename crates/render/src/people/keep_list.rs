//! What `tdbal keep --list` prints.

use crate::style::Style;
use crate::table::{lines, table};
use dataset::people::keep_list::KeepList;

/// The pictures that are never removed, with who marked them and when.
pub fn marks(marks: &KeepList, style: &Style) -> String {
    if marks.kept.is_empty() {
        return "No pictures are on the keep list\n".to_owned();
    }
    let mut rows = table(&["Picture", "Marked", "By"], &[], style);
    for mark in &marks.kept {
        rows.add_row([
            format!("{}/{}", mark.actor, mark.file),
            style.time(&mark.marked_at),
            mark.marked_by.clone(),
        ]);
    }
    lines(&rows)
}
