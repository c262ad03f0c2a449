use super::*;
use balance_planner::{Inventory, PictureState, Policy, Protection, Scope};
use evaluation::pictures::picture::Origin;
use replicate_gen::{GeneratorIdentity, GeneratorKind};
use results::progress::Basis;
use run_plan::plan::{PictureSnapshot, PlanSettings, SetSnapshot};
use storage::{Version, sha256};
use tdbal_types::{Confidence, Fault, ImageClass, ImageName, Quality, RunId, SheetNumber, Tokens};
use verdict::Rule;
use vision_eval::VisionModel as _;

/// A picture by its class, quality and faults; without a class it cannot be read.
type Picture<'a> = (&'a str, Option<ImageClass>, i64, &'a [Fault]);

fn seen(position: usize, picture: &Picture<'_>) -> PictureSnapshot {
    let (name, class, quality, faults) = picture;
    PictureSnapshot {
        name: ImageName::new(*name).unwrap(),
        number: SheetNumber::from_position(position),
        size: 1,
        sha256: sha256(name.as_bytes()),
        origin: Origin::Local,
        version: Version("v".into()),
        object: None,
        class: *class,
        quality: class.map(|_| Quality::new(*quality).unwrap()),
        faults: faults.to_vec(),
        confidence: class.map(|_| confidence(name)),
        rules: match confidence(name) {
            Confidence::Unsure => vec![Rule::NoMajority],
            _ => Vec::new(),
        },
        hash: None,
    }
}

/// How sure it is what a picture is: its name tells.
fn confidence(name: &str) -> Confidence {
    if name.contains("unsure") {
        Confidence::Unsure
    } else {
        Confidence::Likely
    }
}

/// The picture that it nearly is: its name tells.
fn duplicate_of(name: &str) -> Option<ImageName> {
    let (_, of) = name.split_once("_twin_of_")?;
    ImageName::new(of).ok()
}

