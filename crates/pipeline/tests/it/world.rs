//! A small world to run in: data, buckets, a model that really looks, and a generator.

use actor_lock::FileLocks;
use async_trait::async_trait;
use balance_planner::Policy;
use bytes::Bytes;
use evaluation::pictures::workers::{LookSettings, Workers};
use evaluation::{EvaluationContext, EvaluationSettings};
use execution::plan::RunPlan;
use execution::{
    BucketLocks, DataFolder, ExecutionSettings, Executor, LostOrders, Process, RunError,
};
use image::{ImageFormat, Rgb, RgbImage};
use journal::ObjectJournals;
use pipeline::{Resume, RunRequest};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use replicate_gen::{
    Catalogue, GenerateError, Generated, GenerationRequest, GeneratorIdentity, GeneratorKind,
    ImageGenerator, LostOrder, PredictionId, Started, Whereabouts,
};
use results::progress::Basis;
use results::{Mode, OutputFolder, RunReport, Silent};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use storage::{
    MemoryStore, ObjectKey, ObjectRead as _, ObjectStore, ObjectStores, PutMode, StoreError,
};
use tdbal_types::time::Clock;
use tdbal_types::{Digest, ImageClass, RunId, Tokens, Usd};
use tokio_util::sync::CancellationToken;
use verdict::{JudgingSettings, LookPolicy, TrustSettings, Votes};
use vision_eval::{
    Estimate, LookKind, ModelIdentity, ModelKind, Question, Reply, VisionError, VisionModel,
};

pub(crate) const ACTOR: &str = "9001_test";
/// What one picture costs.
pub(crate) const PRICE: f64 = 0.04;

/// A picture whose colour says its class and quality, as PNG; `salt` makes its bytes its own.
pub(crate) fn png(class: ImageClass, quality: u8, salt: u32) -> Vec<u8> {
    encode(class, quality, salt, ImageFormat::Png)
}

pub(crate) fn encode(class: ImageClass, quality: u8, salt: u32, format: ImageFormat) -> Vec<u8> {
    let level = 50 + 20 * quality;
    let colour = match class {
        ImageClass::Photorealistic => [level, 20, 20],
        // Hardly coloured, so that its pixels say the same.
        ImageClass::BwStylized => [level - 25, level, level - 25],
        ImageClass::ColorStylized => [20, 20, level],
    };
    // Blocks of its own, so that no other picture is nearly the same; in other hues, unless it is meant to
    // be of one ink.
    let mut rng = StdRng::seed_from_u64(salt.into());
    let hues: Vec<u32> = (0..54).map(|_| rng.random_range(0..8)).collect();
    let mut picture = RgbImage::from_fn(60, 90, |x, y| {
        let (column, row) = (x / 10, y / 10);
        let is_middle = (2..4).contains(&column) && (3..6).contains(&row);
        if is_middle {
            return Rgb(colour);
        }
        match (hues[(row * 6 + column) as usize], class) {
            (0..4, _) => Rgb(colour),
            (_, ImageClass::BwStylized) => Rgb(colour.map(|channel| channel / 3)),
            (4, _) => Rgb([230, 200, 20]),
            (5, _) => Rgb([20, 60, 20]),
            (6, _) => Rgb([150, 20, 150]),
            _ => Rgb([10, 150, 190]),
        }
    });
    for (bit, x) in (0..32).zip(0..) {
        let divisor = if salt >> bit & 1 == 1 { 1 } else { 2 };
        picture.put_pixel(x, 0, Rgb(colour.map(|channel| channel / divisor)));
    }
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Answers by the colours in the middle of the cells that it is asked about.
#[derive(Debug, Default)]
pub(crate) struct LookingModel {
    pub(crate) calls: AtomicUsize,
    /// Changes the reply before it is sent.
    pub(crate) distort: Option<fn(&mut Value)>,
}

impl std::fmt::Display for LookingModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("looking model")
    }
}

