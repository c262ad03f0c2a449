//! Which questions an evaluation asks, and what it concludes from the answers. Every test counts the
//! questions.

mod arrivals;
mod blind;
mod close;
mod controls;
mod evidence;
mod kept;
mod labels;
mod measure;
mod votes;

use crate::world::{LookingModel, World};
use async_trait::async_trait;
use balance_planner::{Decision, Reason};
use bytes::Bytes;
use evaluation::Evaluation;
use results::{ActorReport, OutputFolder, RunReport};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use storage::{ObjectKey, ObjectStore as _, sha256};
use tdbal_types::{ActorId, Digest, Fault, ImageClass, ImageName, Opinion, Quality, Tokens, Usd};
use test_support::simulated::{SimulatedModel, Truth};
use verdict::{JudgingSettings, LookPolicy, Votes};
use vision_eval::{
    Estimate, LookKind, ModelIdentity, Question, Repertoire, Reply, Spent, StopCause, VisionError,
    VisionModel,
};

/// A question that a [`Judge`] answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) actor: String,
    pub(super) look: LookKind,
    /// Pictures in the order of the sheet.
    pub(super) pictures: Vec<Digest>,
    pub(super) jpeg: Bytes,
}

/// Number of questions of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Calls {
    pub(super) sheets: usize,
    pub(super) close: usize,
    pub(super) generated: usize,
    pub(super) controls: usize,
}

impl Calls {
    pub(super) fn of(asked: &[Asked]) -> Self {
        let mut calls = Self::default();
        for one in asked {
            match one.look {
                LookKind::Sheet { .. } => calls.sheets += 1,
                LookKind::Close => calls.close += 1,
                LookKind::Generated => calls.generated += 1,
                LookKind::Control => calls.controls += 1,
            }
        }
        calls
    }

    pub(super) fn total(self) -> usize {
        self.sheets + self.close + self.generated + self.controls
    }
}

pub(super) fn calls(sheets: usize, close: usize) -> Calls {
    Calls {
        sheets,
        close,
        ..Calls::default()
    }
}

/// Maps the right opinions about pictures, in the order of the sheet, to the opinions in the answer.
type Distort = dyn Fn(&Question, &[(Digest, Opinion)]) -> Vec<Opinion> + Send + Sync;
/// The error for the n-th question, counted from 0, if it fails.
type Fails = dyn Fn(usize) -> Option<VisionError> + Send + Sync;

/// A model that reads the sheets, distorts its answers as a test wants, and records its questions.
pub(super) struct Judge {
    reader: LookingModel,
    distort: Box<Distort>,
    fails: Box<Fails>,
    /// A question that is never answered, and what to call when it arrives.
    hangs: Option<(usize, Box<dyn Fn() + Send + Sync>)>,
    identity: ModelIdentity,
    repertoire: Repertoire,
    started: Mutex<usize>,
    asked: Mutex<Vec<Asked>>,
}

impl Judge {
    /// A model that answers correctly.
    pub(super) fn honest() -> Self {
        let reader = LookingModel::default();
        Self {
            identity: reader.identity(),
            reader,
            distort: Box::new(|_, seen| seen.iter().map(|(_, seen)| seen.clone()).collect()),
            fails: Box::new(|_| None),
            hangs: None,
            repertoire: Repertoire::Everything,
            started: Mutex::default(),
            asked: Mutex::default(),
        }
    }

    /// A model that changes its opinion of single pictures.
    pub(super) fn with_errors(
        errs: impl Fn(LookKind, &Digest, &mut Opinion) + Send + Sync + 'static,
    ) -> Self {
        let distort = move |question: &Question, seen: &[(Digest, Opinion)]| {
            let opinions = seen.iter().map(|(digest, seen)| {
                let mut opinion = seen.clone();
                errs(question.look, digest, &mut opinion);
                opinion
            });
            opinions.collect()
        };
        Self {
            distort: Box::new(distort),
            ..Self::honest()
        }
    }

