//! Measures by simulation how many wrong and right removals each level of evidence leads to.

use balance_planner::{Action, Inventory, PictureState, Plan, Policy, Protection, plan};
use evidence::{Measures, PerceptualHash, Thresholds, Tone};
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ActorId, ClassCounts, Confidence, Digest, ImageClass, ImageName, Quality, Usd};
use test_support::simulated::{SimulatedModel, Truth, dice, pick};
use verdict::{
    ActorVotes, ControlOutcome, ControlResult, JudgingSettings, LookPolicy, NextStep,
    PictureEvidence, Readable, Set, SheetVote, TrustSettings, control_outcome, next_step,
    sheet_order, suspicions,
};

/// The price of each kind of call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prices {
    /// The price of showing one sheet.
    pub(crate) sheet: Usd,
    /// The price of showing one picture alone.
    pub(crate) close: Usd,
}

/// How much evidence a removal needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belief {
    /// One sheet, taken at face value.
    OneSheet,
    /// Two or three sheets.
    Votes,
    /// Two or three sheets, pixels and provenance.
    Evidence,
    /// All of these, close looks, and the checks whether the model looks at all.
    Everything,
}

impl Belief {
    /// All levels, from the least to the most careful.
    pub(crate) const ALL: [Self; 4] = [
        Self::OneSheet,
        Self::Votes,
        Self::Evidence,
        Self::Everything,
    ];

    /// The label used in the tables.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::OneSheet => "one sheet",
            Self::Votes => "votes",
            Self::Evidence => "votes + evidence",
            Self::Everything => "all of it",
        }
    }
}

/// How many pictures have a provenance, and how often it is right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Provenance {
    /// Share of pictures with a known provenance, 0 to 1.
    pub(crate) known: f64,
    /// Share of those whose provenance names the true class, 0 to 1.
    pub(crate) right: f64,
}

/// A simulated picture.
#[derive(Debug, Clone)]
struct Picture {
    name: ImageName,
    digest: Digest,
    truth: Truth,
    measures: Measures,
    provenance: Option<ImageClass>,
}

/// A simulated actor.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    id: ActorId,
    pictures: Vec<Picture>,
}

fn digest(parts: &[u64]) -> Digest {
    let mut bytes = [0; 32];
    for (at, chunk) in bytes.chunks_exact_mut(8).enumerate() {
        let mut of_chunk = parts.to_vec();
        of_chunk.push(at as u64);
        chunk.copy_from_slice(&dice(&of_chunk).to_bits().to_le_bytes());
    }
    Digest::from_bytes(bytes)
}

/// Makes actors with 10 to 18 photographs, 1 to 7 black-and-white and 1 to 6 coloured drawings, of
/// qualities 3 to 9. 2 % of the coloured pictures have monochrome pixels and 2 % are unclear; 3 %
/// of the black-and-white ones are unclear.
pub(crate) fn actors(seed: u64, count: u64, provenance: Provenance) -> Vec<Actor> {
    (0..count)
        .map(|actor| {
            let chance = |parts: &[u64]| dice(&[&[seed, actor], parts].concat());
            let between =
                |low: u64, high: u64, dice: f64| low + ((high - low + 1) as f64 * dice) as u64;
            let counts = [
                (ImageClass::Photorealistic, between(10, 18, chance(&[1]))),
                (ImageClass::BwStylized, between(1, 7, chance(&[2]))),
                (ImageClass::ColorStylized, between(1, 6, chance(&[3]))),
            ];
            let classes = counts
                .into_iter()
                .flat_map(|(class, count)| (0..count).map(move |_| class));
            let pictures = classes
                .zip(0_u64..)
                .map(|(class, number)| picture(seed, actor, number, class, provenance))
                .collect();
            Actor {
                id: ActorId::new(format!("{actor:04}_simulated")).expect("a plain name"),
                pictures,
            }
        })
        .collect()
}

