use super::*;
use crate::probability::ErrorRates;
use ImageClass::{BwStylized, ColorStylized, Photorealistic};
use evidence::{Measures, PerceptualHash};
use std::num::NonZeroU32;
use tdbal_types::{Digest, Label, Quality};

fn name(number: u8) -> ImageName {
    ImageName::new(format!("{number:02}.png")).unwrap()
}

fn opinion(class: ImageClass, quality: i64) -> Opinion {
    Opinion {
        class,
        quality: Quality::new(quality).unwrap(),
        faults: Vec::new(),
    }
}

/// A picture that is not a near-duplicate of any other number, with the tone of its class.
fn picture(number: u8, class: ImageClass) -> Readable {
    Readable {
        sha256: Digest::from_bytes([number; 32]),
        measures: Measures {
            r99: if class == BwStylized { 1.0 } else { 20.0 },
            sharpness: 100.0,
            blockiness: None,
            hash: hash(number),
            width: 1000,
            height: 1000,
        },
        provenance: Some(class),
        label: None,
        votes: BTreeMap::new(),
        close: None,
    }
}

/// A hash at least 64 bits from the hash of any other number.
fn hash(number: u8) -> PerceptualHash {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        // The hashes are rows of a Hadamard matrix: any two differ in half of their columns.
        for bit in 0..8 {
            let column = (at * 8 + bit) as u8;
            *byte |= (((column & number).count_ones() & 1) as u8) << bit;
        }
    }
    PerceptualHash::from_bytes(bytes)
}

/// A set with these numbers of pictures of each class, changed by `with`, and their true classes
/// and qualities. The quality rises from 3 to 9 with the number of the picture, then starts over.
fn set(counts: [u8; 3], mut with: impl FnMut(u8, &mut Readable)) -> (Set, Truths) {
    let mut set = Set::new();
    let mut truths = Truths::new();
    let classes = ImageClass::ALL
        .into_iter()
        .zip(counts)
        .flat_map(|(class, count)| (0..count).map(move |_| class));
    for (number, class) in (0..).zip(classes) {
        let mut readable = picture(number, class);
        with(number, &mut readable);
        truths.insert(name(number), opinion(class, i64::from(number % 7) + 3));
        set.insert(name(number), PictureEvidence::Readable(Box::new(readable)));
    }
    (set, truths)
}

type Truths = BTreeMap<ImageName, Opinion>;

/// What was asked, in order, and what was decided; `answer` says what a look finds: the number of
/// the sheet, or 0 for a close look.
fn run_to_decision(
    set: &mut Set,
    settings: &JudgingSettings,
    answer: impl Fn(u32, &ImageName) -> Opinion,
) -> (Vec<String>, Decision) {
    let mut asked = Vec::new();
    loop {
        let step = next_step(set, &Protection::default(), &Policy::default(), settings);
        let (look, pictures) = match step {
            NextStep::Decided(decision) => return (asked, *decision),
            NextStep::Sheet { vote, pictures } => (vote, pictures),
            NextStep::Close { pictures } => (0, pictures),
        };
        asked.push(format!("{look}: {}", pictures.len()));
        assert!(asked.len() < 20, "{asked:?}");
        for name in pictures {
            let opinion = answer(look, &name);
            let readable = readable_mut(set, &name);
            if look == 0 {
                readable.close = Some(opinion);
            } else {
                readable.votes.insert(look, opinion);
            }
        }
    }
}

fn readable_mut<'a>(set: &'a mut Set, name: &ImageName) -> &'a mut Readable {
    match set.get_mut(name).unwrap() {
        PictureEvidence::Readable(picture) => picture,
        PictureEvidence::Unreadable => panic!("{name} cannot be read"),
    }
}

fn removed(decision: &Decision) -> Vec<String> {
    decision
        .plan
        .with(Action::Remove)
        .map(|decision| decision.name.to_string())
        .collect()
}

#[test]
fn agreeing_votes_take_two_sheets_and_close_looks_at_removals() {
    let (mut set, truths) = set([16, 2, 3], |_, _| {});
    let (asked, decision) = run_to_decision(&mut set, &JudgingSettings::default(), |_, name| {
        truths[name].clone()
    });
    assert_eq!(asked, ["1: 21", "2: 21", "0: 3"]);
    assert_eq!(removed(&decision), ["00.png", "07.png", "14.png"]);
    assert_eq!(decision.plan.generate.to_string(), "0/2/0");
    let sure = |verdict: &Verdict| verdict.confidence == Confidence::Sure;
    assert!(decision.verdicts.values().all(sure));
}