#[async_trait]
impl VisionModel for LookingModel {
    async fn ask(&self, question: &Question) -> Result<Reply, VisionError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let sheet = image::load_from_memory(&question.sheet.jpeg)
            .unwrap()
            .to_rgb8();
        assert_eq!(
            (sheet.width(), sheet.height()),
            (question.sheet.width, question.sheet.height)
        );
        let judge = |x: u32, y: u32| {
            let Rgb(rgb) = *sheet.get_pixel(x, y);
            let (channel, level) = rgb.iter().enumerate().max_by_key(|(_, v)| **v).unwrap();
            let quality = ((f64::from(*level) - 50.0) / 20.0).round() as i64;
            (ImageClass::ALL[channel], quality)
        };
        let mut reply = if question.look == LookKind::Close {
            let (class, quality) = judge(sheet.width() / 2, sheet.height() / 2);
            json!({ "seen": "a colour", "class": class, "faults": [], "quality": quality })
        } else {
            let pictures: Vec<Value> = question
                .pictures
                .iter()
                .map(|shown| {
                    let position = u32::try_from(shown.number.position()).unwrap();
                    let (x, y) = (position % 5 * 200 + 100, position / 5 * 200 + 100);
                    let (class, quality) = judge(x, y);
                    let number = shown.number;
                    json!({ "number": number, "class": class, "quality": quality, "faults": [] })
                })
                .collect();
            json!({ "pictures": pictures, "analysis": "looked" })
        };
        if let Some(distort) = self.distort {
            distort(&mut reply);
        }
        Ok(Reply {
            text: reply.to_string(),
            model: "looking".into(),
            request_id: Some("req_1".into()),
            tokens: Tokens {
                input: 1000,
                cached: 0,
                output: 100,
            },
            cost: Usd::from_dollars(0.001),
        })
    }

    fn identity(&self) -> ModelIdentity {
        ModelIdentity {
            kind: ModelKind::Live,
            model: "looking".into(),
            prompt_version: "1".into(),
            schema_digest: Digest::from_bytes([0; 32]),
        }
    }

    fn estimate(&self, _: LookKind, _: usize, _: u32, _: u32) -> Estimate {
        Estimate::default()
    }
}

/// What a generator does with the n-th order, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Good,
    Flagged,
    WrongClass,
    /// The wrong class for the first picture of a class, whichever order comes first.
    FirstOfWrongClass,
    /// Of the right class, and of quality 2.
    Poor,
    /// Of the right class, and nearly the same as every other picture with this salt.
    Like(u32),
    Broken,
    /// It is taken, and the answer is lost.
    Lost,
    /// It is not taken, and the answer is lost.
    NeverTaken,
    /// The answer is lost, and nobody can say whether it was taken.
    Unknowable,
}

/// Makes pictures of the class that is ordered, or what it is told to.
#[derive(Debug)]
pub(crate) struct Generator {
    pub(crate) behave: fn(usize) -> Behaviour,
    pub(crate) orders: AtomicUsize,
    pub(crate) prompts: Mutex<Vec<String>>,
    pub(crate) seeds: Mutex<Vec<u64>>,
    /// What orders became, by seed: what a listing would tell.
    pub(crate) lost: Mutex<BTreeMap<u64, Whereabouts>>,
    pub(crate) waiting: Mutex<BTreeMap<String, (ImageClass, Behaviour, u32)>>,
}

impl Generator {
    pub(crate) fn new(behave: fn(usize) -> Behaviour) -> Self {
        Self {
            behave,
            orders: AtomicUsize::new(0),
            prompts: Mutex::default(),
            seeds: Mutex::default(),
            lost: Mutex::default(),
            waiting: Mutex::default(),
        }
    }

    pub(crate) fn bought(&self) -> usize {
        self.orders.load(Ordering::Relaxed)
    }
}

impl std::fmt::Display for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("test generator")
    }
}

#[async_trait]
impl ImageGenerator for Generator {
    async fn start(&self, request: &GenerationRequest) -> Result<Started, GenerateError> {
        let number = self.orders.fetch_add(1, Ordering::Relaxed);
        self.prompts
            .lock()
            .unwrap()
            .push(request.prompt.text.clone());
        let behaviour = match (self.behave)(number) {
            Behaviour::FirstOfWrongClass if request.ordinal == 1 => Behaviour::WrongClass,
            Behaviour::FirstOfWrongClass => Behaviour::Good,
            behaviour => behaviour,
        };
        self.seeds.lock().unwrap().push(request.seed);
        assert!(
            request.base_image.starts_with(&[0xff, 0xd8]),
            "the base image is sent as JPEG"
        );
        let id = format!("p{number}");
        let salt = u32::try_from(number).unwrap() + 1000;
        self.waiting
            .lock()
            .unwrap()
            .insert(id.clone(), (request.class, behaviour, salt));
        let started = Started {
            id: PredictionId::new(id).unwrap(),
            model: "test/model".into(),
        };
        let whereabouts = match behaviour {
            Behaviour::NeverTaken => Whereabouts::Absent,
            Behaviour::Unknowable => Whereabouts::Unknowable {
                why: "a row lacks its input".into(),
            },
            _ => Whereabouts::Found(started.clone()),
        };
        let is_lost = matches!(
            behaviour,
            Behaviour::Lost | Behaviour::NeverTaken | Behaviour::Unknowable
        );
        self.lost.lock().unwrap().insert(request.seed, whereabouts);
        if !is_lost {
            return Ok(started);
        }
        Err(GenerateError::MaybeCreated {
            picture: request.picture(),
            seed: request.seed,
            cost: Usd::from_dollars(PRICE),
            source: "connection reset".into(),
        })
    }