    /// A model that answers like a simulated model that is given the truth.
    pub(super) fn simulated(model: SimulatedModel) -> Self {
        let distort = move |question: &Question, seen: &[(Digest, Opinion)]| {
            let cells: Vec<(Digest, Truth)> = seen
                .iter()
                .map(|(digest, seen)| (*digest, truth(seen)))
                .collect();
            match question.look {
                LookKind::Close => cells
                    .iter()
                    .map(|(digest, truth)| model.close(*digest, *truth))
                    .collect(),
                LookKind::Sheet { vote } => model.sheet(vote.into(), &cells),
                LookKind::Generated => model.sheet(1_000, &cells),
                LookKind::Control => model.sheet(2_000, &cells),
            }
        };
        Self {
            distort: Box::new(distort),
            ..Self::honest()
        }
    }

    /// Restricts the model to one sheet per actor, as in recordings of the original system.
    pub(super) fn with_one_sheet(mut self) -> Self {
        self.repertoire = Repertoire::OneSheet;
        self
    }

    /// Changes the name and the prompt version.
    pub(super) fn known_as(mut self, model: &str, prompt: &str) -> Self {
        model.clone_into(&mut self.identity.model);
        prompt.clone_into(&mut self.identity.prompt_version);
        self
    }

    pub(super) fn failing_when(
        mut self,
        fails: impl Fn(usize) -> Option<VisionError> + Send + Sync + 'static,
    ) -> Self {
        self.fails = Box::new(fails);
        self
    }

    /// Never answers the n-th question, counted from 0, and calls `on_arrival` when it arrives.
    pub(super) fn hanging_at(
        mut self,
        at: usize,
        on_arrival: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        self.hangs = Some((at, Box::new(on_arrival)));
        self
    }

    /// Returns the questions answered since the last call.
    pub(super) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// Counts the questions answered since the last call.
    pub(super) fn count(&self) -> Calls {
        Calls::of(&self.take())
    }

    fn next_number(&self) -> usize {
        let mut started = self.started.lock().unwrap();
        *started += 1;
        *started - 1
    }

    /// Returns the right opinions about the pictures of a question.
    async fn correct_answer(
        &self,
        question: &Question,
    ) -> Result<(Reply, Vec<Opinion>), VisionError> {
        let reply = self.reader.ask(question).await?;
        if question.look == LookKind::Control {
            return Ok((reply, judge_drawings(question)));
        }
        let value: Value = serde_json::from_str(&reply.text).unwrap();
        let opinions = match value["pictures"].as_array() {
            Some(pictures) => pictures.iter().map(opinion_of).collect(),
            None => vec![opinion_of(&value)],
        };
        Ok((reply, opinions))
    }
}

fn truth(seen: &Opinion) -> Truth {
    Truth {
        class: seen.class,
        quality: seen.quality,
    }
}

fn opinion_of(value: &Value) -> Opinion {
    Opinion {
        class: serde_json::from_value(value["class"].clone()).unwrap(),
        quality: serde_json::from_value(value["quality"].clone()).unwrap(),
        faults: Vec::<Fault>::new(),
    }
}

/// Judges the drawings of a control sheet by their pixels: ink is black and white, the rest coloured.
fn judge_drawings(question: &Question) -> Vec<Opinion> {
    let sheet = image::load_from_memory(&question.sheet.jpeg)
        .unwrap()
        .to_rgb8();
    let cells = question.pictures.iter().map(|shown| {
        let position = u32::try_from(shown.number.position()).unwrap();
        let (x, y) = (position % 5 * 200, position / 5 * 200);
        let cell = image::imageops::crop_imm(&sheet, x, y, 200, 200).to_image();
        let r99 = ::evidence::r99(&::evidence::Rgb {
            width: 200,
            height: 200,
            pixels: cell.as_raw(),
        });
        let class = if r99 < 12.0 {
            ImageClass::BwStylized
        } else {
            ImageClass::ColorStylized
        };
        Opinion {
            class,
            quality: quality(7),
            faults: Vec::new(),
        }
    });
    cells.collect()
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.identity.fmt(f)
    }
}