fn picture(
    seed: u64,
    actor: u64,
    number: u64,
    class: ImageClass,
    provenance: Provenance,
) -> Picture {
    let chance = |what: u64| dice(&[seed, actor, 100 + number, what]);
    let quality = Quality::new(3 + (chance(1) * 7.0) as i64).expect("3 to 9");
    let (monochrome, unclear, colour) = (1.0, 6.0, 20.0);
    let r99 = match (class, chance(2)) {
        (ImageClass::BwStylized, below) if below < 0.03 => unclear,
        (ImageClass::BwStylized, _) => monochrome,
        (_, below) if below < 0.02 => monochrome,
        (_, below) if below < 0.04 => unclear,
        _ => colour,
    };
    let others: Vec<ImageClass> = ImageClass::ALL
        .into_iter()
        .filter(|other| *other != class)
        .collect();
    let recorded = if chance(3) < provenance.right {
        class
    } else {
        pick(&others, chance(4))
    };
    let digest = digest(&[seed, actor, number]);
    Picture {
        name: ImageName::new(format!("{number:02}.png")).expect("a plain name"),
        digest,
        truth: Truth { class, quality },
        measures: Measures {
            r99,
            sharpness: 500.0,
            blockiness: Some(1.0),
            hash: PerceptualHash::from_bytes(*digest.as_bytes()),
            width: 1024,
            height: 1024,
        },
        provenance: (chance(5) < provenance.known).then_some(recorded),
    }
}

/// The results of one or more runs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    /// Number of actors.
    pub(crate) actors: usize,
    /// Number of pictures removed.
    pub(crate) removed: usize,
    /// Number of removed pictures that the plan for a model without errors keeps.
    pub(crate) wrong: usize,
    /// Number of removed pictures whose true class did not exceed its target.
    pub(crate) wrong_class: usize,
    /// Number of pictures that the plan for a model without errors removes.
    pub(crate) due: usize,
    /// Number of those that were removed.
    pub(crate) right: usize,
    /// Number of pictures that a person is asked about.
    pub(crate) questions: usize,
    /// The price of all calls.
    pub(crate) cost: Usd,
    /// Number of runs.
    pub(crate) runs: usize,
    /// Number of runs that removed nothing because the model was not trusted.
    pub(crate) distrusted: usize,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.actors += other.actors;
        self.removed += other.removed;
        self.wrong += other.wrong;
        self.wrong_class += other.wrong_class;
        self.due += other.due;
        self.right += other.right;
        self.questions += other.questions;
        self.cost += other.cost;
        self.runs += other.runs;
        self.distrusted += other.distrusted;
    }
}

/// The inventory of an actor with the classes and qualities that `seen` returns, all of them sure.
fn inventory(actor: &Actor, seen: impl Fn(&Picture) -> (ImageClass, Quality)) -> Inventory {
    actor
        .pictures
        .iter()
        .map(|picture| {
            let (class, quality) = seen(picture);
            let state = PictureState::Assessed {
                class,
                quality,
                pixels: 1 << 20,
                confidence: Confidence::Sure,
                duplicate_of: None,
            };
            (picture.name.clone(), state)
        })
        .collect()
}

fn removed(plan: &Plan) -> BTreeSet<ImageName> {
    plan.with(Action::Remove)
        .map(|decision| decision.name.clone())
        .collect()
}

/// The answer of the model about pictures on one sheet.
fn show_sheet(model: &SimulatedModel, vote: u32, pictures: &[&Picture]) -> SheetVote {
    let cells: Vec<(Digest, Truth)> = pictures
        .iter()
        .map(|picture| (picture.digest, picture.truth))
        .collect();
    SheetVote {
        vote,
        order: cells.iter().map(|(digest, _)| *digest).collect(),
        opinions: model.sheet(u64::from(vote), &cells),
    }
}

/// The result of one actor in a run.
struct Outcome {
    plan: Plan,
    sheets: Vec<SheetVote>,
    cost: Usd,
}

