//! From evaluations to what each judge said of a labelled picture.

use super::words::{Named, Word};
use calibration::{Given, Judge, Sample, Seat};
use evaluation::Evaluation;
use evaluation::evaluation::{EvaluatedPicture, JudgedPicture};
use evaluation::model::answer_cache::PaidAnswers;
use evidence::Tone;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use tdbal_types::{Confidence, Digest, ImageClass, ImageName, Opinion, Quality, SheetNumber, Usd};
use verdict::{Observations, Rule};

/// What was said of a labelled picture.
pub(super) struct Compared {
    /// What it is called now.
    pub(super) name: ImageName,
    /// What each judge said.
    pub(super) sample: Sample,
}

/// The picture that a word is about, as the evaluation saw it.
pub(super) fn find<'a>(evaluation: &'a Evaluation, named: &Named) -> Option<&'a EvaluatedPicture> {
    match named {
        Named::File(name) => evaluation.picture(name),
        Named::Bytes(digest, _) => evaluation
            .pictures
            .iter()
            .find(|picture| picture.sha256 == *digest),
    }
}

/// What was said of the picture that a word is about.
///
/// # Errors
/// Why nothing was said of it.
pub(super) fn compare(
    evaluation: &Evaluation,
    paid: &BTreeMap<Digest, PaidAnswers>,
    word: &Word,
) -> Result<Compared, String> {
    let Some(picture) = find(evaluation, &word.picture) else {
        return Err("the actor has no such picture now".to_owned());
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
            human: word.said,
            cost: of_sheets(judged, &paid) + paid.close.unwrap_or_default(),
            seats: word
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
            cost: of_sheets(judged, paid),
        };
        answers.insert(Judge::Votes, given);
    }
    if let Some(close) = &judged.close {
        let cost = paid.close.unwrap_or_default();
        answers.insert(Judge::Close, opinion(close, cost));
    }
    let tone = match judged.tone {
        Tone::Monochrome => Some(ImageClass::BwStylized),
        // Stands for every class with colour.
        Tone::Colour => Some(ImageClass::Photorealistic),
        Tone::Unclear => None,
    };
    answers.insert(Judge::Tone, class(tone));
    if judged.provenance.is_some() {
        answers.insert(Judge::Provenance, class(judged.provenance));
    }
    if let Some(mut verdict) = without_the_person(evaluation, judged) {
        let whole = of_sheets(judged, paid) + paid.close.unwrap_or_default();
        verdict.cost = whole;
        answers.insert(Judge::Verdict, verdict);
    }
    answers
}

/// What follows from everything but a person's word; no class where it would be unsure.
fn without_the_person(evaluation: &Evaluation, judged: &JudgedPicture) -> Option<Given> {
    let rules = &judged.verdict.rules;
    let testimony = Observations {
        votes: judged.votes.values().cloned().collect(),
        close: judged.close.clone(),
        tone: Some(judged.tone),
        provenance: judged.provenance,
        label: None,
        twins_differ: rules.contains(&Rule::TwinsDiffer),
    };
    let verdict = verdict::judge(&testimony, &evaluation.inquiry.scoring)?;
    let is_unsure =
        verdict.confidence == Confidence::Unsure || rules.contains(&Rule::AnswersChange);
    Some(Given {
        class: (!is_unsure).then_some(verdict.class),
        quality: Some(verdict.quality),
        cost: Usd::ZERO,
    })
}

fn of_sheets(judged: &JudgedPicture, paid: &PaidAnswers) -> Usd {
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

/// The class of most votes; none where two have as many.
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

/// The median quality, a half in the picture's favour, as in a verdict.
fn median(votes: &[&Opinion]) -> Option<Quality> {
    let mut sorted: Vec<Quality> = votes.iter().map(|vote| vote.quality).collect();
    sorted.sort_unstable();
    let low = sorted.get(sorted.len().checked_sub(1)? / 2)?;
    let high = sorted.get(sorted.len() / 2)?;
    let mean = u16::from(low.get() + high.get()).div_ceil(2);
    Quality::new(i64::from(mean)).ok()
}

/// Where the picture was on each sheet that a vote on it comes from, and whether it was seen as what it
/// is. Of several sheets of one number the newest, which is the last, counts.
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
mod tests {
    use super::*;
    use ImageClass::{BwStylized, ColorStylized, Photorealistic};

    fn votes(said: &[(ImageClass, i64)]) -> Vec<Opinion> {
        said.iter()
            .map(|(class, quality)| Opinion {
                class: *class,
                quality: Quality::new(*quality).unwrap(),
                faults: Vec::new(),
            })
            .collect()
    }

    #[test]
    fn votes_that_are_divided_say_nothing() {
        let mut seen = 0;
        for (said, class, quality) in [
            (&[(Photorealistic, 5)][..], Some(Photorealistic), 5),
            (&[(Photorealistic, 5), (BwStylized, 6)], None, 6),
            (
                &[(BwStylized, 2), (ColorStylized, 9), (BwStylized, 4)],
                Some(BwStylized),
                4,
            ),
            (
                &[(BwStylized, 1), (ColorStylized, 1), (Photorealistic, 1)],
                None,
                1,
            ),
        ] {
            let votes = votes(said);
            let votes: Vec<&Opinion> = votes.iter().collect();
            assert_eq!(majority(&votes), class);
            assert_eq!(median(&votes), Quality::new(quality).ok());
            seen += 1;
        }
        assert_eq!(seen, 4);
        assert_eq!((majority(&[]), median(&[])), (None, None));
    }
}
