use super::*;
use crate::sample::{name, opinion, readable};
use balance_planner::{Policy, Protection};
use std::num::NonZeroU32;
use tdbal_types::ImageClass::Photorealistic;
use tdbal_types::ImageName;
use verdict::{NextStep, PictureEvidence};

fn settings(look: LookPolicy, votes: Votes) -> JudgingSettings {
    JudgingSettings {
        look,
        votes,
        ..JudgingSettings::default()
    }
}

fn fixed(sheets: u32) -> Votes {
    Votes::Fixed(NonZeroU32::new(sheets).unwrap())
}

/// The questions that the loop asks about a set of photographs if all answers are right.
fn asked(settings: &JudgingSettings, pictures: u8) -> LookCount {
    let mut set: verdict::Set = (0..pictures)
        .map(|number| {
            let picture = readable(number, Photorealistic);
            (name(number), PictureEvidence::Readable(Box::new(picture)))
        })
        .collect();
    let mut count = LookCount::default();
    loop {
        let (protection, policy) = (Protection::default(), Policy::default());
        let step = verdict::next_step(&set, &protection, &policy, settings);
        let mut answer = |name: &ImageName, vote| {
            let Some(PictureEvidence::Readable(picture)) = set.get_mut(name) else {
                panic!("a question about {name}, which is not in the set");
            };
            match vote {
                Some(vote) => {
                    picture.votes.insert(vote, opinion(Photorealistic, 7));
                }
                None => picture.close = Some(opinion(Photorealistic, 7)),
            }
        };
        match step {
            NextStep::Decided(_) => return count,
            NextStep::Sheet { vote, pictures } => {
                count.sheets += 1;
                for name in &pictures {
                    answer(name, Some(vote));
                }
            }
            NextStep::Close { pictures } => {
                count.close += pictures.len();
                for name in &pictures {
                    answer(name, None);
                }
            }
        }
    }
}

#[test]
fn expected_looks_equal_those_that_the_loop_asks_for() {
    for votes in [Votes::Auto, fixed(1), fixed(2), fixed(5)] {
        for look in [LookPolicy::Sheet, LookPolicy::Close] {
            for repertoire in [Repertoire::Everything, Repertoire::OneSheet] {
                let settings = judging_settings(&settings(look, votes), repertoire);
                let expected = expected_looks(&settings, 13);
                assert_eq!(
                    expected,
                    asked(&settings, 13),
                    "{look:?} {votes:?} {repertoire:?}"
                );
            }
        }
        // Close looks depend on the answers here, sheets do not.
        let settings = settings(LookPolicy::Auto, votes);
        let expected = expected_looks(&settings, 13);
        assert_eq!(expected.sheets, asked(&settings, 13).sheets, "{votes:?}");
    }
}

#[test]
fn auto_policy_expects_a_close_look_at_every_fourth_picture() {
    let settings = settings(LookPolicy::Auto, Votes::Auto);
    for (pictures, close) in [(0, 0), (1, 1), (4, 1), (5, 2), (20, 5), (21, 6)] {
        let expected = LookCount { sheets: 2, close };
        assert_eq!(expected_looks(&settings, pictures), expected, "{pictures}");
    }
}

#[test]
fn model_with_one_recorded_sheet_is_asked_for_nothing_else() {
    let everything = settings(LookPolicy::Close, fixed(5));
    assert!(!judging_settings(&everything, Repertoire::Everything).one_sheet);
    let one_sheet = judging_settings(&everything, Repertoire::OneSheet);
    let expected = LookCount {
        sheets: 1,
        close: 0,
    };
    assert_eq!(expected_looks(&one_sheet, 20), expected);
}