fn ask_one_sheet(actor: &Actor, model: &SimulatedModel, prices: Prices) -> Outcome {
    let pictures: Vec<&Picture> = actor.pictures.iter().collect();
    let sheet = show_sheet(model, 1, &pictures);
    let said: BTreeMap<&ImageName, _> = pictures
        .iter()
        .map(|picture| &picture.name)
        .zip(&sheet.opinions)
        .collect();
    let seen = inventory(actor, |picture| {
        let opinion = said[&picture.name];
        (opinion.class, opinion.quality)
    });
    Outcome {
        plan: plan(&seen, &Protection::default(), &Policy::default()),
        sheets: vec![sheet],
        cost: prices.sheet,
    }
}

fn settings(belief: Belief) -> JudgingSettings {
    let mut settings = JudgingSettings::default();
    if belief != Belief::Everything {
        settings.look = LookPolicy::Sheet;
        settings.max_changing = 1.0;
    }
    if belief == Belief::Votes {
        settings.thresholds = Thresholds {
            monochrome_max: f64::NEG_INFINITY,
            colour_min: f64::INFINITY,
            ..Thresholds::default()
        };
    }
    settings
}

fn ask_until_decided(
    actor: &Actor,
    model: &SimulatedModel,
    belief: Belief,
    prices: Prices,
) -> Outcome {
    let settings = settings(belief);
    let mut set: Set = actor
        .pictures
        .iter()
        .map(|picture| {
            let readable = Readable {
                sha256: picture.digest,
                measures: picture.measures.clone(),
                provenance: picture.provenance.filter(|_| belief != Belief::Votes),
                label: None,
                votes: BTreeMap::new(),
                close: None,
            };
            (
                picture.name.clone(),
                PictureEvidence::Readable(Box::new(readable)),
            )
        })
        .collect();
    let mut sheets = Vec::new();
    let mut cost = Usd::ZERO;
    let by_name: BTreeMap<&ImageName, &Picture> = actor
        .pictures
        .iter()
        .map(|picture| (&picture.name, picture))
        .collect();
    let plan = loop {
        match next_step(&set, &Protection::default(), &Policy::default(), &settings) {
            NextStep::Sheet { vote, pictures } => {
                let named = pictures
                    .iter()
                    .map(|name| (name.clone(), by_name[name].digest))
                    .collect();
                let order = sheet_order(named, vote);
                let shown: Vec<&Picture> = order.iter().map(|name| by_name[name]).collect();
                let sheet = show_sheet(model, vote, &shown);
                for (name, opinion) in order.iter().zip(&sheet.opinions) {
                    if let Some(PictureEvidence::Readable(readable)) = set.get_mut(name) {
                        readable.votes.insert(vote, opinion.clone());
                    }
                }
                sheets.push(sheet);
                cost += prices.sheet;
            }
            NextStep::Close { pictures } => {
                for name in &pictures {
                    let picture = by_name[name];
                    let opinion = model.close(picture.digest, picture.truth);
                    if let Some(PictureEvidence::Readable(readable)) = set.get_mut(name) {
                        readable.close = Some(opinion);
                    }
                    cost += prices.close;
                }
            }
            NextStep::Decided(decision) => break decision.plan,
        }
    };
    Outcome { plan, sheets, cost }
}

/// Number of cells on a control sheet.
const CONTROL_CELLS: u64 = 40;
/// Maximum number of control sheets shown until the model has passed or failed.
const MAX_CONTROLS: u64 = 3;

/// The results of the control sheets shown until the model has passed or failed.
pub(crate) fn controls(model: &SimulatedModel, seed: u64) -> Vec<ControlResult> {
    let mut results = Vec::new();
    for number in 0..MAX_CONTROLS {
        results.push(control(model, seed, number));
        if control_outcome(&results, &TrustSettings::default()) != ControlOutcome::Unproven {
            break;
        }
    }
    results
}

