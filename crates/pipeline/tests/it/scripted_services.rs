//! A generator whose calls a test can make fail, and a model that is unavailable for a while.

use crate::world::{Generator, LookingModel};
use async_trait::async_trait;
use futures_util::future::BoxFuture;
use replicate_gen::{
    GenerateError, Generated, GenerationRequest, GeneratorIdentity, ImageGenerator, LostOrder,
    PredictionId, Started, Whereabouts,
};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tdbal_types::Usd;
use vision_eval::{
    ActorFailure, Estimate, LookKind, ModelIdentity, Question, Reply, StopCause, VisionError,
    VisionModel,
};

type OnStart = dyn Fn(usize) -> BoxFuture<'static, Option<GenerateError>> + Send + Sync;
type OnFinish = dyn Fn(usize, &PredictionId) -> Option<GenerateError> + Send + Sync;
type OnFind = dyn Fn(usize) -> Option<GenerateError> + Send + Sync;

/// Calls a hook before each call, with its number from 0; the hook returns an error to make it fail.
pub(crate) struct ScriptedGenerator {
    inner: Arc<Generator>,
    on_start: Box<OnStart>,
    on_finish: Box<OnFinish>,
    on_find: Box<OnFind>,
    starts: AtomicUsize,
    finishes: AtomicUsize,
    finds: AtomicUsize,
}

impl ScriptedGenerator {
    pub(crate) fn new(inner: &Arc<Generator>) -> Self {
        Self {
            inner: inner.clone(),
            on_start: Box::new(|_| Box::pin(async { None })),
            on_finish: Box::new(|_, _| None),
            on_find: Box::new(|_| None),
            starts: AtomicUsize::new(0),
            finishes: AtomicUsize::new(0),
            finds: AtomicUsize::new(0),
        }
    }

    /// Sets the hook for orders; if it returns an error, nothing is ordered.
    pub(crate) fn on_start(
        mut self,
        hook: impl Fn(usize) -> BoxFuture<'static, Option<GenerateError>> + Send + Sync + 'static,
    ) -> Self {
        self.on_start = Box::new(hook);
        self
    }

    pub(crate) fn on_finish(
        mut self,
        hook: impl Fn(usize, &PredictionId) -> Option<GenerateError> + Send + Sync + 'static,
    ) -> Self {
        self.on_finish = Box::new(hook);
        self
    }

    pub(crate) fn on_find(
        mut self,
        hook: impl Fn(usize) -> Option<GenerateError> + Send + Sync + 'static,
    ) -> Self {
        self.on_find = Box::new(hook);
        self
    }
}

impl fmt::Debug for ScriptedGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl fmt::Display for ScriptedGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

#[async_trait]
impl ImageGenerator for ScriptedGenerator {
    async fn start(&self, request: &GenerationRequest) -> Result<Started, GenerateError> {
        let number = self.starts.fetch_add(1, Ordering::SeqCst);
        match (self.on_start)(number).await {
            Some(error) => Err(error),
            None => self.inner.start(request).await,
        }
    }

    async fn finish(&self, id: &PredictionId) -> Result<Generated, GenerateError> {
        let number = self.finishes.fetch_add(1, Ordering::SeqCst);
        match (self.on_finish)(number, id) {
            Some(error) => Err(error),
            None => self.inner.finish(id).await,
        }
    }

    async fn find(&self, lost: &LostOrder) -> Result<Whereabouts, GenerateError> {
        let number = self.finds.fetch_add(1, Ordering::SeqCst);
        match (self.on_find)(number) {
            Some(error) => Err(error),
            None => self.inner.find(lost).await,
        }
    }

    fn price(&self) -> Usd {
        self.inner.price()
    }

    fn identity(&self) -> GeneratorIdentity {
        self.inner.identity()
    }
}

/// Judges sets, but does not answer about generated pictures.
#[derive(Debug, Default)]
pub(crate) struct UnavailableModel {
    pub(crate) inner: LookingModel,
    pub(crate) is_back: AtomicBool,
    /// Whether its error stops the whole run rather than one actor.
    pub(crate) stops_run: bool,
}

impl fmt::Display for UnavailableModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unavailable")
    }
}

#[async_trait]
impl VisionModel for UnavailableModel {
    async fn ask(&self, question: &Question) -> Result<Reply, VisionError> {
        if question.look != LookKind::Generated || self.is_back.load(Ordering::SeqCst) {
            return self.inner.ask(question).await;
        }
        if self.stops_run {
            return Err(VisionError::StopsRun {
                cause: StopCause::NoCredit {
                    endpoint: "the model".into(),
                    detail: "no credit".into(),
                },
                spent: Box::default(),
                source: None,
            });
        }
        Err(VisionError::ActorFailed {
            actor: question.actor.clone(),
            cause: ActorFailure::Unavailable,
            request_id: None,
            spent: Box::default(),
            source: None,
        })
    }

    fn identity(&self) -> ModelIdentity {
        self.inner.identity()
    }

    fn estimate(&self, look: LookKind, pictures: usize, width: u32, height: u32) -> Estimate {
        self.inner.estimate(look, pictures, width, height)
    }
}
