//! Models that do not look are found out, and models that do are not.

use crate::benchmark::controls;
use evidence::Tone;
use std::collections::BTreeMap;
use tdbal_types::{ActorId, Digest, ImageClass, ImageName, Quality};
use test_support::simulated::{Errors, Eye, SimulatedModel, Truth, dice, pick};
use verdict::{
    ActorVotes, ControlResult, SheetVote, Subject, Suspicion, TrustSettings, sheet_order,
    suspicions,
};

/// The pictures of an actor, in the order of its manifest.
type Pictures = Vec<(Digest, Truth)>;

/// How alike the true answers of a run's actors are.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// 13 photographs, 4 black-and-white and 3 coloured drawings, in this order, of any quality.
    InOrder,
    /// Any of each.
    Mixed,
    /// Photographs of one quality only.
    Alike,
    /// Few pictures, of two qualities.
    Few,
}

const KINDS: [Kind; 4] = [Kind::InOrder, Kind::Mixed, Kind::Alike, Kind::Few];

fn pictures(seed: u64, actor: u64, kind: Kind) -> Pictures {
    let count = match kind {
        Kind::Few => 3 + (dice(&[seed, actor]) * 5.0) as u64,
        _ => 20,
    };
    (0..count)
        .map(|number| {
            let chance = |what: u64| dice(&[seed, actor, number, what]);
            let class = match kind {
                Kind::InOrder if number < 13 => ImageClass::Photorealistic,
                Kind::InOrder if number < 17 => ImageClass::BwStylized,
                Kind::InOrder => ImageClass::ColorStylized,
                Kind::Mixed | Kind::Few => pick(&ImageClass::ALL, chance(1)),
                Kind::Alike => ImageClass::Photorealistic,
            };
            let quality = match kind {
                Kind::InOrder | Kind::Mixed => 3 + (chance(2) * 7.0) as i64,
                Kind::Alike => 7,
                Kind::Few => 7 + (chance(2) * 2.0) as i64,
            };
            let mut bytes = [0; 32];
            for (at, byte) in bytes.iter_mut().enumerate() {
                *byte = (chance(100 + at as u64) * 256.0) as u8;
            }
            let quality = Quality::new(quality).unwrap();
            (Digest::from_bytes(bytes), Truth { class, quality })
        })
        .collect()
}

/// Two sheets, and a third where they disagree.
fn sheets(model: &SimulatedModel, pictures: &Pictures) -> Vec<SheetVote> {
    let mut sheets: Vec<SheetVote> = Vec::new();
    for vote in 1..=3 {
        let named = pictures
            .iter()
            .enumerate()
            .map(|(at, (digest, _))| (ImageName::new(format!("{at:02}.png")).unwrap(), *digest))
            .collect();
        let cells: Pictures = sheet_order(named, vote)
            .iter()
            .map(|name| pictures[name.as_str()[..2].parse::<usize>().unwrap()])
            .collect();
        sheets.push(SheetVote {
            vote,
            order: cells.iter().map(|(digest, _)| *digest).collect(),
            opinions: model.sheet(u64::from(vote), &cells),
        });
        if vote == 2 && verdict::stability(&sheets).is_none_or(|found| found.changed == 0) {
            break;
        }
    }
    sheets
}

/// What is found against a model in a run over so many actors.
fn against(model: &SimulatedModel, kind: Kind, actors: u64, is_controlled: bool) -> Vec<Suspicion> {
    let found: Vec<(ActorId, Vec<SheetVote>, BTreeMap<Digest, Tone>)> = (0..actors)
        .map(|actor| {
            let pictures = pictures(model.seed, actor, kind);
            let tones = pictures
                .iter()
                .map(|(digest, truth)| match truth.class {
                    ImageClass::BwStylized => (*digest, Tone::Monochrome),
                    _ => (*digest, Tone::Colour),
                })
                .collect();
            let id = ActorId::new(format!("{actor:04}")).unwrap();
            (id, sheets(model, &pictures), tones)
        })
        .collect();
    let votes: Vec<ActorVotes<'_>> = found
        .iter()
        .map(|(actor, sheets, tones)| ActorVotes {
            actor,
            sheets,
            tones: tones.clone(),
        })
        .collect();
    let controls: Vec<ControlResult> = if is_controlled {
        controls(model, model.seed)
    } else {
        Vec::new()
    };
    suspicions(&votes, &controls, &TrustSettings::default())
}