fn assessed(pictures: &[Picture<'_>], protection: &Protection, policy: Policy) -> ActorOutcome {
    let pictures: Vec<PictureSnapshot> = pictures
        .iter()
        .enumerate()
        .map(|(position, picture)| seen(position, picture))
        .collect();
    let inventory: Inventory = pictures
        .iter()
        .map(|seen| {
            let state = match (seen.class, seen.quality) {
                (Some(class), Some(quality)) => PictureState::Assessed {
                    class,
                    quality,
                    pixels: 1,
                    confidence: confidence(seen.name.as_str()),
                    duplicate_of: duplicate_of(seen.name.as_str()),
                },
                _ => PictureState::Unreadable,
            };
            (seen.name.clone(), state)
        })
        .collect();
    let plan = balance_planner::plan(&inventory, protection, &policy);
    let orders: Vec<Prompt> = plan
        .generate
        .iter()
        .flat_map(|(class, count)| std::iter::repeat_n(class, count))
        .map(|class| Prompt {
            class,
            scene: "scene".into(),
            technique: "technique".into(),
            text: "A pen-and-ink drawing of the man at a forge, hammer raised, seen from the side"
                .into(),
        })
        .collect();
    let price = Usd::from_dollars(0.04);
    ActorOutcome::Assessed(Box::new(PlannedChange {
        policy,
        seen: SetSnapshot {
            training_manifest: None,
            base_image: None,
            pictures,
        },
        expected_generation_usd: price * orders.len() as u64,
        plan,
        orders,
        spare: Vec::new(),
        answers: Vec::new(),
    }))
}

fn actor(name: &str, finding: ActorOutcome, warnings: &[&str]) -> ActorPlan {
    ActorPlan {
        actor: ActorId::new(name).unwrap(),
        warnings: warnings.iter().map(|text| (*text).to_owned()).collect(),
        evaluation_cost_usd: Usd::ZERO,
        evaluation_tokens: Tokens::default(),
        finding,
    }
}

fn file(actors: Vec<ActorPlan>) -> RunPlan {
    RunPlan::new(
        RunId::new("20261122T110650Z-0123abcd").unwrap(),
        "2026-11-22T11:06:50.123456".into(),
        Basis {
            data_dir: "/srv/data".into(),
            settings: sha256(b""),
        },
        PlanSettings {
            model: vision_eval::Replay::new("replies").identity(),
            generator: GeneratorIdentity {
                kind: GeneratorKind::Live,
                model: "black-forest-labs/flux-kontext-pro".into(),
            },
            picture_price_usd: Usd::from_dollars(0.04),
            inquiry: verdict::JudgingSettings::default(),
            attempts: 2,
            max_bytes: 1,
            destination: None,
            generated_by: "tdbal".into(),
        },
        actors,
    )
}

const PHOTO: Option<ImageClass> = Some(ImageClass::Photorealistic);
const BW: Option<ImageClass> = Some(ImageClass::BwStylized);

/// A plan with every kind of line.
fn every_line() -> RunPlan {
    let policy = Policy {
        target: "total=4,photorealistic=50,bw_stylized=25,color_stylized=25"
            .parse()
            .unwrap(),
        ..Policy::default()
    };
    let set: [Picture<'_>; 6] = [
        ("0001_a_1.jpg", PHOTO, 9, &[]),
        ("0001_a_2.jpg", PHOTO, 8, &[]),
        (
            "0001_a_3.jpg",
            PHOTO,
            2,
            &[Fault::Distorted, Fault::Symmetrical],
        ),
        ("0001_a_4.png", None, 1, &[]),
        ("0001_a_10.webp", BW, 5, &[]),
        ("0001_a_11.jpg", PHOTO, 3, &[]),
    ];
    let kept = Protection {
        kept: [ImageName::new("0001_a_11.jpg").unwrap()].into(),
        ..Protection::default()
    };
    let good = Protection {
        set_is_good: true,
        ..Protection::default()
    };
    let unreadable = Policy {
        remove_unreadable: true,
        scope: Scope::DeleteOnly,
        ..policy
    };
    let balanced: [Picture<'_>; 4] = [
        ("1.jpg", PHOTO, 9, &[]),
        ("2.jpg", PHOTO, 9, &[]),
        ("3.jpg", BW, 9, &[]),
        ("4.jpg", Some(ImageClass::ColorStylized), 9, &[]),
    ];
    let none = Protection::default();
    let short = &balanced[1..];
    let doubtful: [Picture<'_>; 6] = [
        ("1.jpg", PHOTO, 9, &[]),
        ("2_unsure.jpg", PHOTO, 2, &[]),
        ("3.jpg", PHOTO, 8, &[]),
        ("4.jpg", PHOTO, 4, &[]),
        ("5_twin_of_1.jpg", PHOTO, 7, &[]),
        ("6.jpg", BW, 7, &[]),
    ];
    file(vec![
        actor(
            "0001_a",
            assessed(&set, &kept, policy),
            &["the training manifest claims 7 images and has 6"],
        ),
        actor("0002_good", assessed(&set, &good, policy), &[]),
        actor("0003_unreadable", assessed(&set, &none, unreadable), &[]),
        actor("0004_balanced", assessed(&balanced, &none, policy), &[]),
        actor("0005_short", assessed(short, &none, unreadable), &[]),
        actor("0008_doubtful", assessed(&doubtful, &none, policy), &[]),
        actor(
            "0006_nonsense",
            ActorOutcome::Unassessed {
                error: "unassessed: the model refused".into(),
            },
            &[],
        ),
        actor(
            "0007_broken",
            ActorOutcome::Failed {
                error: "Failed to load manifest actors/0007_broken/training_data/manifest.json"
                    .into(),
            },
            &[],
        ),
        actor(
            "0008_empty",
            ActorOutcome::Skipped {
                reason: "it has no pictures".into(),
            },
            &[],
        ),
        actor("0009_late", ActorOutcome::Remaining, &[]),
    ])
}

#[test]
fn every_kind_of_line() {
    insta::assert_snapshot!(plan(&every_line(), &Style::default()));
}

#[test]
fn lines_wrap_at_words_at_80_columns() {
    let style = Style {
        width: Some(80),
        ..Style::default()
    };
    let text = plan(&every_line(), &style);
    insta::assert_snapshot!(text);
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn colour_is_never_the_only_sign() {
    let colour = Style {
        has_colour: true,
        ..Style::default()
    };
    let plain = plan(&every_line(), &Style::default());
    let coloured = plan(&every_line(), &colour);
    assert!(!plain.contains('\u{1b}'));
    assert!(coloured.contains("\u{1b}[31m - 0001_a_3.jpg"), "{coloured}");
    let mut stripped = coloured.clone();
    for code in ["\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m", PLAIN] {
        assert!(coloured.contains(code), "{code:?}");
        stripped = stripped.replace(code, "");
    }
    assert_eq!(stripped, plain);
}

#[test]
fn the_last_line_counts_in_the_right_number() {
    let line = |totals: PlanTotals| last_line(&totals);
    let totals = PlanTotals {
        to_trash: 41,
        to_generate: 38,
        to_review: 6,
        not_assessed: 3,
        expected_generation_usd: Usd::from_dollars(1.52),
        ..PlanTotals::default()
    };
    assert_eq!(
        line(totals),
        "Plan: 41 to trash, 38 to generate, 6 to review, 3 actors not assessed. About $1.52."
    );
    let totals = PlanTotals {
        not_assessed: 1,
        expected_generation_usd: Usd::from_dollars(0.001),
        ..PlanTotals::default()
    };
    assert_eq!(
        line(totals),
        "Plan: 0 to trash, 0 to generate, 0 to review, 1 actor not assessed. About $0.0010."
    );
}

#[test]
fn many_actors_with_nothing_to_do_are_counted() {
    let balanced: [Picture<'_>; 4] = [
        ("1.jpg", PHOTO, 9, &[]),
        ("2.jpg", PHOTO, 9, &[]),
        ("3.jpg", BW, 9, &[]),
        ("4.jpg", Some(ImageClass::ColorStylized), 9, &[]),
    ];
    let policy = Policy {
        target: "total=4,photorealistic=50,bw_stylized=25,color_stylized=25"
            .parse()
            .unwrap(),
        ..Policy::default()
    };
    let actors = (0..100)
        .map(|number| {
            let finding = assessed(&balanced, &Protection::default(), policy);
            actor(&format!("{number:04}_x"), finding, &[])
        })
        .collect();
    let text = plan(&file(actors), &Style::default());
    assert!(
        text.contains("Nothing to do for 100 actors (balanced)\n"),
        "{text}"
    );
    assert!(text.lines().count() < 10, "{text}");
}
