//! Fetches pictures that are paid for, and stores them under their new names.

use super::{ATTEMPTS, ORDERS_AT_ONCE, Orders, may_try_another, stops_run};
use crate::audit::{AuditAction, Entry};
use crate::base::to_jpeg;
use crate::data::DataFolder;
use crate::error::{ActorError, chain};
use crate::events::Event;
use crate::naming::{self, Namer};
use crate::record::{OrderKey, Step};
use crate::standing::{NewFile, Paid};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use replicate_gen::{GenerateError, Generated, PredictionId};
use std::collections::BTreeSet;
use std::sync::PoisonError;
use storage::{ObjectRead as _, sha256};
use tdbal_types::{Digest, Usd};

/// The quality with which a generated picture that is no JPEG is encoded.
const JPEG_QUALITY: u8 = 95;

impl Orders<'_> {
    /// Brings every order that is under way to an end: looks for those whose answer was lost, and
    /// fetches and stores what is paid for.
    pub(super) async fn settle(
        &self,
        namer: &mut Namer<'_>,
        problem: &mut Option<String>,
    ) -> Result<(), ActorError> {
        let standing = self.journal.standing().await;
        self.find_lost(&standing).await?;
        let standing = self.journal.standing().await;
        let waiting: Vec<(OrderKey, &Paid)> = standing
            .paid()
            .filter(|(_, paid)| {
                let stored = paid.file.as_ref().is_some_and(|file| file.stored.is_some());
                !stored && paid.reject.is_none()
            })
            .collect();
        let mut arriving = stream::iter(waiting)
            .map(|(key, paid)| async move { (key, paid, self.finish(&paid.prediction).await) })
            .buffered(ORDERS_AT_ONCE);
        let mut unfinished = None;
        while let Some((key, paid, result)) = arriving.next().await {
            match result {
                Ok(generated) => self.arrived(key, paid, generated, namer, problem).await?,
                Err(error) => {
                    let entry = Entry::new(AuditAction::Predict, "the picture did not come")
                        .file(key, None)
                        .object(&paid.prediction);
                    let failed: Result<(), _> = Err(&error);
                    self.trail.tell(entry.outcome(&failed)).await;
                    if let Some(open) = may_come_yet(&error) {
                        unfinished.get_or_insert(open);
                        continue;
                    }
                    if error.stops_run() {
                        unfinished.get_or_insert(stops_run(&error));
                        continue;
                    }
                    let again = may_try_another(&error);
                    let id = Some(paid.prediction.clone());
                    let price = standing
                        .orders
                        .get(&key)
                        .map_or(Usd::ZERO, |order| order.price);
                    let unspent = price.nanos().saturating_sub(error.cost().nanos());
                    self.budget.give_back(Usd::from_nanos(unspent));
                    self.failed(key, id, chain(&error), error.cost(), again)
                        .await?;
                }
            }
        }
        unfinished.map_or(Ok(()), Err)
    }

    /// Waits for a picture that is paid for. Where only its download or the question for it failed,
    /// it is asked for again: that costs nothing, another order would.
    async fn finish(&self, id: &PredictionId) -> Result<Generated, GenerateError> {
        let mut result = self.generator.finish(id).await;
        for _ in 1..ATTEMPTS {
            if !matches!(result, Err(GenerateError::Transport { .. })) {
                break;
            }
            result = self.generator.finish(id).await;
        }
        result
    }

    /// Checks a picture that came and stores it under a name of its own.
    async fn arrived(
        &self,
        order: OrderKey,
        paid: &Paid,
        generated: Generated,
        namer: &mut Namer<'_>,
        problem: &mut Option<String>,
    ) -> Result<(), ActorError> {
        let cost = generated.cost;
        self.observer.on_event(&Event::Generated {
            actor: self.actor.clone(),
            class: order.class,
            cost,
        });
        let jpeg = match to_jpeg(generated.bytes, JPEG_QUALITY, &self.engine.settings.look).await? {
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
    ) -> Result<(), ActorError> {
        let data = &self.engine.data;
        let digest = sha256(jpeg);
        // The name that was on record before a crash, if what came is still the same.
        let mut recorded = paid
            .file
            .as_ref()
            .filter(|file| file.sha256 == digest)
            .map(|file| (file.name.clone(), file.at.clone()));
        loop {
            let (name, at) = match recorded.take() {
                Some(recorded) => recorded,
                None => {
                    let new = namer.next()?;
                    self.journal
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
            self.trail.tell(entry).await;
            match created? {
                Some(places) => {
                    self.journal.write(Step::Stored { order, places }).await?;
                    return Ok(());
                }
                None => {
                    self.journal.write(Step::NameTaken { order, name }).await?;
                }
            }
        }
    }

    fn remember(&self, order: OrderKey, jpeg: Bytes) {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.insert(order, jpeg);
    }

    /// The bytes of a picture that is stored.
    pub(super) async fn bytes_of(
        &self,
        order: OrderKey,
        file: &NewFile,
    ) -> Result<Bytes, ActorError> {
        let held = {
            let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
            bytes.get(&order).cloned()
        };
        if let Some(bytes) = held.filter(|bytes| sha256(bytes) == file.sha256) {
            return Ok(bytes);
        }
        read_file(&self.engine.data, file).await
    }

    /// Digests of the pictures that the set has, and of the base image: a generator that gives one
    /// of them back made none.
    pub(super) fn known(&self) -> BTreeSet<Digest> {
        let seen = self.assessed.seen.pictures.iter();
        seen.map(|picture| picture.sha256)
            .chain([sha256(&self.base_image)])
            .collect()
    }
}

/// Reads a picture that was stored.
async fn read_file(data: &DataFolder, file: &NewFile) -> Result<Bytes, ActorError> {
    let place = file.stored.iter().flatten().next();
    let Some(place) = place else {
        return Err(ActorError::Internal(format!("{} is not stored", file.name)));
    };
    let store = data.open(&place.store).await?;
    let object = store.get(&place.key, file.size).await?;
    if sha256(&object.bytes) == file.sha256 {
        Ok(object.bytes)
    } else {
        Err(ActorError::SetChanged {
            what: format!("{} changed", file.name),
        })
    }
}

/// A picture that is paid for and may still come: nothing else is ordered in its place.
fn may_come_yet(error: &GenerateError) -> Option<ActorError> {
    let next =
        "it is paid for, so nothing else was ordered and nothing of the set was touched; go on \
                with tdbal resume"
            .to_owned();
    match error {
        GenerateError::Deadline { .. }
        | GenerateError::Transport { id: Some(_), .. }
        | GenerateError::ForeignPrediction { .. } => Some(ActorError::Unfinished {
            what: chain(error),
            next,
        }),
        _ => None,
    }
}
