//! What `tdbal review` shows of a picture.

use evaluation::Evaluation;
use std::fmt::Write as _;
use tdbal_types::{Fault, ImageName, Opinion};

/// What is known about a picture whose class is uncertain: its number on the sheet, its path (`place`)
/// and the evidence for its class. `None` if the picture was not judged.
pub fn unsettled(evaluation: &Evaluation, name: &ImageName, place: &str) -> Option<String> {
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
        line("close look", &opinion_text(close));
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
        line("made as", class.as_str());
    }
    if let Some(of) = &judged.duplicate_of {
        line("duplicate", of.as_str());
    }
    let rules: Vec<String> = verdict.rules.iter().map(ToString::to_string).collect();
    line("why", &rules.join("; "));
    if evaluation.plan.questions.contains(name) {
        line("effect", "removed if you confirm this class");
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
