//! Generates the pictures that a set lacks, stores them under their new names, and looks at them.
//!
//! Everything is told to the journal first, so that whoever goes on after a crash knows what is paid
//! for. No manifest knows the new files yet.

use crate::budget::Budget;
use crate::error::ExecutionError;
use crate::executor::Executor;
use crate::plan::{PlannedChange, RunPlan};
use crate::transaction::mover::TrashMover;
use crate::transaction::new_files as naming;
use crate::transaction::new_files::Namer;
use actor_lock::HeldLocks;
use bytes::Bytes;
use dataset::set::ActorSet;
use evaluation::error::EvaluationError;
use evaluation::pictures::base_image as base;
use futures_util::stream::{self, StreamExt as _};
use journal::run::actor_journal::ActorJournal;
use journal::run::record::{Leaving, OrderKey, Step};
use journal::run::state::{ActorState, Order, OrderState};
use replicate_gen::{
    GenerateError, GenerationRequest, ImageGenerator, PredictionId, Prompt, job_name, seed_for,
};
use results::audit::{AuditAction, Entry, Trail};
use results::events::Observer;
use std::collections::BTreeMap;
use std::sync::Mutex;
use tdbal_types::{ActorId, ClassCounts, ImageClass, RunId, Usd, chain};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

/// How often a service that loses an order, or a picture that is paid for, is asked again for it.
pub const TRIES: usize = 3;
/// GenerationSession of one actor that are under way at once.
pub const ORDERS_AT_ONCE: usize = 4;

/// What all orders of an actor have in common.
pub struct GenerationSession<'a> {
    pub executor: &'a Executor,
    pub generator: &'a dyn ImageGenerator,
    pub actor: &'a ActorId,
    pub run: &'a RunId,
    pub plan: &'a RunPlan,
    pub assessed: &'a PlannedChange,
    pub base_image: OnceCell<Bytes>,
    pub journal: &'a ActorJournal,
    pub locks: &'a HeldLocks,
    pub budget: &'a Budget,
    pub mover: TrashMover<'a>,
    pub trail: Trail<'a>,
    pub observer: &'a dyn Observer,
    pub cancel: &'a CancellationToken,
    /// The bytes of pictures that came in this process.
    pub bytes: Mutex<BTreeMap<OrderKey, Bytes>>,
}

/// Why nothing more is ordered, though not everything came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shortfall {
    /// In words.
    pub problem: String,
}