/// A model that errs on a fifth of the pictures at most, in a way that follows from the seed.
fn truthful(seed: u64) -> SimulatedModel {
    let rate = dice(&[seed, 1]) * 0.20;
    let persistent = rate * dice(&[seed, 2]);
    SimulatedModel {
        seed,
        eye: Eye::Looks(Errors {
            persistent,
            passing: rate - persistent,
            quality_noise: (dice(&[seed, 3]) * 3.0) as u8,
            ..Errors::default()
        }),
    }
}

#[test]
fn a_model_that_looks_raises_no_alarm_in_a_thousand_runs() {
    let mut runs = 0;
    let mut alarms = Vec::new();
    for seed in 0..1_000 {
        let actors = 1 + seed % 13;
        for kind in KINDS {
            let found = against(&truthful(seed), kind, actors, true);
            runs += 1;
            if !found.is_empty() {
                alarms.push(format!("{seed} {kind:?} {actors}: {found:?}"));
            }
        }
    }
    assert_eq!(runs, 4_000);
    assert!(alarms.is_empty(), "{}: {}", alarms.len(), alarms.join("\n"));
}

#[test]
fn nor_does_one_that_errs_on_a_fifth_whether_it_persists_or_passes() {
    let mut runs = 0;
    for seed in 0..200 {
        let (persistent, passing) = if seed % 2 == 0 {
            (0.2, 0.0)
        } else {
            (0.0, 0.2)
        };
        let model = SimulatedModel {
            seed,
            eye: Eye::Looks(Errors {
                persistent,
                passing,
                quality_noise: 1,
                ..Errors::default()
            }),
        };
        for kind in KINDS {
            runs += 1;
            assert_eq!(
                against(&model, kind, 1 + seed % 13, true),
                [],
                "{seed} {kind:?}"
            );
        }
    }
    assert_eq!(runs, 800);
}

#[test]
fn without_controls_a_model_that_looks_raises_no_alarm_either() {
    for seed in 0..100 {
        for kind in KINDS {
            let found = against(&truthful(seed), kind, 1 + seed % 7, false);
            assert_eq!(found, [], "{seed} {kind:?}");
        }
    }
}

/// In how many of 50 runs over so many actors something is found.
fn found_out(eye: &Eye, actors: u64, is_controlled: bool) -> usize {
    (0..50)
        .filter(|seed| {
            let model = SimulatedModel {
                seed: *seed,
                eye: eye.clone(),
            };
            !against(&model, Kind::InOrder, actors, is_controlled).is_empty()
        })
        .count()
}

fn template() -> Eye {
    // The scores that open 19 of 100 recorded runs, and so on.
    let scores = [8, 7, 9, 8, 6, 7, 5, 8, 7, 6, 9, 7, 8, 6, 7, 5, 8, 9, 7, 6];
    let answers = scores.into_iter().zip(0..).map(|(points, cell)| {
        let class = match cell % 7 {
            3 => ImageClass::BwStylized,
            5 => ImageClass::ColorStylized,
            _ => ImageClass::Photorealistic,
        };
        (class, Quality::new(points).unwrap())
    });
    Eye::Template(answers.collect())
}

#[test]
fn what_does_not_look_is_found_out_on_one_actor() {
    let quality = Quality::new(7).unwrap();
    let constant = Eye::Constant(ImageClass::Photorealistic, quality);
    let never_otherwise = Eye::Constant(ImageClass::BwStylized, quality);
    for eye in [template(), constant, never_otherwise] {
        assert_eq!(found_out(&eye, 1, true), 50, "{eye:?}");
    }
    for eye in [Eye::Random, Eye::ByPicture] {
        assert!(found_out(&eye, 1, true) >= 49, "{eye:?}");
    }
}

