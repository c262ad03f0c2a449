//! What `tdbal stats` prints.

use crate::style::Style;
use crate::table::{lines, table};
use crate::words::count;
use dataset::stats::Stats;
use std::cmp::Ordering;

/// The number of pictures of each actor against its target.
pub fn stats(stats: &Stats, style: &Style) -> String {
    let mut rows = table(&["Actor", "Pictures", "Target", ""], &[1, 2], style);
    for actor in &stats.by_actor {
        let comparison = actor.images.map(|images| images.cmp(&actor.wanted));
        let note = match (&actor.error, comparison) {
            (Some(error), _) => error.clone(),
            (None, Some(Ordering::Greater)) => "over".to_owned(),
            (None, Some(Ordering::Less)) => "under".to_owned(),
            (None, _) => "exact".to_owned(),
        };
        rows.add_row([
            actor.actor.to_string(),
            number(actor.images),
            actor.wanted.to_string(),
            note,
        ]);
    }
    let failed = match stats.failed {
        0 => String::new(),
        failed => format!(", {failed} with an unreadable manifest"),
    };
    format!(
        "{}\n{}, {}: {} over, {} under, {} exact{failed}\n",
        lines(&rows),
        count(stats.actors, "actor"),
        count(stats.images, "picture"),
        stats.over,
        stats.under,
        stats.exact,
    )
}

/// The number of pictures of each actor before and after a run.
pub fn before_and_after(before: &Stats, after: &Stats, style: &Style) -> String {
    let mut rows = table(&["Actor", "Before", "After"], &[1, 2], style);
    for old in &before.by_actor {
        let new = after.by_actor.iter().find(|new| new.actor == old.actor);
        rows.add_row([
            old.actor.to_string(),
            number(old.images),
            number(new.and_then(|new| new.images)),
        ]);
    }
    format!("\nPictures before and after:\n{}", lines(&rows))
}

fn number(images: Option<usize>) -> String {
    images.map_or_else(|| "?".to_owned(), |images| images.to_string())
}
