//! Properties of arbitrary sets, models and settings.

use balance_planner::{Action, Policy, Protection, QualityFloors};
use evidence::{Measures, PerceptualHash, Tone};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use tdbal_types::{
    Confidence, Digest, Fault, ImageClass, ImageName, Opinion, Quality, Target, Tolerance,
};
use test_support::simulated::{dice, pick};
use verdict::{
    Decision, JudgingSettings, Label, LookPolicy, NextStep, Observations, PictureEvidence,
    Readable, Rule, Scoring, Set, Votes, judge, next_step, sheet_order,
};

fn any_class() -> impl Strategy<Value = ImageClass> {
    proptest::sample::select(&ImageClass::ALL[..])
}

fn any_quality() -> impl Strategy<Value = Quality> {
    (1_i64..=10).prop_map(|points| Quality::new(points).unwrap())
}

fn any_opinion() -> impl Strategy<Value = Opinion> {
    let faults = proptest::sample::subsequence(&Fault::ALL[..], 0..=4);
    (any_class(), any_quality(), faults).prop_map(|(class, quality, faults)| Opinion {
        class,
        quality,
        faults,
    })
}

fn any_label() -> impl Strategy<Value = Option<Label>> {
    let label = (
        proptest::option::of(any_class()),
        proptest::option::of(any_quality()),
    );
    proptest::option::weighted(0.2, label)
        .prop_map(|label| label.map(|(class, quality)| Label { class, quality }))
}

fn any_observations() -> impl Strategy<Value = Observations> {
    let tones = [Tone::Monochrome, Tone::Unclear, Tone::Colour];
    (
        proptest::collection::vec(any_opinion(), 0..5),
        proptest::option::of(any_opinion()),
        proptest::option::of(proptest::sample::select(tones.to_vec())),
        proptest::option::of(any_class()),
        any_label(),
        any::<bool>(),
    )
        .prop_map(
            |(votes, close, tone, provenance, label, twins_differ)| Observations {
                votes,
                close,
                tone,
                provenance,
                label,
                twins_differ,
            },
        )
}

fn any_readable() -> impl Strategy<Value = Readable> {
    // Few different hashes and sizes, to get near-duplicates and ties.
    (
        any::<[u8; 32]>(),
        0_u8..12,
        proptest::sample::select(vec![1.0, 6.0, 20.0]),
        1_u32..4,
        proptest::option::of(any_class()),
        any_label(),
    )
        .prop_map(|(digest, hash, r99, side, provenance, label)| Readable {
            sha256: Digest::from_bytes(digest),
            measures: Measures {
                r99,
                sharpness: f64::from(side),
                blockiness: None,
                hash: PerceptualHash::from_bytes(
                    [[hash; 16], [!hash; 16]].concat().try_into().unwrap(),
                ),
                width: side,
                height: side,
            },
            provenance,
            label,
            votes: BTreeMap::new(),
            close: None,
        })
}

fn name(number: usize) -> ImageName {
    ImageName::new(format!("{number:03}.png")).unwrap()
}

fn any_set() -> impl Strategy<Value = Set> {
    let exhibit = prop_oneof![
        12 => any_readable().prop_map(|picture| PictureEvidence::Readable(Box::new(picture))),
        1 => Just(PictureEvidence::Unreadable),
    ];
    proptest::collection::vec(exhibit, 0..30).prop_map(|all| {
        all.into_iter()
            .enumerate()
            .map(|(at, one)| (name(at), one))
            .collect()
    })
}

fn any_settings() -> impl Strategy<Value = JudgingSettings> {
    let votes = prop_oneof![
        Just(Votes::Auto),
        (1_u32..5).prop_map(|votes| Votes::Fixed(NonZeroU32::new(votes).unwrap())),
    ];
    let looks = vec![LookPolicy::Sheet, LookPolicy::Close, LookPolicy::Auto];
    (
        votes,
        proptest::sample::select(looks),
        proptest::bool::weighted(0.2),
    )
        .prop_map(|(votes, look, one_sheet)| JudgingSettings {
            votes,
            look,
            one_sheet,
            ..JudgingSettings::default()
        })
}

fn any_protection() -> impl Strategy<Value = Protection> {
    let names = || proptest::collection::btree_set((0_usize..30).prop_map(name), 0..3);
    (names(), names(), proptest::bool::weighted(0.1)).prop_map(|(kept, to_remove, set_is_good)| {
        Protection {
            kept,
            to_remove,
            set_is_good,
        }
    })
}

