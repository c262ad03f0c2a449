//! Tables.

use comfy_table::{CellAlignment, Table, presets};
use dataset::people::keep_list::KeepList;
use dataset::stats::Stats;

/// A table with a head and columns of which those of numbers are flush right.
pub(crate) fn table(head: &[&str], numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_header(head.iter().copied());
    for &column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
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

/// What `tdbal stats` prints.
pub(crate) fn stats(stats: &Stats) -> String {
    let mut rows = table(&["Actor", "Images", "Wanted", ""], &[1, 2]);
    for actor in &stats.by_actor {
        let images = actor
            .images
            .map_or_else(|| "?".to_owned(), |images| images.to_string());
        let word = match (
            &actor.error,
            actor.images.map(|images| images.cmp(&actor.wanted)),
        ) {
            (Some(error), _) => error.clone(),
            (None, Some(std::cmp::Ordering::Greater)) => "over".to_owned(),
            (None, Some(std::cmp::Ordering::Less)) => "under".to_owned(),
            (None, _) => "exact".to_owned(),
        };
        rows.add_row([
            actor.actor.to_string(),
            images,
            actor.wanted.to_string(),
            word,
        ]);
    }
    let failed = match stats.failed {
        0 => String::new(),
        failed => format!(", {failed} with a manifest that cannot be read"),
    };
    format!(
        "{}\n{} actors, {} images: {} over, {} under, {} exact{failed}\n",
        lines(&rows),
        stats.actors,
        stats.images,
        stats.over,
        stats.under,
        stats.exact,
    )
}

/// What `tdbal keep --list` prints.
pub(crate) fn marks(marks: &KeepList) -> String {
    if marks.kept.is_empty() {
        return "No picture is marked to be kept\n".to_owned();
    }
    let mut rows = table(&["Picture", "Marked", "By"], &[]);
    for mark in &marks.kept {
        rows.add_row([
            format!("{}/{}", mark.actor, mark.file),
            super::moment(&mark.marked_at),
            mark.marked_by.clone(),
        ]);
    }
    lines(&rows)
}

/// The number of pictures of each actor before and after.
pub(crate) fn before_and_after(before: &Stats, after: &Stats) -> String {
    let mut rows = table(&["Actor", "Before", "After"], &[1, 2]);
    let text = |images: Option<usize>| images.map_or_else(|| "?".to_owned(), |n| n.to_string());
    for old in &before.by_actor {
        let new = after.by_actor.iter().find(|new| new.actor == old.actor);
        rows.add_row([
            old.actor.to_string(),
            text(old.images),
            text(new.and_then(|new| new.images)),
        ]);
    }
    format!("Pictures before and after:\n{}", lines(&rows))
}