#[test]
fn disagreeing_votes_add_a_third_sheet_and_a_close_look() {
    let (mut set, truths) = set([13, 4, 3], |_, _| {});
    let (asked, decision) = run_to_decision(&mut set, &JudgingSettings::default(), |look, at| {
        if look == 2 && *at == name(5) {
            opinion(ColorStylized, 5)
        } else {
            truths[at].clone()
        }
    });
    assert_eq!(asked, ["1: 20", "2: 20", "3: 20", "0: 1"]);
    let verdict = &decision.verdicts[&name(5)];
    assert_eq!(verdict.agreement, (2, 3));
    assert_eq!(
        verdict.rules,
        [Rule::MajorityConfirmed, Rule::ProvenanceAgrees]
    );
}

#[test]
fn questions_follow_the_vote_and_look_settings() {
    let fixed = |votes| Votes::Fixed(NonZeroU32::new(votes).unwrap());
    let asked = |votes, look, one_sheet| {
        let (mut set, truths) = set([16, 2, 3], |_, _| {});
        let settings = JudgingSettings {
            votes,
            look,
            one_sheet,
            ..JudgingSettings::default()
        };
        run_to_decision(&mut set, &settings, |_, name| truths[name].clone()).0
    };
    assert_eq!(asked(fixed(1), LookPolicy::Sheet, false), ["1: 21"]);
    assert_eq!(
        asked(fixed(3), LookPolicy::Auto, false),
        ["1: 21", "2: 21", "3: 21", "0: 3"]
    );
    assert_eq!(asked(Votes::Auto, LookPolicy::Close, false), ["0: 21"]);
    for look in [LookPolicy::Sheet, LookPolicy::Close, LookPolicy::Auto] {
        assert_eq!(asked(fixed(3), look, true), ["1: 21"]);
    }
}

#[test]
fn one_recorded_sheet_makes_verdicts_at_most_likely() {
    let (mut set, truths) = set([16, 2, 3], |_, _| {});
    let settings = JudgingSettings {
        one_sheet: true,
        ..JudgingSettings::default()
    };
    let (_, decision) = run_to_decision(&mut set, &settings, |_, name| truths[name].clone());
    for verdict in decision.verdicts.values() {
        assert_eq!(verdict.confidence, Confidence::Likely);
        assert!(verdict.rules.contains(&Rule::OneSheet));
    }
    assert_eq!(
        removed(&decision).len(),
        3,
        "likely is enough to be removed"
    );
}

#[test]
fn sheets_show_only_pictures_that_lack_the_vote() {
    let (mut set, truths) = set([13, 4, 3], |number, picture| {
        if number != 3 {
            picture.votes.insert(1, opinion(Photorealistic, 5));
        }
    });
    for (at, truth) in &truths {
        let picture = readable_mut(&mut set, at);
        if let Some(vote) = picture.votes.get_mut(&1) {
            vote.class = truth.class;
        }
    }
    let (asked, _) = run_to_decision(&mut set, &JudgingSettings::default(), |_, name| {
        truths[name].clone()
    });
    assert_eq!(asked, ["1: 1", "2: 20"]);
}

#[test]
fn labelled_pictures_are_not_asked_about() {
    let quality = Quality::new(3).unwrap();
    let (mut set, truths) = set([16, 2, 3], |number, picture| {
        // Of the three worst photographs one is fully labelled, one without its quality.
        let quality = (number == 0).then_some(quality);
        picture.label = [0, 7].contains(&number).then_some(Label {
            class: Some(Photorealistic),
            quality,
        });
    });
    let (asked, decision) = run_to_decision(&mut set, &JudgingSettings::default(), |_, name| {
        truths[name].clone()
    });
    assert_eq!(asked, ["1: 20", "2: 20", "0: 1"]);
    assert_eq!(removed(&decision), ["00.png", "07.png", "14.png"]);
}

