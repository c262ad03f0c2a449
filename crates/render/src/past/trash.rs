//! What `tdbal trash list` prints.

use crate::style::Style;
use crate::table::{lines, table};
use execution::trash::TrashOfRun;
use std::fmt::Write as _;
use storage::place::PlaceStore;

/// The trash of every run, and with `with_files` the key of every file and object in it.
pub fn trash(runs: &[TrashOfRun], with_files: bool, style: &Style) -> String {
    if runs.is_empty() {
        return "The trash is empty\n".to_owned();
    }
    let mut rows = table(&["Run", "Last change", "Files", "Size", ""], &[2, 3], style);
    for run in runs {
        let at = run
            .at
            .map_or_else(|| "unknown".to_owned(), |at| style.minute_of(at));
        rows.add_row([
            run.run_id.to_string(),
            at,
            run.files.len().to_string(),
            size(run.size()),
            run.in_use.clone().unwrap_or_default(),
        ]);
    }
    let mut text = lines(&rows);
    if with_files {
        for file in runs.iter().flat_map(|run| &run.files) {
            let store = match &file.store {
                PlaceStore::Data => String::new(),
                bucket @ PlaceStore::Bucket { .. } => format!("{bucket}/"),
            };
            let _ = writeln!(text, "  {store}{}", file.key);
        }
    }
    text
}

/// A number of bytes in the largest fitting unit: `12 KiB`, `1.5 GiB`.
fn size(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "KiB", "MiB"] {
        if size < 1024.0 {
            return format!("{size:.0} {unit}");
        }
        size /= 1024.0;
    }
    format!("{size:.1} GiB")
}
