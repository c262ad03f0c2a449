//! How each record changes the state.

use super::types::{
    ActorManifestWrite, ActorState, ChangeState, Inspection, NewFile, Order, OrderState, Paid,
    Reinstatement, Undo,
};
use crate::run::record::{OrderKey, Record, Step};
use tdbal_types::Usd;

impl ActorState {
    /// Returns the state after all `records` of a journal, oldest first.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut state = Self::default();
        for record in records {
            state.apply(record);
        }
        state
    }

    /// Applies the next record of the journal.
    pub fn apply(&mut self, record: &Record) {
        match &record.step {
            Step::Begun => self.begun = true,
            Step::Order { .. }
            | Step::Ordered { .. }
            | Step::OrderLost { .. }
            | Step::OrderRefused { .. }
            | Step::OrderAbsent { .. }
            | Step::OrderGivenUp { .. }
            | Step::OrderFailed { .. } => self.apply_order(record),
            Step::Store { .. }
            | Step::Stored { .. }
            | Step::NameTaken { .. }
            | Step::Looked { .. }
            | Step::Unlooked { .. }
            | Step::Reject { .. }
            | Step::Rejected { .. } => self.apply_picture(&record.step),
            // Not part of the state: after a crash the file is fetched again, and creating it is
            // refused if the place holds other content.
            Step::Fetch { .. } => {}
            Step::Fetched { name, place } => {
                self.fetched.insert(name.clone(), place.clone());
            }
            Step::Done { ending } => self.ending = Some(ending.clone()),
            Step::Undo { back } => {
                self.undo = Some(Undo {
                    back: back.clone(),
                    ..Undo::default()
                });
            }
            Step::Returned { name, places } => {
                if let Some(undo) = &mut self.undo {
                    undo.returned.insert(name.clone(), places.clone());
                }
            }
            Step::UndoAbandoning { problem } => {
                if let Some(undo) = &mut self.undo {
                    undo.abandoning = Some(problem.clone());
                }
            }
            Step::UndoAbandoned { .. } => self.undo = None,
            Step::Undone => {
                if let Some(undo) = &mut self.undo {
                    undo.done = true;
                }
            }
            Step::Purged => self.purged = true,
            // An undo commits a change of its own; the run's change stays as it was, because the
            // undo restores from it.
            step => match &mut self.undo {
                Some(undo) => undo.change.apply(step),
                None => self.change.apply(step),
            },
        }
    }

    fn apply_order(&mut self, record: &Record) {
        if let Step::Order {
            order,
            attempt,
            prompt,
            seed,
            price,
        } = &record.step
        {
            // An earlier attempt may have been charged, so its cost stays in the sum.
            let earlier_cost = self.orders.get(order).map_or(Usd::ZERO, Order::cost);
            let placed = Order {
                attempt: *attempt,
                prompt: prompt.clone(),
                seed: *seed,
                price: *price,
                sent_at: record.time.clone(),
                state: OrderState::Unknown,
                earlier_cost,
                attempt_cost: *price,
            };
            self.orders.insert(*order, placed);
            return;
        }
        let (key, state, cost) = match &record.step {
            Step::Ordered {
                order,
                prediction,
                model,
            } => {
                let paid = Paid {
                    prediction: prediction.clone(),
                    model: model.clone(),
                    file: None,
                    look: Inspection::Open,
                    reject: None,
                };
                (order, OrderState::Paid(Box::new(paid)), None)
            }
            Step::OrderLost { order, .. } => (order, OrderState::Unknown, None),
            Step::OrderAbsent { order } | Step::OrderRefused { order, .. } => {
                (order, OrderState::Absent, Some(Usd::ZERO))
            }
            Step::OrderGivenUp { order, cost } => (order, OrderState::Absent, Some(*cost)),
            Step::OrderFailed {
                order,
                problem,
                cost,
                again,
                ..
            } => {
                let (again, problem) = (*again, problem.clone());
                (order, OrderState::Failed { again, problem }, Some(*cost))
            }
            _ => return,
        };
        if let Some(order) = self.orders.get_mut(key) {
            // A prediction is charged once, however it ends: a later record replaces the cost of
            // the attempt and never adds to it.
            order.attempt_cost = cost.unwrap_or(order.price);
            if matches!(record.step, Step::OrderRefused { .. }) {
                order.attempt = order.attempt.saturating_sub(1);
            }
            order.state = state;
        }
    }

    fn paid_mut(&mut self, key: OrderKey) -> Option<&mut Paid> {
        match &mut self.orders.get_mut(&key)?.state {
            OrderState::Paid(paid) => Some(paid),
            _ => None,
        }
    }

    fn apply_picture(&mut self, step: &Step) {
        match step {
            Step::Store {
                order,
                name,
                number,
                sha256,
                size,
                cost,
                at,
                s3_url,
            } => {
                let file = NewFile {
                    name: name.clone(),
                    number: *number,
                    sha256: *sha256,
                    size: *size,
                    at: at.clone(),
                    s3_url: s3_url.clone(),
                    stored: None,
                    trashed: None,
                };
                if let Some(order) = self.orders.get_mut(order) {
                    order.attempt_cost = *cost;
                }
                if let Some(paid) = self.paid_mut(*order) {
                    paid.file = Some(file);
                }
            }
            Step::Stored { order, places } => {
                if let Some(file) = self.paid_mut(*order).and_then(|paid| paid.file.as_mut()) {
                    file.stored = Some(places.clone());
                }
            }
            Step::NameTaken { order, .. } => {
                if let Some(paid) = self.paid_mut(*order) {
                    paid.file = None;
                }
            }
            Step::Looked { seen, cost, tokens } => {
                self.look_cost += *cost;
                self.look_tokens += *tokens;
                for looked_at in seen {
                    if let Some(paid) = self.paid_mut(looked_at.order) {
                        paid.look = Inspection::Seen(looked_at.clone());
                    }
                }
            }
            Step::Unlooked {
                orders,
                problem,
                cost,
                accepted,
            } => {
                self.look_cost += *cost;
                for order in orders {
                    if let Some(paid) = self.paid_mut(*order) {
                        paid.look = Inspection::Unlooked {
                            problem: problem.clone(),
                            accepted: *accepted,
                        };
                    }
                }
            }
            Step::Reject { order, reason } => {
                if let Some(paid) = self.paid_mut(*order) {
                    paid.reject = Some(reason.clone());
                }
            }
            Step::Rejected { order, places } => {
                if let Some(file) = self.paid_mut(*order).and_then(|paid| paid.file.as_mut()) {
                    file.trashed = Some(places.clone());
                }
            }
            _ => {}
        }
    }
}