impl fmt::Display for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.identity.model)
    }
}

#[async_trait]
impl VisionModel for Judge {
    async fn ask(&self, question: &Question) -> Result<Reply, VisionError> {
        let number = self.next_number();
        // As with any service, more questions arrive before the first answer leaves.
        tokio::task::yield_now().await;
        if let Some(error) = (self.fails)(number) {
            return Err(error);
        }
        if let Some((at, on_arrival)) = &self.hangs
            && number == *at
        {
            on_arrival();
            std::future::pending::<()>().await;
        }
        let (mut reply, seen) = self.correct_answer(question).await?;
        let pictures = question.pictures.iter();
        let seen: Vec<(Digest, Opinion)> = pictures.map(|shown| shown.sha256).zip(seen).collect();
        let opinions = (self.distort)(question, &seen);
        reply.text = if question.look == LookKind::Close {
            let opinion = &opinions[0];
            json!({ "seen": "a thing", "class": opinion.class, "faults": [], "quality": opinion.quality })
        } else {
            let pictures = question.pictures.iter().zip(&opinions);
            let pictures: Vec<Value> = pictures
                .map(|(shown, opinion)| {
                    json!({
                        "number": shown.number, "class": opinion.class, "quality": opinion.quality,
                        "faults": [],
                    })
                })
                .collect();
            json!({ "pictures": pictures, "analysis": "looked" })
        }
        .to_string();
        self.asked.lock().unwrap().push(Asked {
            actor: question.actor.to_string(),
            look: question.look,
            pictures: question.digests(),
            jpeg: question.sheet.jpeg.clone(),
        });
        Ok(reply)
    }

    fn identity(&self) -> ModelIdentity {
        self.identity.clone()
    }

    fn estimate(&self, look: LookKind, pictures: usize, width: u32, height: u32) -> Estimate {
        self.reader.estimate(look, pictures, width, height)
    }

    async fn repertoire(&self, _: &ActorId) -> Repertoire {
        self.repertoire
    }
}

/// An error that stops the run, for a question that was charged nevertheless.
pub(super) fn no_credit(dollars: f64) -> VisionError {
    VisionError::StopsRun {
        cause: StopCause::NoCredit {
            endpoint: "the model".into(),
            detail: "no credit".into(),
        },
        spent: Box::new(Spent {
            tokens: Tokens::default(),
            cost: Usd::from_dollars(dollars),
        }),
        source: None,
    }
}

/// A data set with the default judging settings.
pub(super) fn judging_world() -> World {
    let mut world = World::new();
    world.judging = JudgingSettings::default();
    world.attempts = 2;
    world
}

/// A data set with this number of sheets per picture and this look policy.
pub(super) fn world_of_votes(votes: u32, look: LookPolicy) -> World {
    let mut world = judging_world();
    world.judging.votes = Votes::Fixed(votes.try_into().unwrap());
    world.judging.look = look;
    world
}

pub(super) fn quality(points: i64) -> Quality {
    Quality::new(points).unwrap()
}

pub(super) fn id(actor: &str) -> ActorId {
    ActorId::new(actor).unwrap()
}

pub(super) fn name(name: &str) -> ImageName {
    ImageName::new(name).unwrap()
}

pub(super) fn names(all: &[&str]) -> Vec<ImageName> {
    all.iter().map(|one| name(one)).collect()
}

/// Digests of pictures, in the given order.
pub(super) fn digests(pictures: &[(String, Vec<u8>)]) -> Vec<Digest> {
    pictures.iter().map(|(_, bytes)| sha256(bytes)).collect()
}

pub(super) fn sorted<T: Ord>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.into_iter().collect();
    all.sort();
    all
}

/// Digests of the pictures that had a close look, sorted.
pub(super) fn close_looks_of(asked: &[Asked]) -> Vec<Digest> {
    let close = asked.iter().filter(|one| one.look == LookKind::Close);
    sorted(close.map(|one| one.pictures[0]))
}

