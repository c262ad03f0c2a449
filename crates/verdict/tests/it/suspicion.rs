//! Models that do not look raise suspicions, and models that look do not.

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

/// How alike the pictures of a run's actors are.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// 13 photographs, 4 black-and-white and 3 coloured drawings, in this order, of mixed quality.
    InOrder,
    /// 20 pictures of random classes and qualities.
    Mixed,
    /// 20 photographs of the same quality.
    Alike,
    /// 3 to 7 pictures of random classes and two qualities.
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

/// The answers about two sheets, and a third if they disagree.
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

/// The suspicions about a model after a run over this many actors, with or without control sheets.
fn suspicions_of(
    model: &SimulatedModel,
    kind: Kind,
    actors: u64,
    has_controls: bool,
) -> Vec<Suspicion> {
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
    let controls: Vec<ControlResult> = if has_controls {
        controls(model, model.seed)
    } else {
        Vec::new()
    };
    suspicions(&votes, &controls, &TrustSettings::default())
}

/// A model that looks and is wrong on at most a fifth of the pictures, at seeded rates.
fn looking_model(seed: u64) -> SimulatedModel {
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
fn looking_model_raises_no_suspicion_in_4000_runs() {
    let mut runs = 0;
    let mut alarms = Vec::new();
    for seed in 0..1_000 {
        let actors = 1 + seed % 13;
        for kind in KINDS {
            let found = suspicions_of(&looking_model(seed), kind, actors, true);
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
fn model_wrong_on_a_fifth_raises_no_suspicion() {
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
                suspicions_of(&model, kind, 1 + seed % 13, true),
                [],
                "{seed} {kind:?}"
            );
        }
    }
    assert_eq!(runs, 800);
}

#[test]
fn looking_model_without_controls_raises_no_suspicion() {
    for seed in 0..100 {
        for kind in KINDS {
            let found = suspicions_of(&looking_model(seed), kind, 1 + seed % 7, false);
            assert_eq!(found, [], "{seed} {kind:?}");
        }
    }
}

/// The number of runs out of 50, each over this many actors, with at least one suspicion.
fn runs_with_suspicion(eye: &Eye, actors: u64, has_controls: bool) -> usize {
    (0..50)
        .filter(|seed| {
            let model = SimulatedModel {
                seed: *seed,
                eye: eye.clone(),
            };
            !suspicions_of(&model, Kind::InOrder, actors, has_controls).is_empty()
        })
        .count()
}

fn template() -> Eye {
    // Starts with the scores that 19 of 100 actors had in the recorded runs of the original system.
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
fn blind_models_are_detected_on_one_actor() {
    let quality = Quality::new(7).unwrap();
    let constant = Eye::Constant(ImageClass::Photorealistic, quality);
    let always_bw = Eye::Constant(ImageClass::BwStylized, quality);
    for eye in [template(), constant, always_bw] {
        assert_eq!(runs_with_suspicion(&eye, 1, true), 50, "{eye:?}");
    }
    for eye in [Eye::Random, Eye::ByPicture] {
        assert!(runs_with_suspicion(&eye, 1, true) >= 49, "{eye:?}");
    }
}

#[test]
fn fixed_and_random_answers_are_detected_without_controls() {
    assert_eq!(runs_with_suspicion(&template(), 1, false), 50);
    assert_eq!(runs_with_suspicion(&Eye::Random, 5, false), 50);
}

/// The kinds of suspicion about a model after a run over ten actors without control sheets.
fn kinds_of(eye: Eye) -> Vec<&'static str> {
    let mut kinds: Vec<&str> =
        suspicions_of(&SimulatedModel { seed: 1, eye }, Kind::InOrder, 10, false)
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
fn each_kind_of_blind_model_raises_its_own_suspicion() {
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

/// Reproduces recorded runs of the original system: one sheet per actor, and the same first scores
/// for a fifth of the actors.
#[test]
fn same_first_scores_for_a_fifth_of_actors_are_detected() {
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
        "19 of 100 actors got the same qualities in the same order"
    );
    assert_eq!(suspicions(&votes(19), &[], &TrustSettings::default()), []);
}

/// Copies of an actor rightly get the same answers.
#[test]
fn actors_with_the_same_pictures_raise_no_suspicion() {
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