impl ChangeState {
    fn apply(&mut self, step: &Step) {
        match step {
            Step::Commit(change) => {
                self.change = Some((**change).clone());
                self.withdrawn = None;
            }
            Step::Committed { version } => {
                self.committed = true;
                self.version.clone_from(version);
            }
            Step::Withdrawn { problem } => self.withdrawn = Some(problem.clone()),
            Step::Removed { name, places } => {
                self.removed.insert(name.clone(), places.clone());
            }
            Step::Reinstate {
                names,
                problem,
                after,
                from,
            } => {
                self.reinstate = Some(Reinstatement {
                    names: names.clone(),
                    problem: problem.clone(),
                    after: *after,
                    from: from.clone(),
                });
            }
            Step::Reinstated { version } => {
                self.version = Some(version.clone());
                if let Some(reinstate) = &self.reinstate {
                    self.reinstated.extend(reinstate.names.iter().cloned());
                }
            }
            Step::ActorManifest { key, before, after } => {
                self.actor_manifest = Some(ActorManifestWrite {
                    key: key.clone(),
                    before: *before,
                    after: *after,
                    written: false,
                });
            }
            Step::ActorManifestWritten => {
                if let Some(write) = &mut self.actor_manifest {
                    write.written = true;
                }
            }
            _ => {}
        }
    }
}
