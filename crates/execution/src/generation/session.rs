//! Generates the pictures that a set lacks, stores them under new names, and inspects them.
//!
//! Every purchase is in the journal before it is made, so whoever resumes after a crash knows what was
//! paid for. No manifest lists the new files yet.

use crate::error::ExecutionError;
use crate::transaction::commit::manifest_now;
use crate::transaction::mover::TrashMover;
use crate::transaction::new_files as naming;
use crate::transaction::new_files::Namer;
use crate::transaction::scope::ActorScope;
use bytes::Bytes;
use dataset::set::ActorSet;
use evaluation::error::EvaluationError;
use evaluation::pictures::base_image as base;
use futures_util::stream::{self, StreamExt as _};
use journal::run::record::{Leaving, OrderKey, Step};
use journal::run::state::{ActorState, Order, OrderState};
use replicate_gen::{
    GenerateError, GenerationRequest, ImageGenerator, PredictionId, Prompt, job_name, seed_for,
};
use results::audit::{AuditAction, Entry};
use run_plan::budget::Budget;
use run_plan::plan::{PlannedChange, RunPlan};
use std::collections::BTreeMap;
use std::sync::Mutex;
use tdbal_types::{ClassCounts, ImageClass, Usd, chain};
use tokio::sync::OnceCell;

/// Maximum attempts for an order that the service lost, and for fetching a picture that is paid for.
pub const TRIES: usize = 3;
/// Orders of one actor that are in progress at once.
pub const ORDERS_AT_ONCE: usize = 4;

/// The pictures that one actor's part of a plan buys.
pub struct GenerationSession<'a> {
    /// The actor, the run and the data.
    pub scope: &'a ActorScope<'a>,
    /// Makes pictures.
    pub generator: &'a dyn ImageGenerator,
    /// The plan of the run.
    pub plan: &'a RunPlan,
    /// The actor's part of the plan.
    pub assessed: &'a PlannedChange,
    /// What the run may still spend.
    pub budget: &'a Budget,
    base_image: OnceCell<Bytes>,
    /// The bytes of pictures that came in this process, by order.
    pub(super) bytes: Mutex<BTreeMap<OrderKey, Bytes>>,
}

impl<'a> GenerationSession<'a> {
    /// A session for the actor of `scope`.
    pub fn new(
        scope: &'a ActorScope<'a>,
        generator: &'a dyn ImageGenerator,
        plan: &'a RunPlan,
        assessed: &'a PlannedChange,
        budget: &'a Budget,
    ) -> Self {
        Self {
            scope,
            generator,
            plan,
            assessed,
            budget,
            base_image: OnceCell::new(),
            bytes: Mutex::default(),
        }
    }

    /// Moves pictures to the trash.
    const fn mover(&self) -> TrashMover<'a> {
        TrashMover {
            scope: self.scope,
            limit: self.plan.settings.max_bytes,
        }
    }
}

/// Why nothing more is ordered although pictures are still missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shortfall {
    /// The reason, for people.
    pub problem: String,
}