#[test]
fn votes_differing_on_a_labelled_picture_add_no_third_sheet() {
    let (mut set, truths) = set([13, 4, 3], |number, picture| {
        picture.label = (number == 5).then_some(Label {
            class: Some(Photorealistic),
            quality: None,
        });
    });
    let (asked, _) = run_to_decision(&mut set, &JudgingSettings::default(), |look, at| {
        if look == 2 && *at == name(5) {
            opinion(ColorStylized, 5)
        } else {
            truths[at].clone()
        }
    });
    assert_eq!(asked, ["1: 20", "2: 20"]);
}

#[test]
fn contradicting_pixels_turn_a_removal_into_a_question() {
    // The worst photograph has monochrome pixels, and every look calls it a photograph.
    let (mut set, truths) = set([16, 2, 3], |number, picture| {
        if number == 0 {
            picture.measures.r99 = 1.0;
        }
    });
    let (asked, decision) = run_to_decision(&mut set, &JudgingSettings::default(), |_, name| {
        truths[name].clone()
    });
    assert_eq!(asked, ["1: 21", "2: 21", "0: 3"]);
    assert_eq!(
        removed(&decision),
        ["07.png", "14.png"],
        "nothing is removed in its place"
    );
    assert_eq!(decision.plan.questions, [name(0)]);
    assert_eq!(decision.verdicts[&name(0)].class, Photorealistic);
}

#[test]
fn near_duplicates_are_removed_except_the_best() {
    let (mut set, truths) = set([13, 4, 4], |number, picture| {
        if (1..=3).contains(&number) {
            picture.measures.hash = hash(1);
        }
        // At equal quality the sharper picture is the better one.
        if number == 2 {
            picture.measures.sharpness = 900.0;
        }
    });
    let same = |at: &ImageName| {
        let is_one = (1..=3).any(|number| *at == name(number));
        is_one.then(|| opinion(Photorealistic, 9))
    };
    let (_, decision) = run_to_decision(&mut set, &JudgingSettings::default(), |_, at| {
        same(at).unwrap_or_else(|| truths[at].clone())
    });
    let duplicates = BTreeMap::from([(name(1), name(2)), (name(3), name(2))]);
    assert_eq!(decision.duplicates, duplicates);
    assert_eq!(decision.plan.before.to_string(), "11/4/4");
    let gone = removed(&decision);
    assert!(gone.contains(&"01.png".to_owned()) && gone.contains(&"03.png".to_owned()));
    assert_eq!(decision.plan.generate.to_string(), "2/0/0");
}

#[test]
fn near_duplicates_of_different_classes_are_unsure() {
    let (mut set, truths) = set([13, 4, 3], |number, picture| {
        if number == 12 {
            picture.measures.hash = hash(17);
        }
    });
    let (_, decision) = run_to_decision(&mut set, &JudgingSettings::default(), |_, name| {
        truths[name].clone()
    });
    for twin in [12, 17] {
        let verdict = &decision.verdicts[&name(twin)];
        assert_eq!(verdict.confidence, Confidence::Unsure);
        assert!(verdict.rules.contains(&Rule::TwinsDiffer), "{verdict:?}");
    }
    assert_eq!(removed(&decision), Vec::<String>::new());
}

