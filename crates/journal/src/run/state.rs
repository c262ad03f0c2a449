//! Where an actor's part of a run stands, from its journal alone. Pure: the same records, the same
//! answer.

use crate::run::record::{Change, Ending, LookedAt, OrderKey, Record, Returning, Step};
use std::collections::{BTreeMap, BTreeSet};
use storage::place::{NewPlace, Place, PlaceStore, Trashed};
use storage::{ObjectKey, Version};
use tdbal_types::{Digest, ImageName, PredictionId, Prompt, Tokens, Usd};

/// Where an actor's part of a run stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ActorState {
    /// Whether it was begun.
    pub begun: bool,
    /// What was ordered.
    pub orders: BTreeMap<OrderKey, Order>,
    /// What looks at pictures that came have cost.
    pub look_cost: Usd,
    /// Their tokens.
    pub look_tokens: Tokens,
    /// Local copies that were fetched from their objects.
    pub fetched: BTreeMap<ImageName, Place>,
    /// The change that the plan asked for.
    pub change: ChangeState,
    /// How it ended.
    pub ending: Option<Ending>,
    /// The change that took it back, once that was begun.
    pub undo: Option<Undo>,
    /// Whether its trash was deleted for good.
    pub purged: bool,
}

/// A change of the set, from its commit on: the plan's own, or the one that takes it back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChangeState {
    /// What was about to be written last.
    pub change: Option<Change>,
    /// Whether it was.
    pub committed: bool,
    /// The version of the training manifest since; none where there is none any more.
    pub version: Option<Version>,
    /// Why it was not.
    pub withdrawn: Option<String>,
    /// What is in the trash.
    pub removed: BTreeMap<ImageName, Vec<Trashed>>,
    /// Entries that are to come back.
    pub reinstate: Option<Reinstatement>,
    /// Names that have their entries back.
    pub reinstated: BTreeSet<ImageName>,
    /// The write of the actor manifest.
    pub actor_manifest: Option<ActorManifestWrite>,
}

/// Entries of pictures that could not be removed, on their way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reinstatement {
    /// Their names.
    pub names: Vec<ImageName>,
    /// Why they could not be removed.
    pub problem: String,
    /// The manifest as it will be.
    pub after: Digest,
    /// The version that it replaces.
    pub from: Version,
}

/// A write of the actor manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorManifestWrite {
    /// Its key.
    pub key: ObjectKey,
    /// As it was.
    pub before: Digest,
    /// As it is to be.
    pub after: Digest,
    /// Whether it is.
    pub written: bool,
}

/// The change that takes another back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Undo {
    /// What comes back.
    pub back: Vec<Returning>,
    /// Why it is not taken back after all, once that is so.
    pub abandoning: Option<String>,
    /// What is back.
    pub returned: BTreeMap<ImageName, Vec<Place>>,
    /// From its commit on.
    pub change: ChangeState,
    /// Whether it is over.
    pub done: bool,
}

/// One order.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// How often it was bought.
    pub attempt: u32,
    /// Its prompt.
    pub prompt: Prompt,
    /// Its seed.
    pub seed: u64,
    /// What it costs.
    pub price: Usd,
    /// When it was sent: UTC.
    pub sent_at: String,
    /// How far it is.
    pub state: OrderState,
    /// What earlier attempts cost.
    earlier: Usd,
    /// What this attempt costs, or may cost at most while that is not known.
    now: Usd,
}

/// How far an order is.
#[derive(Debug, Clone, PartialEq)]
pub enum OrderState {
    /// It is not known whether a prediction exists.
    Unknown,
    /// It was never taken, and can be bought.
    Absent,
    /// It came to nothing.
    Failed {
        /// Whether another prompt may do better.
        again: bool,
        /// Why.
        problem: String,
    },
    /// There is a prediction.
    Paid(Box<Paid>),
}