/// The sheets of an actor in the order they were shown: vote, and pictures in their order.
pub(super) fn sheets_of(asked: &[Asked], actor: &str) -> Vec<(u32, Vec<Digest>)> {
    let own = asked.iter().filter(|one| one.actor == actor);
    own.filter_map(|one| match one.look {
        LookKind::Sheet { vote } => Some((vote, one.pictures.clone())),
        _ => None,
    })
    .collect()
}

/// Writes a picture file of an actor.
pub(super) async fn put_picture(world: &World, actor: &str, file: &str, bytes: Vec<u8>) {
    world
        .put(&format!("actors/{actor}/training_data/{file}"), bytes)
        .await;
}

/// Records in the manifest the class that each picture was generated as, by position in the set.
pub(super) async fn record(world: &World, actor: &str, classes: &[ImageClass]) {
    let mut manifest = world.manifest(actor).await;
    for entry in manifest["images"].as_object_mut().unwrap().values_mut() {
        let position = usize::try_from(entry["index"].as_u64().unwrap()).unwrap() - 1;
        entry["type"] = json!(classes[position]);
    }
    let key = format!("actors/{actor}/training_data/manifest.json");
    world.put(&key, manifest.to_string()).await;
}

/// Expands counts per class to a list of classes.
pub(super) fn classes(counts: [usize; 3]) -> Vec<ImageClass> {
    let each = ImageClass::ALL.into_iter().zip(counts);
    each.flat_map(|(class, count)| std::iter::repeat_n(class, count))
        .collect()
}

/// Renames a picture in folder and manifest.
pub(super) async fn rename(world: &World, actor: &str, from: &str, to: &str) {
    let folder = format!("actors/{actor}/training_data");
    let bytes = world.get(&format!("{folder}/{from}")).await.unwrap();
    world.put(&format!("{folder}/{to}"), bytes).await;
    let old = ObjectKey::new(format!("{folder}/{from}")).unwrap();
    world
        .data
        .delete(&old, storage::Condition::Always)
        .await
        .unwrap();
    let mut manifest = world.manifest(actor).await;
    let images = manifest["images"].as_object_mut().unwrap();
    let entry = images.remove(from).unwrap();
    images.insert(to.to_owned(), entry);
    world
        .put(&format!("{folder}/manifest.json"), manifest.to_string())
        .await;
}

pub(super) async fn evaluation(world: &World, actor: &str) -> Evaluation {
    let output = OutputFolder::new(world.output.path());
    evaluation::evaluation::read_evaluation(&output, &id(actor))
        .await
        .unwrap()
}

pub(super) fn report_of<'r>(report: &'r RunReport, actor: &str) -> &'r ActorReport {
    let mut reports = report.actors.iter();
    reports
        .find(|report| report.actor.as_str() == actor)
        .unwrap()
}

/// Keys and bytes of all data, without journals and locks.
pub(super) async fn stored(world: &World) -> BTreeMap<String, Bytes> {
    let mut all = BTreeMap::new();
    for key in world.keys("").await {
        if !key.starts_with(".tdbal/") {
            let bytes = world.get(&key).await.unwrap();
            all.insert(key, bytes);
        }
    }
    all
}

/// The decision about a picture.
pub(super) fn decision<'e>(evaluation: &'e Evaluation, file: &str) -> &'e Decision {
    let mut decisions = evaluation.plan.decisions.iter();
    decisions
        .find(|decision| decision.name.as_str() == file)
        .unwrap()
}

/// Number of decisions per rule.
pub(super) fn reasons(evaluation: &Evaluation) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for decision in &evaluation.plan.decisions {
        *counts.entry(rule_of(&decision.reason)).or_default() += 1;
    }
    counts
}

fn rule_of(reason: &Reason) -> String {
    let value = serde_json::to_value(reason).unwrap();
    value["rule"].as_str().unwrap().to_owned()
}