fn keeper(protection: &Protection, labelled: Option<u8>) -> ImageName {
    let (mut set, truths) = set([3, 0, 0], |number, picture| {
        picture.measures.hash = hash(1);
        if labelled == Some(number) {
            picture.label = Some(Label {
                class: Some(Photorealistic),
                quality: None,
            });
        }
    });
    for vote in 1..=2 {
        for (at, truth) in &truths {
            readable_mut(&mut set, at).votes.insert(vote, truth.clone());
        }
    }
    let settings = JudgingSettings {
        look: LookPolicy::Sheet,
        ..JudgingSettings::default()
    };
    match next_step(&set, protection, &Policy::default(), &settings) {
        NextStep::Decided(decision) => decision.duplicates.into_values().next().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn keeper_follows_labels_wishes_and_marks() {
    let free = Protection::default();
    assert_eq!(keeper(&free, None), name(2), "the best");
    assert_eq!(keeper(&free, Some(0)), name(0));
    let unwanted = Protection {
        to_remove: BTreeSet::from([name(2)]),
        ..Protection::default()
    };
    assert_eq!(keeper(&unwanted, None), name(1));
    let marked = Protection {
        kept: BTreeSet::from([name(1)]),
        ..unwanted
    };
    assert_eq!(keeper(&marked, Some(0)), name(1));
}

#[test]
fn set_with_too_many_changing_answers_is_all_unsure() {
    let (mut set, truths) = set([16, 2, 3], |_, _| {});
    let turned = |class| match class {
        Photorealistic => BwStylized,
        BwStylized => ColorStylized,
        ColorStylized => Photorealistic,
    };
    let (asked, decision) = run_to_decision(&mut set, &JudgingSettings::default(), |look, at| {
        let truth = &truths[at];
        let is_changed = look == 2 && *at < name(9);
        opinion(
            if is_changed {
                turned(truth.class)
            } else {
                truth.class
            },
            5,
        )
    });
    // 9 of 21 pictures changed class. There are no close looks: their answers would be random too.
    assert_eq!(asked, ["1: 21", "2: 21", "3: 21"]);
    assert_eq!(removed(&decision), Vec::<String>::new());
    for verdict in decision.verdicts.values() {
        assert_eq!(verdict.confidence, Confidence::Unsure);
        assert!(verdict.rules.contains(&Rule::AnswersChange));
    }
}

#[test]
fn uncertain_excess_stays_and_becomes_a_question() {
    // Without provenance, one of 14 photographs may well be among the 5 pictures called drawings.
    let (mut set, truths) = set([14, 0, 5], |_, picture| picture.provenance = None);
    let (_, decision) = run_to_decision(&mut set, &JudgingSettings::default(), |_, name| {
        truths[name].clone()
    });
    let uncertain: Vec<&ImageName> = decision
        .verdicts
        .iter()
        .filter(|(_, verdict)| verdict.rules.contains(&Rule::PlaceUncertain))
        .map(|(name, _)| name)
        .collect();
    assert!(!uncertain.is_empty(), "{:?}", decision.plan);
    assert_eq!(
        decision.plan.questions.iter().collect::<Vec<_>>(),
        uncertain
    );
    for name in uncertain {
        assert_eq!(decision.verdicts[name].class, ColorStylized);
    }
    let bold = JudgingSettings {
        min_chance: 0.0,
        ..JudgingSettings::default()
    };
    let NextStep::Decided(decision) =
        next_step(&set, &Protection::default(), &Policy::default(), &bold)
    else {
        panic!("everything is already asked");
    };
    assert_eq!(decision.plan.count(Action::Remove), 3);
}

#[test]
fn unwanted_picture_is_removed_without_a_close_look() {
    let (mut set, truths) = set([13, 4, 3], |_, _| {});
    for vote in 1..=2 {
        for (at, truth) in &truths {
            readable_mut(&mut set, at).votes.insert(vote, truth.clone());
        }
    }
    let protection = Protection {
        to_remove: BTreeSet::from([name(6)]),
        ..Protection::default()
    };
    let step = next_step(
        &set,
        &protection,
        &Policy::default(),
        &JudgingSettings::default(),
    );
    let NextStep::Decided(decision) = step else {
        panic!("{step:?}");
    };
    assert_eq!(removed(&decision), ["06.png"]);
}

#[test]
fn unreadable_file_is_decided_without_questions() {
    let set = Set::from([(name(0), PictureEvidence::Unreadable)]);
    let step = next_step(
        &set,
        &Protection::default(),
        &Policy::default(),
        &JudgingSettings::default(),
    );
    let NextStep::Decided(decision) = step else {
        panic!("{step:?}");
    };
    assert_eq!(decision.plan.count(Action::Review), 1);
}

#[test]
fn missing_settings_keys_take_their_defaults() {
    let settings: JudgingSettings = toml::from_str(
        "votes = \"3\"\nmin_chance = 0.9\n[rates]\npersistent = 0.2\n[scoring.weights]\n\
         symmetrical = 1.0\n",
    )
    .unwrap();
    assert_eq!(settings.votes.to_string(), "3");
    assert_eq!(
        settings.rates,
        ErrorRates {
            persistent: 0.2,
            ..ErrorRates::default()
        }
    );
    assert_eq!(settings.look, LookPolicy::Auto);
    let text = toml::to_string(&settings).unwrap();
    assert_eq!(toml::from_str::<JudgingSettings>(&text).unwrap(), settings);
    assert_eq!(
        toml::from_str::<JudgingSettings>("").unwrap(),
        JudgingSettings::default()
    );
}