fn any_policy() -> impl Strategy<Value = Policy> {
    (
        1_usize..25,
        proptest::option::of(any_quality()),
        any::<bool>(),
    )
        .prop_map(|(total, floor, exact)| Policy {
            target: Target::new(total, Target::STANDARD.shares()).unwrap(),
            tolerance: Tolerance::STANDARD,
            exact,
            floors: floor.map_or_else(QualityFloors::default, QualityFloors::all),
            ..Policy::default()
        })
}

/// The answer of a model that mostly agrees with itself, which gives verdicts of any confidence.
fn opinion(seed: u64, look: u64, name: &ImageName) -> Opinion {
    let number = name.trailing_number().unwrap_or_default()
        + name
            .as_str()
            .bytes()
            .fold(0, |sum, byte| sum * 256 + u64::from(byte));
    let is_passing = dice(&[seed, number, look, 1]) < 0.1;
    let look = if is_passing { look } else { 0 };
    Opinion {
        class: pick(&ImageClass::ALL, dice(&[seed, number, look, 2])),
        quality: Quality::new(1 + (dice(&[seed, number, look, 3]) * 10.0) as i64).unwrap(),
        faults: Vec::new(),
    }
}

/// The questions about each picture: the number of the sheet, or 0 for a close look.
type Asked = BTreeMap<ImageName, Vec<u32>>;

/// Answers questions until the set is decided; `None` if it is not after 100 steps.
fn decided(
    seed: u64,
    set: &mut Set,
    protection: &Protection,
    policy: &Policy,
    settings: &JudgingSettings,
) -> Option<(Decision, Asked)> {
    let mut asked = Asked::new();
    for _ in 0..100 {
        let (look, pictures) = match next_step(set, protection, policy, settings) {
            NextStep::Decided(decision) => return Some((*decision, asked)),
            NextStep::Sheet { vote, pictures } => (vote, pictures),
            NextStep::Close { pictures } => (0, pictures),
        };
        for name in pictures {
            let opinion = opinion(seed, u64::from(look) + 1, &name);
            let Some(PictureEvidence::Readable(picture)) = set.get_mut(&name) else {
                panic!("{name} is not readable");
            };
            if look == 0 {
                picture.close = Some(opinion);
            } else {
                picture.votes.insert(look, opinion);
            }
            asked.entry(name).or_default().push(look);
        }
    }
    None
}

fn readable<'a>(set: &'a Set, name: &ImageName) -> Option<&'a Readable> {
    match set.get(name)? {
        PictureEvidence::Readable(picture) => Some(picture),
        PictureEvidence::Unreadable => None,
    }
}

