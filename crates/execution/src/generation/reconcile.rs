//! GenerationSession whose answer was lost: looks for them, and never sends one again before it is sure that it
//! was not taken.

use super::session::GenerationSession;
use crate::error::ExecutionError;
use evaluation::error::EvaluationError;
use journal::run::record::{OrderKey, Step};
use journal::run::state::{ActorState, Order, OrderState};
use replicate_gen::{GeneratorKind, LostOrder, Whereabouts};
use std::time::Duration;
use tdbal_types::{chain, time as clock};

/// By how much the clocks of this machine and of the service may differ.
const CLOCKS_DIFFER: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

/// What is known of a lost order.
enum Found {
    /// The journal says what became of it.
    Settled,
    /// One whole listing lacks it.
    Lacking,
    /// It can no longer be known whether it was taken.
    Unknowable {
        /// Why.
        why: String,
        /// How often it may have been charged.
        charges: u64,
    },
}

/// What is done about an order of which it can no longer be known whether it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The operator has to say that it may be bought again.
    Ask,
    /// It is given up: nothing is bought any more.
    GiveUp,
}

impl GenerationSession<'_> {
    /// Finds out about every order whose answer was lost.
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
                () = tokio::time::sleep(self.executor.settings.lost_orders.gap) => {}
                () = self.cancel.cancelled() => return Err(EvaluationError::Interrupted.into()),
            }
        }
        for (key, order) in lacking {
            if self.is_lacking(key, order, doubt).await? {
                self.budget.give_back(order.price);
                self.journal.write(Step::OrderAbsent { order: key }).await?;
            }
        }
        Ok(())
    }

    /// Whether a whole listing lacks an order that it would still have.
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
                let is_accepted = self.executor.settings.lost_orders.accept_double_charge;
                if !is_accepted && doubt == Doubt::Ask {
                    return Err(ask(key, &why));
                }
                let cost = order.price * charges;
                self.journal
                    .write(Step::OrderGivenUp { order: key, cost })
                    .await?;
                Ok(false)
            }
        }
    }

    /// Looks for one in a whole listing.
    async fn look_for(&self, key: OrderKey, order: &Order) -> Result<Found, ExecutionError> {
        let sent_at = clock::parse(&order.sent_at)
            .map_err(|error| ExecutionError::internal(format!("{key}: {error}")))?;
        let lost = LostOrder {
            picture: format!("{key} of {}", self.actor),
            seed: order.seed,
            prompt: order.prompt.text.clone(),
            // Seeds are unique, so that looking further back harms nothing; clocks disagree.
            ordered_at: sent_at.min(self.executor.evaluation.clock.now()) - CLOCKS_DIFFER,
        };
        let whereabouts =
            self.generator
                .find(&lost)
                .await
                .map_err(|error| ExecutionError::Unfinished {
                    what: format!(
                        "it could not be found out whether {key} was ordered ({})",
                        chain(&error)
                    ),
                    next: "nothing else was ordered; go on with tdbal resume".into(),
                })?;
        match whereabouts {
            Whereabouts::Found(started) => {
                self.journal
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
                why: "the service keeps inputs for an hour only, and that is over, or the clock \
                      jumped"
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

    /// Whether the service still keeps the inputs of an order of that time.
    pub fn is_listed_still(&self, sent_at: jiff::Timestamp) -> bool {
        if self.generator.identity().kind == GeneratorKind::Replay {
            return true;
        }
        let age = self.executor.evaluation.clock.now().duration_since(sent_at);
        let kept = self.executor.settings.lost_orders.kept_for;
        // An order from the future: the clock went back, and cannot say how long ago it was.
        age > -CLOCKS_DIFFER && Duration::try_from(age).map_or(true, |age| age < kept)
    }
}

fn ask(key: OrderKey, why: &str) -> ExecutionError {
    ExecutionError::Unfinished {
        what: format!(
            "the order of {key} got no answer, and it can no longer be known whether it was taken and \
             charged: {why}"
        ),
        next: "look at your predictions on Replicate; to order it anew all the same: tdbal resume \
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