    async fn find(&self, lost: &LostOrder) -> Result<Whereabouts, GenerateError> {
        let known = self.lost.lock().unwrap();
        Ok(known
            .get(&lost.seed)
            .cloned()
            .unwrap_or(Whereabouts::Absent))
    }

    async fn finish(&self, id: &PredictionId) -> Result<Generated, GenerateError> {
        let (class, behaviour, salt) = self.waiting.lock().unwrap()[id.as_str()];
        let cost = Usd::from_dollars(PRICE);
        let bytes = match behaviour {
            Behaviour::Flagged => {
                let message = "flagged as sensitive (E005)".into();
                return Err(GenerateError::Flagged {
                    id: Some(id.clone()),
                    message,
                    cost,
                });
            }
            Behaviour::Broken => b"<html>not a picture</html>".to_vec(),
            Behaviour::WrongClass => {
                let other = match class {
                    ImageClass::Photorealistic => ImageClass::ColorStylized,
                    _ => ImageClass::Photorealistic,
                };
                png(other, 9, salt)
            }
            Behaviour::Poor => png(class, 2, salt),
            Behaviour::Like(salt) => png(class, 9, salt),
            _ => png(class, 9, salt),
        };
        Ok(Generated {
            bytes: bytes.into(),
            id: id.clone(),
            model: "test/model".into(),
            cost,
        })
    }

    fn price(&self) -> Usd {
        Usd::from_dollars(PRICE)
    }

    fn identity(&self) -> GeneratorIdentity {
        GeneratorIdentity {
            kind: GeneratorKind::Live,
            model: "test/model".into(),
        }
    }
}

/// Buckets in memory.
#[derive(Debug, Default)]
pub(crate) struct Buckets(pub(crate) Mutex<BTreeMap<String, Arc<dyn ObjectStore>>>);

#[async_trait]
impl ObjectStores for Buckets {
    async fn bucket(
        &self,
        name: &str,
        _: Option<&str>,
    ) -> Result<Arc<dyn ObjectStore>, StoreError> {
        let mut buckets = self.0.lock().unwrap();
        let store = buckets
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(MemoryStore::new(format!("s3://{name}"))));
        Ok(store.clone())
    }
}