fn labelled_class(picture: &Readable) -> Option<ImageClass> {
    picture.label.and_then(|label| label.class)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn no_unlabelled_verdict_is_sure_against_the_pixels(observations in any_observations()) {
        let Some(verdict) = judge(&observations, &Scoring::default()) else {
            return Ok(());
        };
        if observations.label.is_some_and(|label| label.class.is_some()) {
            prop_assert_eq!(verdict.confidence, Confidence::Sure);
        } else {
            let contradicts = match observations.tone {
                Some(Tone::Monochrome) => verdict.class != ImageClass::BwStylized,
                Some(Tone::Colour) => verdict.class == ImageClass::BwStylized,
                _ => false,
            };
            prop_assert!(!contradicts || verdict.confidence == Confidence::Unsure);
        }
    }

    #[test]
    fn verdict_is_unsure_only_if_one_of_its_rules_says_so(observations in any_observations()) {
        if let Some(verdict) = judge(&observations, &Scoring::default()) {
            let is_unsure = verdict.rules.iter().any(|rule| rule.makes_unsure());
            prop_assert_eq!(is_unsure, verdict.confidence == Confidence::Unsure);
            prop_assert!(verdict.rules.is_sorted() && !verdict.rules.is_empty());
            let named: Vec<Rule> = Rule::ALL
                .into_iter()
                .filter(|rule| verdict.rules.contains(rule))
                .collect();
            prop_assert_eq!(named, verdict.rules);
        }
    }

    #[test]
    fn verdict_does_not_depend_on_the_order_of_votes(
        observations in any_observations(), key in any::<u64>(),
    ) {
        let mut other = observations.clone();
        let mut at = 0_u64;
        other.votes.sort_by_cached_key(|_| {
            at += 1;
            (dice(&[key, at]) * 1e9) as u64
        });
        prop_assert_eq!(
            judge(&observations, &Scoring::default()), judge(&other, &Scoring::default())
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn steps_end_and_never_repeat_or_waste_a_question(
        seed in any::<u64>(), set in any_set(), protection in any_protection(),
        policy in any_policy(), settings in any_settings(),
    ) {
        let mut set = set;
        let Some((decision, asked)) = decided(seed, &mut set, &protection, &policy, &settings) else {
            return Err(TestCaseError::fail("no decision after 100 steps"));
        };
        for (name, looks) in &asked {
            let distinct: BTreeSet<&u32> = looks.iter().collect();
            prop_assert_eq!(distinct.len(), looks.len());
            let picture = readable(&set, name).unwrap();
            let is_settled = picture.label
                .is_some_and(|label| label.class.is_some() && label.quality.is_some());
            prop_assert!(!is_settled || settings.one_sheet, "a fully labelled picture was asked about");
            let closely = looks.contains(&0);
            let sheets = looks.len() - usize::from(closely);
            match (settings.one_sheet, settings.look) {
                (true, _) => prop_assert_eq!(looks.as_slice(), &[1]),
                (false, LookPolicy::Close) => prop_assert_eq!(looks.as_slice(), &[0]),
                (false, LookPolicy::Sheet) => prop_assert!(!closely),
                (false, LookPolicy::Auto) => prop_assert!(sheets > 0),
            }
        }
        // Every readable picture has a verdict, and every picture a decision.
        let judged: Vec<&ImageName> =
            set.keys().filter(|name| readable(&set, name).is_some()).collect();
        prop_assert!(decision.verdicts.keys().eq(judged));
        prop_assert!(decision.plan.decisions.iter().map(|each| &each.name).eq(set.keys()));
    }

    #[test]
    fn removals_are_certain_enough_and_had_a_close_look(
        seed in any::<u64>(), set in any_set(), protection in any_protection(),
        policy in any_policy(), settings in any_settings(),
    ) {
        let mut set = set;
        let (decision, _) = decided(seed, &mut set, &protection, &policy, &settings).unwrap();
        for removal in decision.plan.with(Action::Remove) {
            if protection.to_remove.contains(&removal.name) {
                continue;
            }
            let verdict = &decision.verdicts[&removal.name];
            prop_assert!(verdict.confidence > Confidence::Unsure, "{removal:?}");
            prop_assert!(!settings.one_sheet
                || verdict.confidence == Confidence::Likely
                || verdict.rules.contains(&Rule::Person));
            let picture = readable(&set, &removal.name).unwrap();
            if settings.look == LookPolicy::Auto && !settings.one_sheet {
                prop_assert!(picture.close.is_some() || labelled_class(picture).is_some());
            }
        }
    }

    #[test]
    fn verdicts_do_not_depend_on_the_names_of_pictures(
        seed in any::<u64>(), set in any_set(),
    ) {
        let mut set = set;
        let settings = JudgingSettings { look: LookPolicy::Sheet, ..JudgingSettings::default() };
        let (protection, policy) = (Protection::default(), Policy::default());
        let (decision, _) = decided(seed, &mut set, &protection, &policy, &settings).unwrap();
        let renamed = |name: &ImageName| ImageName::new(format!(
            "{:03}.png", 999 - name.as_str()[..3].parse::<usize>().unwrap()
        )).unwrap();
        let reversed: Set =
            set.iter().map(|(name, exhibit)| (renamed(name), exhibit.clone())).collect();
        let NextStep::Decided(other) = next_step(&reversed, &protection, &policy, &settings) else {
            return Err(TestCaseError::fail("everything is already answered"));
        };
        for (name, verdict) in &decision.verdicts {
            prop_assert_eq!(verdict, &other.verdicts[&renamed(name)]);
        }
    }

    #[test]
    fn sheet_order_lists_each_picture_once(
        digests in proptest::collection::vec(any::<[u8; 32]>(), 0..40), vote in 1_u32..5,
    ) {
        let pictures: Vec<(ImageName, Digest)> = digests
            .into_iter()
            .enumerate()
            .map(|(at, bytes)| (name(at), Digest::from_bytes(bytes)))
            .collect();
        let mut order = sheet_order(pictures.clone(), vote);
        order.sort();
        prop_assert!(order.iter().eq(pictures.iter().map(|(name, _)| name)));
    }
}
