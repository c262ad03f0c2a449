//! A data set in memory, with buckets, a model that reads its sheets, and a scripted generator.

mod generator;
mod model;
mod picture;

pub(crate) use generator::{Behaviour, Generator};
pub(crate) use model::LookingModel;
pub(crate) use picture::{encode, pictures, png, salt};

use actor_lock::FileLocks;
use async_trait::async_trait;
use balance_planner::Policy;
use bytes::Bytes;
use evaluation::pictures::workers::{LookSettings, Workers};
use evaluation::{EvaluationContext, EvaluationSettings};
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
use run_plan::plan::RunPlan;
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

/// Price of one picture, in dollars.
pub(crate) const PRICE: f64 = 0.04;

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
    pub(crate) judging: JudgingSettings,
    pub(crate) fresh: bool,
    pub(crate) control_every: usize,
    pub(crate) attempts: usize,
    pub(crate) limits: run_plan::limits::Limits,
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
            // One look per picture, for fast tests.
            judging: JudgingSettings {
                votes: Votes::Fixed(std::num::NonZeroU32::MIN),
                look: LookPolicy::Sheet,
                ..JudgingSettings::default()
            },
            fresh: false,
            control_every: 0,
            attempts: 3,
            limits: run_plan::limits::Limits::default(),
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

    /// Writes an actor: pictures, a training manifest that lists them in this order, an actor manifest
    /// and a base image.
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

    /// Names in the training manifest.
    pub(crate) async fn entries(&self, actor: &str) -> Vec<String> {
        self.manifest(actor).await["images"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    }

    /// Picture files in the folder.
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

    pub(crate) fn executor(&self) -> Executor {
        self.executor_judged_by(self.model.clone())
    }

    pub(crate) fn executor_judged_by(&self, model: Arc<dyn VisionModel>) -> Executor {
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
                    judging: self.judging.clone(),
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

    /// Runs like the program: an execution first finishes unfinished runs.
    async fn start(&self, model: Arc<dyn VisionModel>, mode: Mode, resume: bool) -> RunReport {
        let executor = self.executor_judged_by(model);
        let mut how = if resume {
            Resume::Unfinished
        } else {
            Resume::No
        };
        if mode == Mode::Execute {
            for run in pipeline::unfinished_runs(&executor).await.unwrap() {
                pipeline::resume(&executor, &run, &Silent, &self.cancel)
                    .await
                    .unwrap();
                how = Resume::JustFinished;
            }
        }
        self.try_start(&executor, mode, how).await.unwrap().1
    }

    pub(crate) async fn try_start(
        &self,
        executor: &Executor,
        mode: Mode,
        resume: Resume,
    ) -> Result<(RunPlan, RunReport), RunError> {
        let discovery = dataset::discover(&executor.data.reader()).await.unwrap();
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
                    &executor.evaluation,
                    &executor.settings,
                    &discovery,
                    &request,
                    &Silent,
                    &self.cancel,
                )
                .await
            }
            Mode::Execute => {
                pipeline::execute(executor, &discovery, &request, &Silent, &self.cancel).await
            }
        }
    }

    /// Lines of the audit trail.
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
