//! Fetches pictures that are paid for and stores them under their new names.

use super::reconcile::Doubt;
use super::session::{GenerationSession, ORDERS_AT_ONCE, TRIES, may_try_another, stops_run};
use crate::error::ExecutionError;
use crate::transaction::new_files as naming;
use crate::transaction::new_files::Namer;
use bytes::Bytes;
use dataset::layout;
use evaluation::pictures::base_image::to_jpeg;
use futures_util::stream::{self, StreamExt as _};
use journal::run::record::{OrderKey, Step};
use journal::run::state::{NewFile, Order, Paid};
use replicate_gen::{GenerateError, Generated};
use results::audit::{AuditAction, Entry};
use results::events::Event;
use std::collections::BTreeSet;
use std::sync::PoisonError;
use storage::place::{NewPlace, PlaceStore, Trashed};
use storage::sha256;
use tdbal_types::{Digest, ImageName, Usd, chain};

/// JPEG quality, 1 to 100, for generated pictures that come in another format.
const JPEG_QUALITY: u8 = 95;

impl GenerationSession<'_> {
    /// Finishes every order in progress: fetches and stores what is paid for, then looks for orders whose
    /// response was lost, and fetches those too.
    pub async fn collect_all(
        &self,
        namer: &mut Namer<'_>,
        problem: &mut Option<String>,
    ) -> Result<(), ExecutionError> {
        // The service keeps a picture for an hour: a problem with one must not delay the others.
        let fetched = self.fetch(namer, problem).await;
        if let Err(error) = &fetched
            && !matches!(error, ExecutionError::Unfinished { .. })
        {
            return fetched;
        }
        let state = self.scope.journal.state().await;
        self.reconcile(&state, Doubt::Ask).await?;
        self.fetch(namer, problem).await?;
        fetched
    }

    /// Fetches what is paid for straight into the trash: the set has changed since the plan.
    ///
    /// # Errors
    /// When a picture may still come: the journal stays open.
    pub async fn salvage(&self) -> Result<(), ExecutionError> {
        let state = self.scope.journal.state().await;
        let found = self.reconcile(&state, Doubt::GiveUp).await;
        let mut unfinished = found.err();
        let state = self.scope.journal.state().await;
        for (key, paid) in state.paid().filter(|(_, paid)| !paid.is_kept()) {
            if let Some(file) = &paid.file {
                let places = naming::own_places(&self.scope.executor.data, file).await?;
                if !places.is_empty() {
                    let stored = Step::Stored { order: key, places };
                    self.scope.journal.write(stored).await?;
                    continue;
                }
            }
            let (_, _, result) = self.finish(key, paid.clone()).await;
            match result {
                Ok(generated) => self.quarantine(key, generated).await?,
                Err(error) => {
                    let order = state.orders.get(&key);
                    if let Some(later) = self.did_not_come(key, paid, order, error).await? {
                        unfinished.get_or_insert(later);
                    }
                }
            }
        }
        unfinished.map_or(Ok(()), Err)
    }

    /// Fetches and stores every picture that is paid for.
    async fn fetch(
        &self,
        namer: &mut Namer<'_>,
        problem: &mut Option<String>,
    ) -> Result<(), ExecutionError> {
        let state = self.scope.journal.state().await;
        let mut waiting: Vec<(OrderKey, Paid)> = Vec::new();
        for (key, paid) in state.paid().filter(|(_, paid)| paid.reject.is_none()) {
            match &paid.file {
                Some(file) if file.stored.is_some() => {}
                // An earlier attempt died while it stored the picture.
                Some(file) => match naming::own_bytes(&self.scope.executor.data, file).await? {
                    Some(jpeg) => {
                        let cost = state
                            .orders
                            .get(&key)
                            .map_or(Usd::ZERO, |order| order.price);
                        self.store(key, paid, &jpeg, cost, namer).await?;
                    }
                    None => waiting.push((key, paid.clone())),
                },
                None => waiting.push((key, paid.clone())),
            }
        }
        let mut arriving = stream::iter(waiting)
            .map(|(key, paid)| self.finish(key, paid))
            .buffered(ORDERS_AT_ONCE);
        let mut unfinished = None;
        while let Some((key, paid, result)) = arriving.next().await {
            match result {
                Ok(generated) => self.arrived(key, &paid, generated, namer, problem).await?,
                Err(error) => {
                    let order = state.orders.get(&key);
                    if let Some(later) = self.did_not_come(key, &paid, order, error).await? {
                        unfinished.get_or_insert(later);
                    }
                }
            }
        }
        unfinished.map_or(Ok(()), Err)
    }

    /// Handles a picture that did not come. Returns an error if it may come later.
    async fn did_not_come(
        &self,
        key: OrderKey,
        paid: &Paid,
        order: Option<&Order>,
        error: GenerateError,
    ) -> Result<Option<ExecutionError>, ExecutionError> {
        let entry = Entry::new(AuditAction::Predict, "the picture did not come")
            .file(key, None)
            .object(&paid.prediction);
        let failed: Result<(), _> = Err(&error);
        self.scope.audit().record(entry.outcome(&failed)).await;
        if let Some(later) = may_come_yet(&error) {
            return Ok(Some(later));
        }
        if error.stops_run() {
            return Ok(Some(stops_run(&error)));
        }
        if matches!(error, GenerateError::OutputGone { .. })
            && order.is_some_and(|order| self.should_still_be_there(order))
        {
            return Ok(Some(ExecutionError::Unfinished {
                what: format!(
                    "{}, although it was ordered less than an hour ago: is the API token of the \
                     account that ordered it?",
                    chain(&error)
                ),
                next:
                    "nothing else was ordered; resume with the right token, or order the picture \
                       again with tdbal resume --accept-double-charge"
                        .into(),
            }));
        }
        let again = may_try_another(&error);
        let price = order.map_or(Usd::ZERO, |order| order.price);
        let unspent = price.nanos().saturating_sub(error.cost().nanos());
        self.budget.give_back(Usd::from_nanos(unspent));
        let id = Some(paid.prediction.clone());
        self.failed(key, id, chain(&error), error.cost(), again)
            .await?;
        Ok(None)
    }

    /// Whether the service should still have the output of an order.
    fn should_still_be_there(&self, order: &Order) -> bool {
        if self
            .scope
            .executor
            .settings
            .lost_orders
            .accept_double_charge
        {
            return false;
        }
        tdbal_types::time::parse(&order.sent_at).is_ok_and(|sent_at| self.is_listed_still(sent_at))
    }

    /// Rejects stored pictures that someone changed or deleted since.
    pub async fn reject_what_is_gone(&self) -> Result<(), ExecutionError> {
        let state = self.scope.journal.state().await;
        for (order, paid) in state.paid().filter(|(_, paid)| paid.reject.is_none()) {
            let Some(file) = paid.file.as_ref().filter(|file| file.stored.is_some()) else {
                continue;
            };
            let there = naming::own_places(&self.scope.executor.data, file).await?;
            if there.len() < file.at.len() {
                let reason = "someone changed or deleted it".to_owned();
                self.scope
                    .journal
                    .write(Step::Reject { order, reason })
                    .await?;
            }
        }
        Ok(())
    }

    /// Waits for a picture that is paid for. If only the download or the status request failed, it is
    /// tried again: that costs nothing, a new order would.
    async fn finish(
        &self,
        key: OrderKey,
        paid: Paid,
    ) -> (OrderKey, Paid, Result<Generated, GenerateError>) {
        let mut result = self.generator.finish(&paid.prediction).await;
        for _ in 1..TRIES {
            if !matches!(result, Err(GenerateError::Transport { .. })) {
                break;
            }
            result = self.generator.finish(&paid.prediction).await;
        }
        (key, paid, result)
    }

    /// Checks a picture that came and stores it under a new name.
    async fn arrived(
        &self,
        order: OrderKey,
        paid: &Paid,
        generated: Generated,
        namer: &mut Namer<'_>,
        problem: &mut Option<String>,
    ) -> Result<(), ExecutionError> {
        let cost = generated.cost;
        self.scope.observer.on_event(&Event::Generated {
            actor: self.scope.actor.clone(),
            class: order.class,
            cost,
        });
        let jpeg = match to_jpeg(
            generated.bytes,
            JPEG_QUALITY,
            &self.scope.executor.evaluation.settings.look,
        )
        .await?
        {
            Ok(jpeg) => jpeg,
            Err(error) => {
                let why = format!("{order} came broken: {}", chain(&error));
                *problem = Some(why.clone());
                let id = Some(paid.prediction.clone());
                return self.failed(order, id, why, cost, true).await;
            }
        };
        self.remember(order, jpeg.clone());
        self.store(order, paid, &jpeg, cost, namer).await
    }

    async fn store(
        &self,
        order: OrderKey,
        paid: &Paid,
        jpeg: &Bytes,
        cost: Usd,
        namer: &mut Namer<'_>,
    ) -> Result<(), ExecutionError> {
        let data = &self.scope.executor.data;
        let digest = sha256(jpeg);
        // The name that was recorded before a crash, if the picture is still the same.
        let mut recorded = paid
            .file
            .as_ref()
            .filter(|file| file.sha256 == digest)
            .map(|file| (file.name.clone(), file.at.clone()));
        loop {
            let (name, at) = match recorded.take() {
                Some(recorded) => recorded,
                None => {
                    let new = namer.next_name()?;
                    self.scope
                        .journal
                        .write(Step::Store {
                            order,
                            name: new.name.clone(),
                            number: new.number,
                            sha256: digest,
                            size: jpeg.len() as u64,
                            cost,
                            at: new.at.clone(),
                            s3_url: new.s3_url,
                        })
                        .await?;
                    (new.name, new.at)
                }
            };
            let created = naming::create(data, &at, jpeg).await;
            let entry = Entry::new(AuditAction::Store, format!("generated as {}", order.class))
                .file(&name, Some(digest))
                .outcome(&created);
            self.scope.audit().record(entry).await;
            match created? {
                Some(places) => {
                    self.scope
                        .journal
                        .write(Step::Stored { order, places })
                        .await?;
                    return Ok(());
                }
                None => {
                    self.scope
                        .journal
                        .write(Step::NameTaken { order, name })
                        .await?;
                }
            }
        }
    }

    /// Stores a picture that came directly in the trash.
    async fn quarantine(
        &self,
        order: OrderKey,
        generated: Generated,
    ) -> Result<(), ExecutionError> {
        let (prediction, cost) = (generated.id.clone(), generated.cost);
        let jpeg = match to_jpeg(
            generated.bytes,
            JPEG_QUALITY,
            &self.scope.executor.evaluation.settings.look,
        )
        .await?
        {
            Ok(jpeg) => jpeg,
            Err(error) => {
                let why = format!("{order} came broken: {}", chain(&error));
                return self.failed(order, Some(prediction), why, cost, true).await;
            }
        };
        let digest = sha256(&jpeg);
        for number in 0_u64.. {
            let name = ImageName::new(format!("{order}-{number}.jpg"))
                .map_err(|error| ExecutionError::internal(error.to_string()))?;
            let at = vec![NewPlace {
                store: PlaceStore::Data,
                key: layout::rejected(self.scope.run, self.scope.actor, name.as_str())?,
            }];
            self.scope
                .journal
                .write(Step::Store {
                    order,
                    name: name.clone(),
                    number,
                    sha256: digest,
                    size: jpeg.len() as u64,
                    cost,
                    at: at.clone(),
                    s3_url: None,
                })
                .await?;
            let created = naming::create(&self.scope.executor.data, &at, &jpeg).await;
            let entry = Entry::new(
                AuditAction::Store,
                "moved to the trash: its set changed in the meantime",
            )
            .file(&name, Some(digest))
            .outcome(&created);
            self.scope.audit().record(entry).await;
            if let Some(places) = created? {
                let trashed = places.into_iter().map(|place| Trashed {
                    trash: place.key.clone(),
                    place,
                    marker: None,
                });
                let places = trashed.collect();
                self.scope
                    .journal
                    .write(Step::Rejected { order, places })
                    .await?;
                return Ok(());
            }
            self.scope
                .journal
                .write(Step::NameTaken { order, name })
                .await?;
        }
        Ok(())
    }

    fn remember(&self, order: OrderKey, jpeg: Bytes) {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.insert(order, jpeg);
    }

    /// The bytes of a stored picture, from memory or from its place.
    pub async fn bytes_of(&self, order: OrderKey, file: &NewFile) -> Result<Bytes, ExecutionError> {
        let held = {
            let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
            bytes.get(&order).cloned()
        };
        if let Some(bytes) = held.filter(|bytes| sha256(bytes) == file.sha256) {
            return Ok(bytes);
        }
        let there = naming::own_bytes(&self.scope.executor.data, file).await?;
        there.ok_or_else(|| ExecutionError::SetChanged {
            what: format!("{} changed", file.name),
        })
    }

    /// Digests of the pictures of the set and of the base image: a generator that returns one of them
    /// made no new picture.
    pub fn known(&self) -> BTreeSet<Digest> {
        let seen = &self.assessed.seen;
        let pictures = seen.pictures.iter().map(|picture| picture.sha256);
        pictures.chain(seen.base_image).collect()
    }
}

/// The error for a picture that is paid for and may still come; `None` for other errors. Nothing else is
/// ordered in its place.
fn may_come_yet(error: &GenerateError) -> Option<ExecutionError> {
    let next =
        "it is paid for, so nothing else was ordered and nothing in the set was touched; run tdbal \
                resume to continue"
            .to_owned();
    match error {
        GenerateError::Deadline { .. }
        | GenerateError::Transport { id: Some(_), .. }
        | GenerateError::ForeignPrediction { .. } => Some(ExecutionError::Unfinished {
            what: chain(error),
            next,
        }),
        _ => None,
    }
}
