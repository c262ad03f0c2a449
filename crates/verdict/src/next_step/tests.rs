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

/// A picture that is unlike any other of another number, coloured or not as its class is.
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

/// Hashes of which any two are 64 bits and more apart.
fn hash(number: u8) -> PerceptualHash {
    // Each bit of the number, spread over 64 bits or none.
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        // Rows of a Hadamard matrix: any two differ in half of their columns.
        for bit in 0..8 {
            let column = (at * 8 + bit) as u8;
            *byte |= (((column & number).count_ones() & 1) as u8) << bit;
        }
    }
    PerceptualHash::from_bytes(bytes)
}

/// So many pictures of each class, of which the first are the worst; `with` changes them.
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

/// What was asked, in order, and what was decided; `answer` says what a look finds: the number of the
/// sheet, or 0 for a close look.
fn inquire(
    set: &mut Set,
    inquiry: &JudgingSettings,
    answer: impl Fn(u32, &ImageName) -> Opinion,
) -> (Vec<String>, Decision) {
    let mut asked = Vec::new();
    loop {
        let step = next_step(set, &Protection::default(), &Policy::default(), inquiry);
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
fn two_sheets_and_a_close_look_at_what_would_leave() {
    let (mut set, truths) = set([16, 2, 3], |_, _| {});
    let (asked, decision) = inquire(&mut set, &JudgingSettings::default(), |_, name| {
        truths[name].clone()
    });
    assert_eq!(asked, ["1: 21", "2: 21", "0: 3"]);
    assert_eq!(removed(&decision), ["00.png", "07.png", "14.png"]);
    assert_eq!(decision.plan.generate.to_string(), "0/2/0");
    let sure = |verdict: &Verdict| verdict.confidence == Confidence::Sure;
    assert!(decision.verdicts.values().all(sure));
}

#[test]
fn a_third_sheet_where_two_disagree_and_a_close_look_at_what_they_disagree_about() {
    let (mut set, truths) = set([13, 4, 3], |_, _| {});
    let (asked, decision) = inquire(&mut set, &JudgingSettings::default(), |look, at| {
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
fn what_is_asked_follows_the_settings() {
    let fixed = |votes| Votes::Fixed(NonZeroU32::new(votes).unwrap());
    let asked = |votes, look, one_sheet| {
        let (mut set, truths) = set([16, 2, 3], |_, _| {});
        let inquiry = JudgingSettings {
            votes,
            look,
            one_sheet,
            ..JudgingSettings::default()
        };
        inquire(&mut set, &inquiry, |_, name| truths[name].clone()).0
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
fn one_recorded_sheet_makes_at_most_likely() {
    let (mut set, truths) = set([16, 2, 3], |_, _| {});
    let inquiry = JudgingSettings {
        one_sheet: true,
        ..JudgingSettings::default()
    };
    let (_, decision) = inquire(&mut set, &inquiry, |_, name| truths[name].clone());
    for verdict in decision.verdicts.values() {
        assert_eq!(verdict.confidence, Confidence::Likely);
        assert!(verdict.rules.contains(&Rule::OneSheet));
    }
    assert_eq!(removed(&decision).len(), 3, "likely is enough to leave");
}

#[test]
fn only_what_lacks_a_vote_is_asked_for_it() {
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
    let (asked, _) = inquire(&mut set, &JudgingSettings::default(), |_, name| {
        truths[name].clone()
    });
    assert_eq!(asked, ["1: 1", "2: 20"]);
}

#[test]
fn what_a_person_settled_is_not_asked_about() {
    let quality = Quality::new(3).unwrap();
    let (mut set, truths) = set([16, 2, 3], |number, picture| {
        // The worst photograph entirely, the second worst without its quality.
        let quality = (number == 0).then_some(quality);
        picture.label = [0, 7].contains(&number).then_some(Label {
            class: Some(Photorealistic),
            quality,
        });
    });
    let (asked, decision) = inquire(&mut set, &JudgingSettings::default(), |_, name| {
        truths[name].clone()
    });
    assert_eq!(asked, ["1: 20", "2: 20", "0: 1"]);
    assert_eq!(removed(&decision), ["00.png", "07.png", "14.png"]);
}

#[test]
fn a_third_sheet_is_not_asked_for_what_a_person_settled() {
    let (mut set, truths) = set([13, 4, 3], |number, picture| {
        picture.label = (number == 5).then_some(Label {
            class: Some(Photorealistic),
            quality: None,
        });
    });
    let (asked, _) = inquire(&mut set, &JudgingSettings::default(), |look, at| {
        if look == 2 && *at == name(5) {
            opinion(ColorStylized, 5)
        } else {
            truths[at].clone()
        }
    });
    assert_eq!(asked, ["1: 20", "2: 20"]);
}

#[test]
fn pixels_that_contradict_hold_a_picture() {
    // The worst photograph is monochrome, and every look says photograph.
    let (mut set, truths) = set([16, 2, 3], |number, picture| {
        if number == 0 {
            picture.measures.r99 = 1.0;
        }
    });
    let (asked, decision) = inquire(&mut set, &JudgingSettings::default(), |_, name| {
        truths[name].clone()
    });
    assert_eq!(asked, ["1: 21", "2: 21", "0: 3"]);
    assert_eq!(
        removed(&decision),
        ["07.png", "14.png"],
        "and nothing in its stead"
    );
    assert_eq!(decision.plan.questions, [name(0)]);
    assert_eq!(decision.verdicts[&name(0)].class, Photorealistic);
}

#[test]
fn near_duplicates_leave_and_the_best_of_them_stays() {
    let (mut set, truths) = set([13, 4, 4], |number, picture| {
        if (1..=3).contains(&number) {
            picture.measures.hash = hash(1);
        }
        // Sharper and larger is better, as far as the quality is the same.
        if number == 2 {
            picture.measures.sharpness = 900.0;
        }
    });
    let same = |at: &ImageName| {
        let is_one = (1..=3).any(|number| *at == name(number));
        is_one.then(|| opinion(Photorealistic, 9))
    };
    let (_, decision) = inquire(&mut set, &JudgingSettings::default(), |_, at| {
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
fn near_duplicates_seen_as_different_classes_are_unsure() {
    let (mut set, truths) = set([13, 4, 3], |number, picture| {
        if number == 12 {
            picture.measures.hash = hash(17);
        }
    });
    let (_, decision) = inquire(&mut set, &JudgingSettings::default(), |_, name| {
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
    let inquiry = JudgingSettings {
        look: LookPolicy::Sheet,
        ..JudgingSettings::default()
    };
    match next_step(&set, protection, &Policy::default(), &inquiry) {
        NextStep::Decided(decision) => decision.duplicates.into_values().next().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_persons_word_chooses_the_keeper() {
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
fn a_set_whose_answers_change_with_the_order_is_not_believed() {
    let (mut set, truths) = set([16, 2, 3], |_, _| {});
    let turned = |class| match class {
        Photorealistic => BwStylized,
        BwStylized => ColorStylized,
        ColorStylized => Photorealistic,
    };
    let (asked, decision) = inquire(&mut set, &JudgingSettings::default(), |look, at| {
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
    // 9 of 21 changed: no close look would help.
    assert_eq!(asked, ["1: 21", "2: 21", "3: 21"]);
    assert_eq!(removed(&decision), Vec::<String>::new());
    for verdict in decision.verdicts.values() {
        assert_eq!(verdict.confidence, Confidence::Unsure);
        assert!(verdict.rules.contains(&Rule::AnswersChange));
    }
}

#[test]
fn what_may_not_be_one_too_many_stays() {
    // No provenance: of 14 photographs one may well be what is called the fourth and fifth drawing.
    let (mut set, truths) = set([14, 0, 5], |_, picture| picture.provenance = None);
    let (_, decision) = inquire(&mut set, &JudgingSettings::default(), |_, name| {
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
        panic!("everything was asked");
    };
    assert_eq!(decision.plan.count(Action::Remove), 3);
}

#[test]
fn what_a_person_wants_removed_is_not_looked_at_for_that() {
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
fn an_empty_set_and_unreadable_files_are_decided_at_once() {
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
fn settings_name_only_what_they_change() {
    let inquiry: JudgingSettings = toml::from_str(
        "votes = \"3\"\nmin_chance = 0.9\n[rates]\npersistent = 0.2\n[scoring.weights]\n\
         symmetrical = 1.0\n",
    )
    .unwrap();
    assert_eq!(inquiry.votes.to_string(), "3");
    assert_eq!(
        inquiry.rates,
        ErrorRates {
            persistent: 0.2,
            ..ErrorRates::default()
        }
    );
    assert_eq!(inquiry.look, LookPolicy::Auto);
    let text = toml::to_string(&inquiry).unwrap();
    assert_eq!(toml::from_str::<JudgingSettings>(&text).unwrap(), inquiry);
    assert_eq!(
        toml::from_str::<JudgingSettings>("").unwrap(),
        JudgingSettings::default()
    );
}
