//! Plans for tests.

use super::{
    ActorOutcome, ActorPlan, PictureSnapshot, PlanSettings, PlannedChange, RunPlan, SetSnapshot,
};
use balance_planner::{Inventory, PictureState, Policy, Protection};
use evaluation::pictures::picture::Origin;
use replicate_gen::{GeneratorIdentity, GeneratorKind};
use results::progress::Basis;
use storage::Version;
use tdbal_types::{
    ActorId, Digest, ImageClass, ImageName, Quality, RunId, SheetNumber, Tokens, Usd,
};
use vision_eval::{ModelIdentity, ModelKind};

/// The digest of the picture at a position; different for each.
fn digest(position: usize) -> Digest {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&position.to_be_bytes());
    Digest::from_bytes(bytes)
}

/// Returns the plan of an actor with `counts` pictures of the classes, in the order of
/// [`ImageClass::ALL`]. The policy is the default one. The pictures are called `NAME_0.png`,
/// `NAME_1.png` and so on.
pub fn actor(name: &str, counts: [usize; 3]) -> ActorPlan {
    protected(name, counts, &Protection::default())
}

/// Returns the plan of [`actor`] with pictures protected by what people said about them.
pub fn protected(name: &str, counts: [usize; 3], protection: &Protection) -> ActorPlan {
    let mut set = Inventory::new();
    let mut pictures = Vec::new();
    let classes = ImageClass::ALL.into_iter().zip(counts);
    let classes = classes.flat_map(|(class, count)| std::iter::repeat_n(class, count));
    for (position, class) in classes.enumerate() {
        let file = ImageName::new(format!("{name}_{position}.png")).unwrap();
        let quality = Quality::new(5).unwrap();
        let state = PictureState::Assessed {
            class,
            quality,
            pixels: 1,
            confidence: tdbal_types::Confidence::Likely,
            duplicate_of: None,
        };
        set.insert(file.clone(), state);
        pictures.push(PictureSnapshot {
            name: file,
            number: SheetNumber::from_position(position),
            size: 1,
            sha256: digest(position),
            origin: Origin::Local,
            version: Version("v".into()),
            object: None,
            class: Some(class),
            quality: Some(quality),
            faults: Vec::new(),
            confidence: Some(tdbal_types::Confidence::Likely),
            rules: Vec::new(),
            hash: None,
        });
    }
    let policy = Policy::default();
    let plan = balance_planner::plan(&set, protection, &policy);
    let expected = Usd::from_dollars(0.04) * plan.generate.total() as u64;
    ActorPlan {
        actor: ActorId::new(name).unwrap(),
        warnings: Vec::new(),
        evaluation_cost_usd: Usd::from_dollars(0.001),
        evaluation_tokens: Tokens::default(),
        finding: ActorOutcome::Assessed(Box::new(PlannedChange {
            policy,
            seen: SetSnapshot {
                training_manifest: None,
                base_image: None,
                pictures,
            },
            plan,
            orders: Vec::new(),
            spare: Vec::new(),
            expected_generation_usd: expected,
            answers: Vec::new(),
        })),
    }
}

/// Returns the plan of a run over `actors`.
pub fn plan_of(actors: Vec<ActorPlan>) -> RunPlan {
    RunPlan::new(
        RunId::new("run").unwrap(),
        "2026-11-22T12:00:00.000000".into(),
        Basis {
            data_dir: "data".into(),
            settings: digest(0),
        },
        PlanSettings {
            model: ModelIdentity {
                kind: ModelKind::Live,
                model: "m".into(),
                prompt_version: "1".into(),
                schema_digest: digest(0),
            },
            generator: GeneratorIdentity {
                kind: GeneratorKind::Live,
                model: "g".into(),
            },
            picture_price_usd: Usd::from_dollars(0.04),
            inquiry: verdict::JudgingSettings::default(),
            attempts: 2,
            max_bytes: 1,
            destination: None,
            generated_by: "test".into(),
        },
        actors,
    )
}

/// Returns the plan of an actor whose evaluation ended without a planned change.
pub fn without_change(name: &str, finding: ActorOutcome) -> ActorPlan {
    ActorPlan {
        finding,
        ..actor(name, [13, 4, 3])
    }
}
