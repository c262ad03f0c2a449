//! What each judge said of a labelled picture, from its evaluation.

use crate::calibrate::labelled::{LabelledPicture, PictureName};
use calibration::{Given, Judge, Sample, Seat};
use evaluation::Evaluation;
use evaluation::evaluation::{EvaluatedPicture, JudgedPicture};
use evaluation::model::answer_cache::PaidAnswers;
use evidence::Tone;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use tdbal_types::{Confidence, Digest, ImageClass, ImageName, Opinion, Quality, SheetNumber, Usd};
use verdict::{Observations, Rule};

/// What each judge said of a labelled picture.
pub(super) struct Compared {
    /// The current file name of the picture.
    pub(super) name: ImageName,
    /// The answers beside the label.
    pub(super) sample: Sample,
}

/// Finds a labelled picture in an evaluation.
pub(super) fn find<'a>(
    evaluation: &'a Evaluation,
    named: &PictureName,
) -> Option<&'a EvaluatedPicture> {
    match named {
        PictureName::File(name) => evaluation.picture(name),
        PictureName::Bytes(digest, _) => evaluation
            .pictures
            .iter()
            .find(|picture| picture.sha256 == *digest),
    }
}

/// Collects what each judge said of a labelled picture.
///
/// # Errors
/// Why the picture was not judged.
pub(super) fn compare(
    evaluation: &Evaluation,
    paid: &BTreeMap<Digest, PaidAnswers>,
    label: &LabelledPicture,
) -> Result<Compared, String> {
    let Some(picture) = find(evaluation, &label.picture) else {
        return Err("the actor no longer has this picture".to_owned());
    };
    let Some(judged) = evaluation.judged(&picture.file_name) else {
        let reason = picture.unreadable_reason.as_deref();
        return Err(reason.unwrap_or("it was not judged").to_owned());
    };
    let paid = paid.get(&picture.sha256).cloned().unwrap_or_default();
    let answers = answers(evaluation, judged, &paid);
    Ok(Compared {
        name: picture.file_name.clone(),
        sample: Sample {
            human: label.said,
            cost: sheet_cost(judged, &paid) + paid.close.unwrap_or_default(),
            seats: label
                .said
                .class
                .map_or_else(Vec::new, |class| seats(evaluation, picture.sha256, class)),
            answers,
        },
    })
}

fn answers(
    evaluation: &Evaluation,
    judged: &JudgedPicture,
    paid: &PaidAnswers,
) -> BTreeMap<Judge, Given> {
    let mut answers = BTreeMap::new();
    if let Some(first) = judged.votes.get(&1) {
        let cost = paid.sheets.get(&1).copied().unwrap_or_default();
        answers.insert(Judge::Sheet(NonZeroU32::MIN), opinion(first, cost));
    }
    if !judged.votes.is_empty() {
        let votes: Vec<&Opinion> = judged.votes.values().collect();
        let given = Given {
            class: majority(&votes),
            quality: median(&votes),
            cost: sheet_cost(judged, paid),
        };
        answers.insert(Judge::Votes, given);
    }
    if let Some(close) = &judged.close {
        let cost = paid.close.unwrap_or_default();
        answers.insert(Judge::Close, opinion(close, cost));
    }
    let tone = match judged.tone {
        Tone::Monochrome => Some(ImageClass::BwStylized),
        // Stands for both classes with colour.
        Tone::Colour => Some(ImageClass::Photorealistic),
        Tone::Unclear => None,
    };
    answers.insert(Judge::Tone, class(tone));
    if judged.provenance.is_some() {
        answers.insert(Judge::Provenance, class(judged.provenance));
    }
    if let Some(mut verdict) = verdict_without_label(evaluation, judged) {
        let whole = sheet_cost(judged, paid) + paid.close.unwrap_or_default();
        verdict.cost = whole;
        answers.insert(Judge::Verdict, verdict);
    }
    answers
}

/// The verdict on everything except the label; without a class if it would be unsure.
fn verdict_without_label(evaluation: &Evaluation, judged: &JudgedPicture) -> Option<Given> {
    let rules = &judged.verdict.rules;
    let observations = Observations {
        votes: judged.votes.values().cloned().collect(),
        close: judged.close.clone(),
        tone: Some(judged.tone),
        provenance: judged.provenance,
        label: None,
        twins_differ: rules.contains(&Rule::TwinsDiffer),
    };
    let verdict = verdict::judge(&observations, &evaluation.inquiry.scoring)?;
    let is_unsure =
        verdict.confidence == Confidence::Unsure || rules.contains(&Rule::AnswersChange);
    Some(Given {
        class: (!is_unsure).then_some(verdict.class),
        quality: Some(verdict.quality),
        cost: Usd::ZERO,
    })
}

fn sheet_cost(judged: &JudgedPicture, paid: &PaidAnswers) -> Usd {
    let votes = judged.votes.keys();
    votes
        .filter_map(|vote| paid.sheets.get(vote).copied())
        .sum()
}

fn opinion(opinion: &Opinion, cost: Usd) -> Given {
    Given {
        class: Some(opinion.class),
        quality: Some(opinion.quality),
        cost,
    }
}

fn class(class: Option<ImageClass>) -> Given {
    Given {
        class,
        ..Given::default()
    }
}

/// The class with the most votes, unless two classes have equally many.
fn majority(votes: &[&Opinion]) -> Option<ImageClass> {
    let mut counted: Vec<(usize, ImageClass)> = ImageClass::ALL
        .into_iter()
        .map(|class| {
            (
                votes.iter().filter(|vote| vote.class == class).count(),
                class,
            )
        })
        .collect();
    counted.sort_unstable_by_key(|(count, _)| std::cmp::Reverse(*count));
    match counted.as_slice() {
        [(first, class), (second, _), ..] if first > second => Some(*class),
        _ => None,
    }
}

/// The median quality, with halves rounded up as in a verdict.
fn median(votes: &[&Opinion]) -> Option<Quality> {
    let mut sorted: Vec<Quality> = votes.iter().map(|vote| vote.quality).collect();
    sorted.sort_unstable();
    let low = sorted.get(sorted.len().checked_sub(1)? / 2)?;
    let high = sorted.get(sorted.len() / 2)?;
    let mean = u16::from(low.get() + high.get()).div_ceil(2);
    Quality::new(i64::from(mean)).ok()
}

/// The position of the picture on each sheet that it was judged on, and whether the answer there was
/// right. If several sheets have the same number, the last one counts, which is the newest.
fn seats(evaluation: &Evaluation, picture: Digest, truth: ImageClass) -> Vec<Seat> {
    let mut by_vote = BTreeMap::new();
    for sheet in &evaluation.sheets {
        let Some(at) = sheet.order.iter().position(|shown| *shown == picture) else {
            continue;
        };
        if let Some(said) = sheet.opinions.get(at) {
            let seat = Seat {
                number: SheetNumber::from_position(at),
                cells: u32::try_from(sheet.order.len()).unwrap_or(u32::MAX),
                right: said.class == truth,
            };
            by_vote.insert(sheet.vote, seat);
        }
    }
    by_vote.into_values().collect()
}

#[cfg(test)]
mod tests;