#[test]
fn a_list_and_chance_are_found_out_without_control_sheets() {
    assert_eq!(found_out(&template(), 1, false), 50);
    assert_eq!(found_out(&Eye::Random, 5, false), 50);
}

/// The names of what is found against a model over ten actors without control sheets.
fn kinds_of(eye: Eye) -> Vec<&'static str> {
    let mut kinds: Vec<&str> = against(&SimulatedModel { seed: 1, eye }, Kind::InOrder, 10, false)
        .iter()
        .map(|suspicion| match suspicion {
            Suspicion::SameAnswers { .. } => "same answers",
            Suspicion::FollowsPosition { .. } => "position",
            Suspicion::Unstable { .. } => "unstable",
            Suspicion::Control(_) => "control",
            Suspicion::AgainstPixels(_) => "pixels",
        })
        .collect();
    kinds.dedup();
    kinds
}

#[test]
fn each_habit_is_called_by_its_name() {
    let list = kinds_of(template());
    assert!(
        list.contains(&"same answers") && list.contains(&"position"),
        "{list:?}"
    );
    assert!(kinds_of(Eye::Random).contains(&"unstable"));
    assert_eq!(kinds_of(Eye::ByPicture), ["pixels"]);
    let constant = Eye::Constant(ImageClass::Photorealistic, Quality::MAX);
    assert_eq!(kinds_of(constant), ["pixels"]);
}

/// The recorded case: one sheet each, and the same scores at the beginning of a fifth of them.
#[test]
fn the_same_opening_of_a_fifth_of_first_sheets_is_found_out() {
    let opening = [8, 7, 9, 8, 6, 7];
    let sheets: Vec<(ActorId, [SheetVote; 1])> = (0..100)
        .map(|actor| {
            let cells = pictures(5, actor, Kind::Mixed);
            let model = SimulatedModel {
                seed: 5,
                eye: Eye::Looks(Errors::default()),
            };
            let mut opinions = model.sheet(1, &cells);
            if actor < 19 {
                for (opinion, points) in opinions.iter_mut().zip(opening) {
                    opinion.quality = Quality::new(points).unwrap();
                }
            }
            let sheet = SheetVote {
                vote: 1,
                order: cells.iter().map(|(digest, _)| *digest).collect(),
                opinions,
            };
            (ActorId::new(format!("{actor:04}")).unwrap(), [sheet])
        })
        .collect();
    let votes = |from: usize| -> Vec<ActorVotes<'_>> {
        sheets[from..]
            .iter()
            .map(|(actor, sheets)| ActorVotes {
                actor,
                sheets,
                tones: BTreeMap::new(),
            })
            .collect()
    };
    let found = suspicions(&votes(0), &[], &TrustSettings::default());
    let [
        Suspicion::SameAnswers {
            subject,
            actors,
            of,
        },
    ] = found.as_slice()
    else {
        panic!("{found:?}");
    };
    assert_eq!((*subject, actors.len(), *of), (Subject::Qualities, 19, 100));
    assert_eq!(
        found[0].to_string(),
        "19 of 100 actors were given the same qualities in the same sequence"
    );
    assert_eq!(suspicions(&votes(19), &[], &TrustSettings::default()), []);
}

/// Three folders with the same pictures have the same answers by right.
#[test]
fn copies_of_the_same_pictures_raise_no_alarm() {
    let model = SimulatedModel {
        seed: 2,
        eye: Eye::Looks(Errors::default()),
    };
    let sheets = sheets(&model, &pictures(2, 0, Kind::Mixed));
    let ids = ["a", "b", "c", "d"].map(|id| ActorId::new(id).unwrap());
    let votes: Vec<ActorVotes<'_>> = ids
        .iter()
        .map(|actor| ActorVotes {
            actor,
            sheets: &sheets,
            tones: BTreeMap::new(),
        })
        .collect();
    assert_eq!(suspicions(&votes, &[], &TrustSettings::default()), []);
}