impl GenerationSession<'_> {
    /// Orders what the plan wants, and orders again, with other prompts, what failed or was rejected.
    /// Returns why, if not everything came.
    ///
    /// # Errors
    /// When it cannot continue now but may later: the journal stays open.
    pub async fn run(
        &self,
        set: &ActorSet,
        namer: &mut Namer<'_>,
    ) -> Result<Option<Shortfall>, ExecutionError> {
        let mut problem: Option<String> = None;
        loop {
            self.bring_in(namer, &mut problem).await?;
            if self.scope.cancel.is_cancelled() {
                return Err(EvaluationError::Interrupted.into());
            }
            let state = self.scope.journal.state().await;
            if self.missing(&state) == 0 {
                return Ok(None);
            }
            let next = self.next_orders(&state);
            if next.is_empty() {
                let problem = last_problem(&state).or(problem).unwrap_or_default();
                return Ok(Some(Shortfall { problem }));
            }
            let base_image = self.base_image(set).await?.clone();
            let bought: Vec<Result<Bought, ExecutionError>> = stream::iter(next)
                .map(|(key, prompt, attempt)| self.order(key, prompt, attempt, base_image.clone()))
                .buffered(ORDERS_AT_ONCE)
                .collect()
                .await;
            let mut stopped = None;
            let mut failure = None;
            for result in bought {
                match result {
                    Ok(Bought::Yes) => {}
                    Ok(Bought::NotNow(why)) => {
                        stopped.get_or_insert(why);
                    }
                    Err(error) => {
                        failure.get_or_insert(error);
                    }
                }
            }
            match failure {
                // The service deletes pictures after an hour: fetch what is paid for before stopping.
                Some(
                    error @ ExecutionError::Evaluation(
                        EvaluationError::Interrupted | EvaluationError::StopsRun { .. },
                    ),
                ) => {
                    self.collect_all(namer, &mut problem).await?;
                    return Err(error);
                }
                // Without the journal or the lock, nothing more may be done to the actor.
                Some(error) => return Err(error),
                None => {}
            }
            if let Some(why) = stopped {
                self.bring_in(namer, &mut problem).await?;
                return Ok(Some(Shortfall { problem: why }));
            }
        }
    }

    /// Fetches, stores and inspects everything that is paid for.
    async fn bring_in(
        &self,
        namer: &mut Namer<'_>,
        problem: &mut Option<String>,
    ) -> Result<(), ExecutionError> {
        self.collect_all(namer, problem).await?;
        self.reject_what_is_gone().await?;
        self.look().await?;
        self.quarantine_rejected().await
    }

    /// The base image as JPEG; it is read once.
    ///
    /// # Errors
    /// When there is none, it is not a usable picture, or it changed since the plan.
    pub async fn base_image(&self, set: &ActorSet) -> Result<&Bytes, ExecutionError> {
        self.base_image
            .get_or_try_init(|| async {
                let reader = self.scope.executor.data.reader();
                let look = &self.scope.executor.evaluation.settings.look;
                let jpeg = base::base_image(&reader, set, look).await?;
                match &self.assessed.seen.base_image {
                    Some(seen) if *seen != storage::sha256(&jpeg) => {
                        Err(ExecutionError::SetChanged {
                            what: "the base image changed".into(),
                        })
                    }
                    _ => Ok(jpeg),
                }
            })
            .await
    }

    /// The number of pictures that are still missing.
    fn missing(&self, state: &ActorState) -> usize {
        let taken: ClassCounts = state.taken().iter().map(|(key, _, _)| key.class).collect();
        let wanted = self.assessed.generate();
        wanted
            .iter()
            .map(|(class, count)| count.saturating_sub(taken[class]))
            .sum()
    }

    /// What to buy next: orders that the service never took, orders that were not sent yet, and for each
    /// failed or rejected one an order with another prompt, up to the plan's number of attempts. An order
    /// that failed permanently is not replaced.
    fn next_orders(&self, state: &ActorState) -> Vec<(OrderKey, Prompt, u32)> {
        let mut next = Vec::new();
        let wanted = self.assessed.generate();
        for (class, count) in wanted.iter().filter(|(_, count)| *count > 0) {
            let prompts = self.prompts_of(class);
            // The number of orders for the same picture so far, this one included.
            let mut tries = vec![1; count];
            let mut position = 0;
            while let Some(&tried) = tries.get(position) {
                let ordinal = u32::try_from(position + 1).unwrap_or(u32::MAX);
                let key = OrderKey { class, ordinal };
                match state.orders.get(&key) {
                    None => {
                        let prompt = prompts.get(position).map(|prompt| (*prompt).clone());
                        next.extend(prompt.map(|prompt| (key, prompt, 1)));
                    }
                    // Stop asking a service that keeps losing orders.
                    Some(order) if order.state == OrderState::Absent => {
                        if (order.attempt as usize) < TRIES {
                            next.push((key, order.prompt.clone(), order.attempt + 1));
                        }
                    }
                    Some(order) => {
                        if order.may_be_replaced() && tried < self.plan.settings.attempts {
                            tries.push(tried + 1);
                        }
                    }
                }
                position += 1;
            }
        }
        next
    }

    fn prompts_of(&self, class: ImageClass) -> Vec<&Prompt> {
        let all = self.assessed.orders.iter().chain(&self.assessed.spare);
        all.filter(|prompt| prompt.class == class).collect()
    }

    /// Buys one picture. The intent is recorded before the call, the prediction as soon as its ID is
    /// known: a crash between the two leaves an order that can be found again by its seed.
    async fn order(
        &self,
        order: OrderKey,
        prompt: Prompt,
        attempt: u32,
        base_image: Bytes,
    ) -> Result<Bought, ExecutionError> {
        if self.scope.cancel.is_cancelled() {
            return Err(EvaluationError::Interrupted.into());
        }
        // Another run may have taken over while this process was suspended: it would buy the same.
        self.scope.locks.check().await?;
        let price = self.generator.price();
        if let Err(why) = self.budget.take(price) {
            return Ok(Bought::NotNow(why));
        }
        let job = job_name(self.scope.run, self.scope.actor, order.class, order.ordinal);
        let seed = u64::from(seed_for(&job, attempt));
        self.scope
            .journal
            .write(Step::Order {
                order,
                attempt,
                prompt: prompt.clone(),
                seed,
                price,
            })
            .await?;
        let request = GenerationRequest {
            actor: self.scope.actor.clone(),
            class: order.class,
            ordinal: order.ordinal,
            prompt,
            seed,
            base_image,
        };
        // Checked again right before the purchase: writing the intent may have taken long.
        self.scope.locks.check().await?;
        let started = self.generator.start(&request).await;
        let entry =
            Entry::new(AuditAction::Predict, request.prompt.text.as_str()).file(order, None);
        let entry = match &started {
            Ok(started) => entry.object(&started.id),
            Err(_) => entry.outcome(&started),
        };
        self.scope.audit().record(entry).await;
        match started {
            Ok(started) => {
                self.scope
                    .journal
                    .write(Step::Ordered {
                        order,
                        prediction: started.id,
                        model: started.model,
                    })
                    .await?;
                Ok(Bought::Yes)
            }
            Err(error) => self.not_ordered(order, price, error).await,
        }
    }

    async fn not_ordered(
        &self,
        order: OrderKey,
        price: Usd,
        error: GenerateError,
    ) -> Result<Bought, ExecutionError> {
        let problem = chain(&error);
        match &error {
            // Whether the service took it has to be found out before anything else is bought.
            GenerateError::MaybeCreated { .. } => {
                self.scope
                    .journal
                    .write(Step::OrderLost { order, problem })
                    .await?;
            }
            GenerateError::StopsRun { .. } => {
                self.budget.give_back(price);
                self.scope
                    .journal
                    .write(Step::OrderRefused { order, problem })
                    .await?;
                return Err(stops_run(&error));
            }
            _ => {
                self.budget.give_back(price);
                let again = may_try_another(&error);
                self.failed(order, None, problem, error.cost(), again)
                    .await?;
            }
        }
        Ok(Bought::Yes)
    }

    /// Records that an order failed. `again` says whether another prompt may succeed.
    pub(super) async fn failed(
        &self,
        order: OrderKey,
        prediction: Option<PredictionId>,
        problem: String,
        cost: Usd,
        again: bool,
    ) -> Result<(), ExecutionError> {
        self.scope
            .journal
            .write(Step::OrderFailed {
                order,
                prediction,
                problem,
                cost,
                again,
            })
            .await?;
        Ok(())
    }

    async fn quarantine_rejected(&self) -> Result<(), ExecutionError> {
        quarantine_rejected(&self.mover()).await
    }
}

