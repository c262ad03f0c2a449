//! What people said about pictures.

use crate::style::Style;
use crate::table::{lines, table};
use dataset::people::labels::{Labels, Statement, Wish};

/// What `tdbal label --list` prints: a line for each label, ordered by actor and file.
pub fn labels(labels: &Labels, style: &Style) -> String {
    if labels.is_empty() {
        return "No pictures are labelled\n".to_owned();
    }
    let mut said: Vec<&Statement> = labels.iter().flat_map(|(_, said)| said).collect();
    said.sort_by(|a, b| (&a.actor, &a.file, &a.said_at).cmp(&(&b.actor, &b.file, &b.said_at)));
    let mut rows = table(&["Picture", "Label", "Set", "By"], &[], style);
    for said in said {
        rows.add_row([
            format!("{}/{}", said.actor, said.file),
            words(said),
            style.time(&said.said_at),
            said.said_by.clone(),
        ]);
    }
    lines(&rows)
}

/// The line that confirms a new label.
pub fn said(statement: &Statement) -> String {
    let Statement { actor, file, .. } = statement;
    format!("Labelled {actor}/{file}: {}\n", words(statement))
}

fn words(statement: &Statement) -> String {
    let mut words = Vec::new();
    words.extend(statement.class.map(|class| class.to_string()));
    words.extend(
        statement
            .quality
            .map(|quality| format!("quality {quality}")),
    );
    words.extend(statement.wish.map(|wish| {
        match wish {
            Wish::Keep => "keep",
            Wish::Remove => "remove",
        }
        .to_owned()
    }));
    words.join(", ")
}
