//! What the state says: what is left to do, which files belong to the run, and what it cost.

use super::types::{ActorState, ChangeState, Inspection, NewFile, Order, OrderState, Paid};
use crate::run::record::OrderKey;
use std::collections::BTreeSet;
use storage::place::{PlaceStore, Trashed};
use tdbal_types::{Digest, ImageName, Usd};

impl ActorState {
    /// Whether something is left to do: work has begun, and neither the actor's part of the run nor
    /// its undo is complete.
    pub fn is_open(&self) -> bool {
        match &self.undo {
            Some(undo) => !undo.done,
            None => self.begun && self.ending.is_none(),
        }
    }

    /// Files that the run may have left in the actor's folder and that belong to the set only if the
    /// training manifest lists them: new pictures before the commit, and removed pictures after it
    /// that are not in the trash yet. Empty once nothing is left to do.
    pub fn files_in_flight(&self) -> BTreeSet<ImageName> {
        if !self.is_open() {
            return BTreeSet::new();
        }
        let new = self.new_files().filter(|file| file.trashed.is_none());
        let mut in_flight: BTreeSet<ImageName> = new.map(|file| file.name.clone()).collect();
        in_flight.extend(self.change.pictures_being_removed());
        if let Some(undo) = &self.undo {
            in_flight.extend(undo.back.iter().map(|picture| picture.name.clone()));
            in_flight.extend(undo.change.pictures_being_removed());
        }
        in_flight
    }

    /// Every store that holds, or may hold, a file that the run added or removed.
    pub fn stores(&self) -> BTreeSet<PlaceStore> {
        let changes = self.changes().filter_map(|state| state.change.as_ref());
        let places = changes.flat_map(|change| {
            let added = change.added.iter().flat_map(|added| &added.places);
            added.chain(change.leaving.iter().flat_map(|leaving| &leaving.places))
        });
        // Also pictures that were paid for and never committed: their files exist all the same.
        let new = self.new_files().flat_map(|file| &file.at);
        let new = new.map(|place| place.store.clone());
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

    /// Whether there is an order that is or may be paid for and whose picture is not stored yet.
    pub fn is_owed_pictures(&self) -> bool {
        self.orders.values().any(|order| match &order.state {
            OrderState::Unknown => true,
            OrderState::Paid(paid) => !paid.is_kept(),
            OrderState::Absent | OrderState::Failed { .. } => false,
        })
    }

    /// Generated pictures that can be added to the set: stored, not rejected, and either inspected
    /// or recorded as impossible to inspect.
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

    /// What all orders cost. An order whose outcome is unknown counts with the most that it may
    /// cost.
    pub fn generation_cost(&self) -> Usd {
        self.orders.values().map(Order::cost).sum()
    }

    /// Every copy that the run or its undo moved to the trash, rejected pictures included.
    pub fn trashed(&self) -> impl Iterator<Item = &Trashed> {
        let removed = self.changes().flat_map(|state| state.removed.values());
        let rejected = self.new_files().filter_map(|file| file.trashed.as_ref());
        removed.chain(rejected).flatten()
    }

    /// The change of the plan, then that of the undo.
    fn changes(&self) -> impl Iterator<Item = &ChangeState> {
        let undo = self.undo.as_ref().map(|undo| &undo.change);
        std::iter::once(&self.change).chain(undo)
    }

    fn new_files(&self) -> impl Iterator<Item = &NewFile> {
        self.paid().filter_map(|(_, paid)| paid.file.as_ref())
    }
}

impl Paid {
    /// Whether the picture is stored: in the data folder, in a bucket, or in the trash.
    pub fn is_kept(&self) -> bool {
        let file = self.file.as_ref();
        file.is_some_and(|file| file.stored.is_some() || file.trashed.is_some())
    }
}

impl Order {
    /// What all attempts cost. While the outcome of an attempt is unknown, the most that it may
    /// cost is counted.
    pub fn cost(&self) -> Usd {
        self.earlier_cost + self.attempt_cost
    }

    /// Whether the order yielded no usable picture and an order with another prompt may.
    pub fn may_be_replaced(&self) -> bool {
        match &self.state {
            OrderState::Failed { again, .. } => *again,
            OrderState::Paid(paid) => paid.reject.is_some(),
            OrderState::Unknown | OrderState::Absent => false,
        }
    }
}

impl ChangeState {
    /// Whether an intent is on record that may or may not have been committed.
    pub fn is_unsettled(&self) -> bool {
        self.change.is_some() && !self.committed && self.withdrawn.is_none()
    }

    /// The digest of the training manifest that the change left behind, kept as a document of the
    /// run; `None` if the change deletes the manifest or there is no change.
    pub fn left(&self) -> Option<Digest> {
        match &self.reinstate {
            Some(reinstate) => Some(reinstate.after),
            None => self.change.as_ref().and_then(|change| change.after),
        }
    }

    /// Pictures that leave the set and are neither in the trash nor listed again. Before the commit
    /// these are the pictures that the intent names, because a crash can hide whether the commit
    /// took place.
    fn pictures_being_removed(&self) -> Vec<ImageName> {
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