impl GenerationSession<'_> {
    /// GenerationSession what is wanted; again, with other prompts, what did not come or is not what was
    /// ordered. Says why if not everything came.
    ///
    /// # Errors
    /// When it cannot go on now, though it could later: the journal stays open.
    pub async fn run(
        &self,
        set: &ActorSet,
        namer: &mut Namer<'_>,
    ) -> Result<Option<Shortfall>, ExecutionError> {
        let mut problem: Option<String> = None;
        loop {
            self.bring_in(namer, &mut problem).await?;
            if self.cancel.is_cancelled() {
                return Err(EvaluationError::Interrupted.into());
            }
            let state = self.journal.state().await;
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
                // What is paid for is fetched while the service still has it.
                Some(
                    error @ ExecutionError::Evaluation(
                        EvaluationError::Interrupted | EvaluationError::StopsRun { .. },
                    ),
                ) => {
                    self.collect_all(namer, &mut problem).await?;
                    return Err(error);
                }
                // Without its journal or its lock nothing more is done to the actor.
                Some(error) => return Err(error),
                None => {}
            }
            if let Some(why) = stopped {
                self.bring_in(namer, &mut problem).await?;
                return Ok(Some(Shortfall { problem: why }));
            }
        }
    }

    /// Fetches, stores and looks at everything that is paid for.
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

    /// The base image, read when the first picture is ordered.
    pub async fn base_image(&self, set: &ActorSet) -> Result<&Bytes, ExecutionError> {
        self.base_image
            .get_or_try_init(|| async {
                let reader = self.executor.data.reader();
                let look = &self.executor.evaluation.settings.look;
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

    /// How many pictures are still wanted.
    fn missing(&self, state: &ActorState) -> usize {
        let taken: ClassCounts = state.taken().iter().map(|(key, _, _)| key.class).collect();
        let wanted = self.assessed.generate();
        wanted
            .iter()
            .map(|(class, count)| count.saturating_sub(taken[class]))
            .sum()
    }

    /// What to buy next: orders that were never taken, those that were not come to, and one with
    /// another prompt for each that came to nothing, as often as the plan says. An order that
    /// failed for good is not replaced.
    fn next_orders(&self, state: &ActorState) -> Vec<(OrderKey, Prompt, u32)> {
        let mut next = Vec::new();
        let wanted = self.assessed.generate();
        for (class, count) in wanted.iter().filter(|(_, count)| *count > 0) {
            let prompts = self.prompts_of(class);
            // How many orders came before each one for the same picture, this one included.
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
                    // A service that keeps losing orders is not asked for ever.
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

    /// Buys one picture. The intent is on record before the call, the prediction as soon as it has a
    /// name.
    async fn order(
        &self,
        order: OrderKey,
        prompt: Prompt,
        attempt: u32,
        base_image: Bytes,
    ) -> Result<Bought, ExecutionError> {
        if self.cancel.is_cancelled() {
            return Err(EvaluationError::Interrupted.into());
        }
        // Another run may have taken over while this process slept.
        self.locks.check().await?;
        let price = self.generator.price();
        if let Err(why) = self.budget.take(price) {
            return Ok(Bought::NotNow(why));
        }
        let job = job_name(self.run, self.actor, order.class, order.ordinal);
        let seed = u64::from(seed_for(&job, attempt));
        self.journal
            .write(Step::Order {
                order,
                attempt,
                prompt: prompt.clone(),
                seed,
                price,
            })
            .await?;
        let request = GenerationRequest {
            actor: self.actor.clone(),
            class: order.class,
            ordinal: order.ordinal,
            prompt,
            seed,
            base_image,
        };
        // The write of the intent may have taken its time.
        self.locks.check().await?;
        let started = self.generator.start(&request).await;
        let entry =
            Entry::new(AuditAction::Predict, request.prompt.text.as_str()).file(order, None);
        let entry = match &started {
            Ok(started) => entry.object(&started.id),
            Err(_) => entry.outcome(&started),
        };
        self.trail.record(entry).await;
        match started {
            Ok(started) => {
                self.journal
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
            // Whether it was taken is found out before anything else is bought.
            GenerateError::MaybeCreated { .. } => {
                self.journal
                    .write(Step::OrderLost { order, problem })
                    .await?;
            }
            GenerateError::StopsRun { .. } => {
                self.budget.give_back(price);
                self.journal
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

    pub async fn failed(
        &self,
        order: OrderKey,
        prediction: Option<PredictionId>,
        problem: String,
        cost: Usd,
        again: bool,
    ) -> Result<(), ExecutionError> {
        self.journal
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
        quarantine_rejected(&self.mover, self.actor, self.journal).await
    }
}

/// Moves what is paid for and not taken to the trash; of a file that was being stored when an earlier
/// attempt died, what is there of it. What somebody else put in its place is not touched.
pub async fn quarantine_rejected(
    mover: &TrashMover<'_>,
    actor: &ActorId,
    journal: &ActorJournal,
) -> Result<(), ExecutionError> {
    let state = journal.state().await;
    for (order, paid) in state.paid().filter(|(_, paid)| paid.reject.is_some()) {
        let Some(file) = paid.file.as_ref().filter(|file| file.trashed.is_none()) else {
            continue;
        };
        let mut places = naming::own_places(mover.data, file).await?;
        let moved = async {
            places.extend(mover.half_rejected(file, actor).await?);
            let leaving = Leaving {
                name: file.name.clone(),
                sha256: file.sha256,
                places,
            };
            mover.quarantine(&leaving, actor).await
        };
        let places = moved.await.map_err(|error| ExecutionError::Unfinished {
            what: format!("{} could not be put aside ({})", file.name, chain(&error)),
            next: "nothing of the set was touched; go on with tdbal resume".into(),
        })?;
        journal.write(Step::Rejected { order, places }).await?;
    }
    Ok(())
}

/// What came of an attempt to buy.
enum Bought {
    /// It was tried, and the journal says what came of it.
    Yes,
    /// It was not tried, for this reason.
    NotNow(String),
}

/// Whether another order, with another prompt, may do better.
pub fn may_try_another(error: &GenerateError) -> bool {
    matches!(error, GenerateError::Flagged { .. }) || error.may_order_again()
}

pub fn stops_run(error: &GenerateError) -> ExecutionError {
    ExecutionError::Evaluation(EvaluationError::StopsRun {
        message: error.to_string(),
        cost: Usd::ZERO,
    })
}

/// Why the last order that came to nothing did.
pub fn last_problem(state: &ActorState) -> Option<String> {
    let problem = |order: &Order| match &order.state {
        OrderState::Failed { problem, .. } => Some(problem.clone()),
        OrderState::Paid(paid) => paid.reject.clone(),
        OrderState::Absent => Some("the service did not take the order".to_owned()),
        OrderState::Unknown => None,
    };
    state.orders.values().rev().find_map(problem)
}