/// A prediction that is paid for.
#[derive(Debug, Clone, PartialEq)]
pub struct Paid {
    /// Its name.
    pub prediction: PredictionId,
    /// Its model.
    pub model: String,
    /// The file that it is or will be.
    pub file: Option<NewFile>,
    /// What was seen of it.
    pub look: Inspection,
    /// Why it is not taken.
    pub reject: Option<String>,
}

/// The file of a picture that came.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFile {
    /// Its name.
    pub name: ImageName,
    /// The number in it.
    pub number: u64,
    /// Its SHA-256.
    pub sha256: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Where it is to be created.
    pub at: Vec<NewPlace>,
    /// The address that the manifest will have.
    pub s3_url: Option<String>,
    /// Where it is, once it is stored.
    pub stored: Option<Vec<Place>>,
    /// Where it is in the trash, once it was rejected.
    pub trashed: Option<Vec<Trashed>>,
}

/// What was seen of a picture that came.
#[derive(Debug, Clone, PartialEq)]
pub enum Inspection {
    /// Nothing yet.
    Open,
    /// This.
    Seen(LookedAt),
    /// Nobody could look.
    Unlooked {
        /// Why.
        problem: String,
        /// Whether that is as good as seen.
        accepted: bool,
    },
}

impl ActorState {
    /// Reads a journal.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut state = Self::default();
        for record in records {
            state.apply(record);
        }
        state
    }

    /// Takes the next record.
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
            // What was about to be fetched is fetched again: it is the same, or it is refused.
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
            let earlier = self.orders.get(order).map_or(Usd::ZERO, Order::cost);
            let sent = Order {
                attempt: *attempt,
                prompt: prompt.clone(),
                seed: *seed,
                price: *price,
                sent_at: record.time.clone(),
                state: OrderState::Unknown,
                earlier,
                now: *price,
            };
            self.orders.insert(*order, sent);
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
            // A prediction is charged once, however it ends.
            order.now = cost.unwrap_or(order.price);
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
                    order.now = *cost;
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
                for one in seen {
                    if let Some(paid) = self.paid_mut(one.order) {
                        paid.look = Inspection::Seen(one.clone());
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

    /// Whether there is anything left to do: it was begun and neither it nor its undo is over.
    pub fn is_open(&self) -> bool {
        match &self.undo {
            Some(undo) => !undo.done,
            None => self.begun && self.ending.is_none(),
        }
    }

    /// Files that may lie in the actor's folder and belong to its set only if the training manifest
    /// lists them: new pictures, which it does not know before the commit, and old ones, which it
    /// does not know after it and that are not yet gone.
    pub fn files_in_flight(&self) -> BTreeSet<ImageName> {
        let mut files_in_flight = BTreeSet::new();
        if !self.is_open() {
            return files_in_flight;
        }
        let files = self.orders.values().filter_map(|order| match &order.state {
            OrderState::Paid(paid) => paid.file.as_ref(),
            _ => None,
        });
        let left = files.filter(|file| file.trashed.is_none());
        files_in_flight.extend(left.map(|file| file.name.clone()));
        files_in_flight.extend(self.change.on_the_way_out());
        if let Some(undo) = &self.undo {
            files_in_flight.extend(undo.back.iter().map(|back| back.name.clone()));
            files_in_flight.extend(undo.change.on_the_way_out());
        }
        files_in_flight
    }

    /// Every store that the journal names.
    pub fn stores(&self) -> BTreeSet<PlaceStore> {
        let sections = [
            Some(&self.change),
            self.undo.as_ref().map(|undo| &undo.change),
        ];
        let sections = sections.into_iter().flatten();
        let changes = sections.filter_map(|section| section.change.as_ref());
        let places = changes.flat_map(|change| {
            let added = change.added.iter().flat_map(|added| &added.places);
            added.chain(change.leaving.iter().flat_map(|leaving| &leaving.places))
        });
        let new = self.paid().filter_map(|(_, paid)| paid.file.as_ref());
        let new = new.flat_map(|file| &file.at).map(|at| at.store.clone());
        places.map(|place| place.store.clone()).chain(new).collect()
    }

    /// The orders that are paid for.
    pub fn paid(&self) -> impl Iterator<Item = (OrderKey, &Paid)> {
        self.orders
            .iter()
            .filter_map(|(key, order)| match &order.state {
                OrderState::Paid(paid) => Some((*key, &**paid)),
                _ => None,
            })
    }

    /// Whether an order may be paid for whose picture is not stored anywhere yet.
    pub fn is_owed_pictures(&self) -> bool {
        self.orders.values().any(|order| match &order.state {
            OrderState::Unknown => true,
            OrderState::Paid(paid) => !paid.is_kept(),
            OrderState::Absent | OrderState::Failed { .. } => false,
        })
    }

    /// Pictures that can be taken into the set: stored, looked at or given up to be looked at, and
    /// not rejected.
    pub fn taken(&self) -> Vec<(OrderKey, &Paid, &NewFile)> {
        self.paid()
            .filter_map(|(key, paid)| {
                let file = paid.file.as_ref()?;
                let is_taken =
                    paid.reject.is_none() && file.stored.is_some() && paid.look != Inspection::Open;
                is_taken.then_some((key, paid, file))
            })
            .collect()
    }

    /// What pictures have cost, or may have.
    pub fn generation_cost(&self) -> Usd {
        self.orders.values().map(Order::cost).sum()
    }
}

impl Paid {
    /// Whether its picture is stored: in a folder or bucket, or in the trash.
    pub fn is_kept(&self) -> bool {
        let file = self.file.as_ref();
        file.is_some_and(|file| file.stored.is_some() || file.trashed.is_some())
    }
}

impl Order {
    /// What all attempts at it cost, or may have cost at most.
    pub fn cost(&self) -> Usd {
        self.earlier + self.now
    }

    /// Whether it came to nothing, and another prompt may do better.
    pub fn may_be_replaced(&self) -> bool {
        match &self.state {
            OrderState::Failed { again, .. } => *again,
            OrderState::Paid(paid) => paid.reject.is_some(),
            OrderState::Unknown | OrderState::Absent => false,
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

    /// Pictures that left the set, or are about to, and are not known to be gone from where they
    /// were.
    fn on_the_way_out(&self) -> Vec<ImageName> {
        let is_intended = self.withdrawn.is_none();
        let Some(change) = self
            .change
            .as_ref()
            .filter(|_| self.committed || is_intended)
        else {
            return Vec::new();
        };
        let leaving = change.leaving.iter().map(|leaving| leaving.name.clone());
        leaving
            .filter(|name| !self.removed.contains_key(name) && !self.reinstated.contains(name))
            .collect()
    }
}

impl ChangeState {
    /// Whether an intent is on record of which it is not known whether it was committed.
    pub fn is_unsettled(&self) -> bool {
        self.change.is_some() && !self.committed && self.withdrawn.is_none()
    }

    /// The training manifest that the change left, as a document.
    pub fn left(&self) -> Option<Digest> {
        match &self.reinstate {
            Some(reinstate) => Some(reinstate.after),
            None => self.change.as_ref().and_then(|change| change.after),
        }
    }
}

impl ActorState {
    /// Everything that the journal moved to the trash.
    pub fn trashed(&self) -> impl Iterator<Item = &Trashed> {
        let sections = [
            Some(&self.change),
            self.undo.as_ref().map(|undo| &undo.change),
        ];
        let removed = sections
            .into_iter()
            .flatten()
            .flat_map(|section: &ChangeState| section.removed.values());
        let files = self.paid().filter_map(|(_, paid)| paid.file.as_ref());
        let rejected = files.filter_map(|file| file.trashed.as_ref());
        removed.chain(rejected).flatten()
    }
}

#[cfg(test)]
mod tests;
