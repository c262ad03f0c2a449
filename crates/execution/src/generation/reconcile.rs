//! Orders whose response was lost: looks for them, and sends one again only when it is certain that the
//! service did not take it.

use super::session::GenerationSession;
use crate::error::ExecutionError;
use evaluation::error::EvaluationError;
use journal::run::record::{OrderKey, Step};
use journal::run::state::{ActorState, Order, OrderState};
use replicate_gen::{GeneratorKind, LostOrder, Whereabouts};
use std::time::Duration;
use tdbal_types::{chain, time as clock};

/// The largest difference between the clocks of this machine and of the service.
const CLOCKS_DIFFER: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

/// What is known about a lost order.
enum Found {
    /// The order was found and is in the journal.
    Settled,
    /// A complete listing does not have it.
    Lacking,
    /// It can no longer be found out whether the service took it.
    Unknowable {
        /// The reason, for people.
        why: String,
        /// The number of times that it may have been charged.
        charges: u64,
    },
}

/// What to do about an order that the service may have taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Ask the operator whether it may be bought again.
    Ask,
    /// Give it up: nothing more is bought.
    GiveUp,
}

impl GenerationSession<'_> {
    /// Finds out what happened to every order whose response was lost.
    pub async fn reconcile(&self, state: &ActorState, doubt: Doubt) -> Result<(), ExecutionError> {
        let mut lacking = Vec::new();
        for (key, order) in lost(state) {
            if self.is_lacking(key, order, doubt).await? {
                lacking.push((key, order));
            }
        }
        if lacking.is_empty() {
            return Ok(());
        }
        if self.generator.identity().kind == GeneratorKind::Live {
            tokio::select! {
                () = tokio::time::sleep(self.scope.executor.settings.lost_orders.gap) => {}
                () = self.scope.cancel.cancelled() => return Err(EvaluationError::Interrupted.into()),
            }
        }
        for (key, order) in lacking {
            if self.is_lacking(key, order, doubt).await? {
                self.budget.give_back(order.price);
                self.scope
                    .journal
                    .write(Step::OrderAbsent { order: key })
                    .await?;
            }
        }
        Ok(())
    }

    /// Whether a complete listing lacks an order that it would still have.
    async fn is_lacking(
        &self,
        key: OrderKey,
        order: &Order,
        doubt: Doubt,
    ) -> Result<bool, ExecutionError> {
        match self.look_for(key, order).await? {
            Found::Settled => Ok(false),
            Found::Lacking => Ok(true),
            Found::Unknowable { why, charges } => {
                let is_accepted = self
                    .scope
                    .executor
                    .settings
                    .lost_orders
                    .accept_double_charge;
                if !is_accepted && doubt == Doubt::Ask {
                    return Err(ask(key, &why));
                }
                let cost = order.price * charges;
                self.scope
                    .journal
                    .write(Step::OrderGivenUp { order: key, cost })
                    .await?;
                Ok(false)
            }
        }
    }

    /// Looks for an order in a complete listing.
    async fn look_for(&self, key: OrderKey, order: &Order) -> Result<Found, ExecutionError> {
        let sent_at = clock::parse(&order.sent_at)
            .map_err(|error| ExecutionError::internal(format!("{key}: {error}")))?;
        let lost = LostOrder {
            picture: format!("{key} of {}", self.scope.actor),
            seed: order.seed,
            prompt: order.prompt.text.clone(),
            // Clocks differ. Seeds are unique, so looking further back does no harm.
            ordered_at: sent_at.min(self.scope.executor.evaluation.clock.now()) - CLOCKS_DIFFER,
        };
        let whereabouts =
            self.generator
                .find(&lost)
                .await
                .map_err(|error| ExecutionError::Unfinished {
                    what: format!(
                        "cannot find out whether {key} was ordered ({})",
                        chain(&error)
                    ),
                    next: "nothing else was ordered; run tdbal resume to try again".into(),
                })?;
        match whereabouts {
            Whereabouts::Found(started) => {
                self.scope
                    .journal
                    .write(Step::Ordered {
                        order: key,
                        prediction: started.id,
                        model: started.model,
                    })
                    .await?;
                Ok(Found::Settled)
            }
            Whereabouts::Absent if self.is_listed_still(sent_at) => Ok(Found::Lacking),
            Whereabouts::Absent => Ok(Found::Unknowable {
                why: "the service keeps inputs for an hour, which is over, or the clock changed"
                    .into(),
                charges: 1,
            }),
            Whereabouts::Ambiguous(ids) => {
                let names: Vec<&str> = ids
                    .iter()
                    .map(replicate_gen::PredictionId::as_str)
                    .collect();
                let why = format!(
                    "{} predictions look like it: {}",
                    ids.len(),
                    names.join(", ")
                );
                let charges = ids.len() as u64;
                Ok(Found::Unknowable { why, charges })
            }
            Whereabouts::Unknowable { why } => Ok(Found::Unknowable { why, charges: 1 }),
        }
    }

    /// Whether the service still keeps the inputs of an order sent at that time.
    pub fn is_listed_still(&self, sent_at: jiff::Timestamp) -> bool {
        if self.generator.identity().kind == GeneratorKind::Replay {
            return true;
        }
        let age = self
            .scope
            .executor
            .evaluation
            .clock
            .now()
            .duration_since(sent_at);
        let kept = self.scope.executor.settings.lost_orders.kept_for;
        // A time in the future: the clock was set back, and the age of the order is unknown.
        age > -CLOCKS_DIFFER && Duration::try_from(age).map_or(true, |age| age < kept)
    }
}

fn ask(key: OrderKey, why: &str) -> ExecutionError {
    ExecutionError::Unfinished {
        what: format!(
            "the order of {key} got no response, and it is not known whether it was charged: {why}"
        ),
        next: "check your predictions on Replicate; to order it again nevertheless: tdbal resume \
               --accept-double-charge"
            .into(),
    }
}

fn lost(state: &ActorState) -> impl Iterator<Item = (OrderKey, &Order)> {
    let orders = state.orders.iter();
    orders
        .filter(|(_, order)| order.state == OrderState::Unknown)
        .map(|(key, order)| (*key, order))
}