/// The result of one control sheet. Half of its cells are monochrome, in a seeded order.
pub(crate) fn control(model: &SimulatedModel, seed: u64, number: u64) -> ControlResult {
    let mut cells: Vec<(u64, Digest, Truth)> = (0..CONTROL_CELLS)
        .map(|cell| {
            let truth = Truth {
                class: if cell % 2 == 0 {
                    ImageClass::BwStylized
                } else {
                    ImageClass::ColorStylized
                },
                quality: Quality::MAX,
            };
            let key = dice(&[seed, number, cell]).to_bits();
            (key, digest(&[seed, u64::MAX, number, cell]), truth)
        })
        .collect();
    cells.sort_by_key(|(key, _, _)| *key);
    let cells: Vec<(Digest, Truth)> = cells
        .into_iter()
        .map(|(_, digest, truth)| (digest, truth))
        .collect();
    let mut result = ControlResult::default();
    for ((_, truth), opinion) in cells.iter().zip(model.sheet(1_000 + number, &cells)) {
        let called = usize::from(opinion.class == ImageClass::BwStylized);
        if truth.class == ImageClass::BwStylized {
            result.monochrome += 1;
            result.monochrome_called_bw += called;
        } else {
            result.coloured += 1;
            result.coloured_called_bw += called;
        }
    }
    result
}

/// Simulates one run over all actors.
pub(crate) fn run(
    actors: &[Actor],
    model: &SimulatedModel,
    belief: Belief,
    prices: Prices,
) -> Tally {
    let mut tally = Tally {
        runs: 1,
        ..Tally::default()
    };
    let mut outcomes = Vec::new();
    for actor in actors {
        let outcome = match belief {
            Belief::OneSheet => ask_one_sheet(actor, model, prices),
            _ => ask_until_decided(actor, model, belief, prices),
        };
        tally.cost += outcome.cost;
        outcomes.push(outcome);
    }
    let is_trusted = belief != Belief::Everything || {
        let controls = controls(model, model.seed);
        tally.cost += prices.sheet * controls.len() as u64;
        let thresholds = Thresholds::default();
        let votes: Vec<ActorVotes<'_>> = actors
            .iter()
            .zip(&outcomes)
            .map(|(actor, outcome)| ActorVotes {
                actor: &actor.id,
                sheets: &outcome.sheets,
                tones: tones(actor, &thresholds),
            })
            .collect();
        suspicions(&votes, &controls, &TrustSettings::default()).is_empty()
    };
    tally.distrusted = usize::from(!is_trusted);
    for (actor, outcome) in actors.iter().zip(&outcomes) {
        count(actor, &outcome.plan, is_trusted, &mut tally);
    }
    tally
}

fn tones(actor: &Actor, thresholds: &Thresholds) -> BTreeMap<Digest, Tone> {
    actor
        .pictures
        .iter()
        .map(|picture| (picture.digest, thresholds.tone(&picture.measures)))
        .collect()
}

fn count(actor: &Actor, plan: &Plan, is_trusted: bool, tally: &mut Tally) {
    let policy = Policy::default();
    let truth = inventory(actor, |picture| {
        (picture.truth.class, picture.truth.quality)
    });
    let due = removed(&balance_planner::plan(
        &truth,
        &Protection::default(),
        &policy,
    ));
    let have: ClassCounts = actor
        .pictures
        .iter()
        .map(|picture| picture.truth.class)
        .collect();
    let wanted = policy.target.counts();
    tally.actors += 1;
    tally.due += due.len();
    if !is_trusted {
        return;
    }
    tally.questions += plan.questions.len();
    let removed = removed(plan);
    for picture in &actor.pictures {
        if removed.contains(&picture.name) {
            let class = picture.truth.class;
            let is_due = due.contains(&picture.name);
            tally.removed += 1;
            tally.right += usize::from(is_due);
            tally.wrong += usize::from(!is_due);
            tally.wrong_class += usize::from(have[class] <= wanted[class]);
        }
    }
}
