//! What persons say of pictures, and what they are asked about.

use super::table::{lines, table};
use dataset::people::labels::{Labels, Statement, Wish};
use evaluation::Evaluation;
use std::fmt::Write as _;
use tdbal_types::{Fault, ImageName, Opinion};

/// What `tdbal label --list` prints: a line for each statement, by actor and file.
pub(crate) fn labels(labels: &Labels) -> String {
    if labels.is_empty() {
        return "Nobody said anything of any picture\n".to_owned();
    }
    let mut said: Vec<&Statement> = labels.iter().flat_map(|(_, said)| said).collect();
    said.sort_by(|a, b| (&a.actor, &a.file, &a.said_at).cmp(&(&b.actor, &b.file, &b.said_at)));
    let mut rows = table(&["Picture", "Said", "When", "By"], &[]);
    for said in said {
        rows.add_row([
            format!("{}/{}", said.actor, said.file),
            words(said),
            super::moment(&said.said_at),
            said.said_by.clone(),
        ]);
    }
    lines(&rows)
}

/// One line about what was just said.
pub(crate) fn said(statement: &Statement) -> String {
    let Statement { actor, file, .. } = statement;
    format!("Said: {actor}/{file}: {}\n", words(statement))
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

/// What is known of a picture of which it is not certain what it is: number, path, evidence. None of
/// one that was not judged.
pub(crate) fn unsettled(evaluation: &Evaluation, name: &ImageName, place: &str) -> Option<String> {
    let judged = evaluation.judged(name)?;
    let picture = evaluation.picture(name)?;
    let verdict = &judged.verdict;
    let mut text = format!(
        "{}, number {} on its sheet\n",
        evaluation.actor_id, picture.image_number
    );
    let mut line = |what: &str, says: &str| {
        let _ = writeln!(text, "  {what:<10} {says}");
    };
    line("picture", place);
    let (votes, of) = verdict.agreement;
    line(
        "likeliest",
        &format!(
            "{}, quality {}, {votes} of {of} votes",
            verdict.class, verdict.quality
        ),
    );
    for (vote, opinion) in &judged.votes {
        line(&format!("sheet {vote}"), &opinion_text(opinion));
    }
    if let Some(close) = &judged.close {
        line("alone", &opinion_text(close));
    }
    let measures = &judged.measures;
    let mut pixels = format!(
        "{} (r99 {:.1}), {} x {}",
        judged.tone, measures.r99, measures.width, measures.height
    );
    for flag in &judged.flags {
        let _ = write!(pixels, ", {flag}");
    }
    line("pixels", &pixels);
    if let Some(class) = judged.provenance {
        line("made to be", class.as_str());
    }
    if let Some(of) = &judged.duplicate_of {
        line("twin of", of.as_str());
    }
    let rules: Vec<String> = verdict.rules.iter().map(ToString::to_string).collect();
    line("why", &rules.join("; "));
    if evaluation.plan.questions.contains(name) {
        line("matters", "it would be removed if that were certain");
    }
    Some(text.trim_end().to_owned())
}

fn opinion_text(opinion: &Opinion) -> String {
    let mut text = format!("{}, quality {}", opinion.class, opinion.quality);
    for fault in opinion.faults.iter().copied().map(Fault::as_str) {
        let _ = write!(text, ", {fault}");
    }
    text
}