pub(crate) struct World {
    pub(crate) data: Arc<dyn ObjectStore>,
    pub(crate) buckets: Arc<Buckets>,
    pub(crate) model: Arc<LookingModel>,
    pub(crate) generator: Arc<Generator>,
    pub(crate) output: tempfile::TempDir,
    pub(crate) policy: Policy,
    pub(crate) cancel: CancellationToken,
    pub(crate) jobs: usize,
    pub(crate) inquiry: JudgingSettings,
    pub(crate) fresh: bool,
    pub(crate) control_every: usize,
    pub(crate) attempts: usize,
    pub(crate) limits: execution::limits::Limits,
    pub(crate) accept_double_charge: bool,
    pub(crate) allow_shrunk_listing: bool,
    pub(crate) clock: Clock,
    pub(crate) bucket_locks: BucketLocks,
    runs: AtomicUsize,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            data: Arc::new(MemoryStore::new("data")),
            buckets: Arc::default(),
            model: Arc::default(),
            generator: Arc::new(Generator::new(|_| Behaviour::Good)),
            output: tempfile::tempdir().unwrap(),
            policy: Policy::default(),
            cancel: CancellationToken::new(),
            jobs: 4,
            // One look at each picture, unless a test is about more.
            inquiry: JudgingSettings {
                votes: Votes::Fixed(std::num::NonZeroU32::MIN),
                look: LookPolicy::Sheet,
                ..JudgingSettings::default()
            },
            fresh: false,
            control_every: 0,
            attempts: 3,
            limits: execution::limits::Limits::default(),
            accept_double_charge: false,
            allow_shrunk_listing: false,
            clock: Clock::fixed("2026-11-22T12:00:00Z".parse().unwrap()),
            bucket_locks: BucketLocks::default(),
            runs: AtomicUsize::new(0),
        }
    }

    pub(crate) async fn put(&self, key: &str, bytes: impl Into<Bytes>) {
        let key = ObjectKey::new(key).unwrap();
        self.data
            .put(&key, bytes.into(), PutMode::Overwrite)
            .await
            .unwrap();
    }

    pub(crate) async fn get(&self, key: &str) -> Option<Bytes> {
        self.data
            .get(&ObjectKey::new(key).unwrap(), u64::MAX)
            .await
            .ok()
            .map(|object| object.bytes)
    }

    pub(crate) async fn keys(&self, prefix: &str) -> Vec<String> {
        let listed = self.data.list(prefix).await.unwrap();
        listed
            .into_iter()
            .map(|meta| meta.key.to_string())
            .collect()
    }

    /// Writes an actor: pictures by name, a training manifest of them in this order, an actor
    /// manifest and a base image.
    pub(crate) async fn actor(&self, actor: &str, pictures: &[(String, Vec<u8>)]) {
        let images: serde_json::Map<String, Value> = pictures
            .iter()
            .enumerate()
            .map(|(index, (name, _))| (name.clone(), json!({ "index": index + 1 })))
            .collect();
        let manifest = json!({
            "actor_id": actor, "total_images": images.len(), "generations": [], "images": images,
        });
        let folder = format!("actors/{actor}/training_data");
        for (name, bytes) in pictures {
            self.put(&format!("{folder}/{name}"), bytes.clone()).await;
        }
        self.put(&format!("{folder}/manifest.json"), manifest.to_string())
            .await;
        self.put(
            &format!("actors/{actor}/base_image/base.png"),
            png(ImageClass::Photorealistic, 5, 77),
        )
        .await;
        let id = actor.split('_').next().unwrap();
        let training: Vec<Value> = pictures
            .iter()
            .map(|(name, _)| json!({ "filename": name }))
            .collect();
        let actor_manifest = json!({
            "character_name": actor,
            "metadata": { "sex": "female" },
            "training_data": training,
            "statistics": { "training_images_count": training.len() },
        });
        self.put(
            &format!("actor_manifests/{id}_manifest.json"),
            actor_manifest.to_string(),
        )
        .await;
    }

    pub(crate) async fn manifest(&self, actor: &str) -> Value {
        let bytes = self
            .get(&format!("actors/{actor}/training_data/manifest.json"))
            .await;
        serde_json::from_slice(&bytes.unwrap()).unwrap()
    }

    /// The names in the training manifest.
    pub(crate) async fn entries(&self, actor: &str) -> Vec<String> {
        self.manifest(actor).await["images"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    }

    /// The picture files in the folder.
    pub(crate) async fn files(&self, actor: &str) -> Vec<String> {
        let prefix = format!("actors/{actor}/training_data");
        self.keys(&prefix)
            .await
            .iter()
            .map(|key| key.rsplit_once('/').unwrap().1.to_owned())
            .filter(|name| name != "manifest.json")
            .collect()
    }

    pub(crate) async fn run(&self, mode: Mode) -> RunReport {
        self.run_with(mode, true).await
    }

    pub(crate) async fn run_with(&self, mode: Mode, resume: bool) -> RunReport {
        self.start(self.model.clone(), mode, resume).await
    }

    pub(crate) async fn run_judged_by(&self, model: Arc<dyn VisionModel>, mode: Mode) -> RunReport {
        self.start(model, mode, true).await
    }

    pub(crate) fn engine(&self) -> Executor {
        self.engine_judged_by(self.model.clone())
    }

    pub(crate) fn engine_judged_by(&self, model: Arc<dyn VisionModel>) -> Executor {
        let data = DataFolder {
            store: self.data.clone(),
            identity: "memory".into(),
            path_prefix: "data".into(),
            in_bucket: None,
            buckets: self.buckets.clone(),
            endpoints: Vec::new(),
            journals: Arc::new(ObjectJournals::new(self.data.clone(), ".tdbal")),
            locks: Arc::new(FileLocks::new(self.output.path().join("locks"))),
            bucket_locks: self.bucket_locks.clone(),
        };
        Executor {
            evaluation: EvaluationContext {
                data: data.reader(),
                output: OutputFolder::new(self.output.path()),
                model,
                settings: EvaluationSettings {
                    look: LookSettings::default(),
                    judging: self.inquiry.clone(),
                    fresh: self.fresh,
                    labels: evaluation::LabelSource::Stored,
                    trust: TrustSettings::default(),
                    control_every: self.control_every,
                },
                workers: Arc::new(Workers::new(2)),
                clock: self.clock.clone(),
            },
            data,
            generator: Some(self.generator.clone()),
            settings: ExecutionSettings {
                jobs: self.jobs,
                catalogue: Catalogue::builtin(),
                destination: None,
                image_model: self.generator.identity(),
                picture_price: Usd::from_dollars(PRICE),
                attempts: self.attempts,
                limits: self.limits,
                lost_orders: LostOrders {
                    gap: Duration::ZERO,
                    accept_double_charge: self.accept_double_charge,
                    ..LostOrders::default()
                },
                lock_patience: Duration::ZERO,
                allow_shrunk_listing: self.allow_shrunk_listing,
                allow_unguarded_bucket: false,
                generated_by: "tdbal test".into(),
            },
            process: Process {
                host: "test".into(),
                pid: 1,
            },
        }
    }

    /// As the program does it: what an earlier execution left is finished first.
    async fn start(&self, model: Arc<dyn VisionModel>, mode: Mode, resume: bool) -> RunReport {
        let engine = self.engine_judged_by(model);
        let mut how = if resume {
            Resume::Unfinished
        } else {
            Resume::No
        };
        if mode == Mode::Execute {
            for run in pipeline::unfinished_runs(&engine).await.unwrap() {
                pipeline::resume(&engine, &run, &Silent, &self.cancel)
                    .await
                    .unwrap();
                how = Resume::JustFinished;
            }
        }
        self.try_start(&engine, mode, how).await.unwrap().1
    }

    pub(crate) async fn try_start(
        &self,
        engine: &Executor,
        mode: Mode,
        resume: Resume,
    ) -> Result<(RunPlan, RunReport), RunError> {
        let discovery = dataset::discover(&engine.data.reader()).await.unwrap();
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let request = RunRequest {
            run_id: RunId::new(format!("run-{run}")).unwrap(),
            actors: discovery
                .names()
                .into_iter()
                .map(|actor| (actor, self.policy))
                .collect(),
            mode,
            resume,
            basis: Basis {
                data_dir: "memory".into(),
                settings: storage::sha256(format!("{:?}", self.policy).as_bytes()),
            },
        };
        match mode {
            Mode::DryRun => {
                pipeline::plan(
                    &engine.evaluation,
                    &engine.settings,
                    &discovery,
                    &request,
                    &Silent,
                    &self.cancel,
                )
                .await
            }
            Mode::Execute => {
                pipeline::execute(engine, &discovery, &request, &Silent, &self.cancel).await
            }
        }
    }

    /// The lines of the audit trail.
    pub(crate) fn audit(&self) -> Vec<results::audit::AuditLine> {
        let text = std::fs::read_to_string(self.output.path().join("audit.jsonl")).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub(crate) fn output_json(&self, name: &str) -> Value {
        let bytes = std::fs::read(self.output.path().join(name)).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }
}

/// So many pictures of each class, all of quality 5 but for those given as (position, quality).
pub(crate) fn pictures(
    actor: &str,
    counts: [usize; 3],
    qualities: &[(usize, u8)],
) -> Vec<(String, Vec<u8>)> {
    let classes = ImageClass::ALL
        .into_iter()
        .zip(counts)
        .flat_map(|(class, count)| std::iter::repeat_n(class, count));
    classes
        .enumerate()
        .map(|(position, class)| {
            let quality = qualities
                .iter()
                .find(|(at, _)| *at == position)
                .map_or(5, |(_, q)| *q);
            let name = format!("{actor}_{}.png", position + 1);
            (name, png(class, quality, salt(actor, position)))
        })
        .collect()
}

/// What makes the picture at a position of an actor's set its own: no two actors have one in common.
pub(crate) fn salt(actor: &str, position: usize) -> u32 {
    let salt = position + 100 * actor.bytes().map(usize::from).sum::<usize>();
    u32::try_from(salt).unwrap()
}