/// Moves rejected pictures to the trash; of a file that was being stored when an earlier attempt died,
/// whatever is there. A file that someone else put in its place is not touched.
///
/// # Errors
/// When a picture cannot be moved: the journal stays open.
pub async fn quarantine_rejected(mover: &TrashMover<'_>) -> Result<(), ExecutionError> {
    let journal = mover.scope.journal;
    let state = journal.state().await;
    let (_, manifest) = manifest_now(mover.scope.executor, mover.scope.actor).await?;
    for (order, paid) in state.paid().filter(|(_, paid)| paid.reject.is_some()) {
        let Some(file) = paid.file.as_ref().filter(|file| file.trashed.is_none()) else {
            continue;
        };
        // A person listed the picture: it is in the set, and its file must stay.
        if manifest
            .as_ref()
            .is_some_and(|now| now.contains(&file.name))
        {
            let places = Vec::new();
            journal.write(Step::Rejected { order, places }).await?;
            continue;
        }
        let mut places = naming::own_places(&mover.scope.executor.data, file).await?;
        let moved = async {
            places.extend(mover.half_rejected(file).await?);
            let leaving = Leaving {
                name: file.name.clone(),
                sha256: file.sha256,
                places,
            };
            mover.quarantine(&leaving).await
        };
        let places = moved.await.map_err(|error| ExecutionError::Unfinished {
            what: format!(
                "{} could not be moved to the trash ({})",
                file.name,
                chain(&error)
            ),
            next: "nothing in the set was touched; run tdbal resume to continue".into(),
        })?;
        journal.write(Step::Rejected { order, places }).await?;
    }
    Ok(())
}

/// The result of an attempt to buy.
enum Bought {
    /// The order was sent; the journal has the result.
    Yes,
    /// The order was not sent, for this reason.
    NotNow(String),
}

/// Whether an order with another prompt may succeed.
pub fn may_try_another(error: &GenerateError) -> bool {
    matches!(error, GenerateError::Flagged { .. }) || error.may_order_again()
}

/// The error that stops the whole run.
pub fn stops_run(error: &GenerateError) -> ExecutionError {
    ExecutionError::Evaluation(EvaluationError::StopsRun {
        message: error.to_string(),
        cost: Usd::ZERO,
    })
}

/// Why the last failed order failed.
pub fn last_problem(state: &ActorState) -> Option<String> {
    let problem = |order: &Order| match &order.state {
        OrderState::Failed { problem, .. } => Some(problem.clone()),
        OrderState::Paid(paid) => paid.reject.clone(),
        OrderState::Absent => Some("the service did not take the order".to_owned()),
        OrderState::Unknown => None,
    };
    state.orders.values().rev().find_map(problem)
}
