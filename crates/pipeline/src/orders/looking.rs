//! Looks at the pictures that came, before any of them counts.

use super::Orders;
use crate::audit::{AuditAction, Entry};
use crate::error::{ActorError, chain};
use crate::look::{self, Origin, Seen, Sight};
use crate::record::{LookedAt, OrderKey, Step};
use crate::standing::{Look, NewFile, Standing};
use tdbal_types::{ImageClass, ImageName, SheetNumber, Usd};
use vision_eval::{AssessError, Purpose, Question, VisionError};

impl Orders<'_> {
    /// Shows all pictures that came and were not looked at to the model, on one sheet; those that
    /// are not of the class that was ordered are rejected. Where the model cannot be asked, what
    /// came is kept, and nothing is removed on its strength.
    pub(super) async fn look(&self) -> Result<(), ActorError> {
        self.reject_copies().await?;
        let standing = self.journal.standing().await;
        let new = unlooked(&standing);
        if !new.is_empty() {
            self.ask(&new).await?;
        }
        self.reject_what_is_wrong().await
    }

    /// A generator that gives back a picture that it was given, or gave before, made none.
    async fn reject_copies(&self) -> Result<(), ActorError> {
        let standing = self.journal.standing().await;
        let mut known = self.known();
        known.extend(standing.taken().iter().map(|(_, _, file)| file.sha256));
        for (order, file) in unlooked(&standing) {
            if !known.insert(file.sha256) {
                let reason = "it is the base image or a picture that the set has".to_owned();
                self.reject(order, reason).await?;
            }
        }
        Ok(())
    }

    async fn reject_what_is_wrong(&self) -> Result<(), ActorError> {
        let standing = self.journal.standing().await;
        for (order, paid) in standing.paid().filter(|(_, paid)| paid.reject.is_none()) {
            if let Look::Seen(seen) = &paid.look
                && let Some(why) = refusal(order.class, seen.class)
            {
                self.reject(order, why).await?;
            }
        }
        Ok(())
    }

    async fn reject(&self, order: OrderKey, reason: String) -> Result<(), ActorError> {
        let entry = Entry::new(AuditAction::Look, format!("ordered {}", order.class));
        let entry = entry.file(order, None).failed(reason.as_str());
        self.trail.tell(entry).await;
        Ok(self.journal.write(Step::Reject { order, reason }).await?)
    }

    async fn ask(&self, new: &[(OrderKey, NewFile)]) -> Result<(), ActorError> {
        let question = match self.question(new).await {
            Ok(question) => question,
            Err(error) => {
                let why = format!("what came could not be put on a sheet: {}", error.chain());
                return self.unlooked(new, why, Usd::ZERO, false).await;
            }
        };
        match vision_eval::assess(self.engine.model.as_ref(), question).await {
            Ok(assessment) => {
                let verdicts = &assessment.checked.verdicts;
                let mut seen = Vec::new();
                for (position, (order, file)) in new.iter().enumerate() {
                    let number = SheetNumber::from_position(position);
                    let verdict = verdicts.iter().find(|verdict| verdict.number == number);
                    let one = LookedAt {
                        order: *order,
                        class: verdict.map(|verdict| verdict.class),
                        quality: verdict.map(|verdict| verdict.quality),
                    };
                    if refusal(order.class, one.class).is_none() {
                        let entry =
                            Entry::new(AuditAction::Look, format!("ordered {}", order.class));
                        let entry = entry.file(order, Some(file.sha256));
                        self.trail.tell(entry).await;
                    }
                    seen.push(one);
                }
                self.budget.note(assessment.cost);
                self.journal
                    .write(Step::Looked {
                        seen,
                        cost: assessment.cost,
                        tokens: assessment.tokens,
                    })
                    .await?;
                Ok(())
            }
            Err(AssessError::Model(error)) if error.stops_run() => {
                // What came is stored; it is looked at when the run goes on.
                Err(ActorError::StopsRun {
                    message: error.to_string(),
                    cost: Usd::ZERO,
                })
            }
            Err(error @ AssessError::Model(VisionError::NoRecording { .. })) => {
                let why = format!("there is no recorded look: {}", chain(&error));
                self.unlooked(new, why, error.cost(), true).await
            }
            Err(error) => {
                let why = format!("what came could not be looked at: {}", chain(&error));
                self.unlooked(new, why, error.cost(), false).await
            }
        }
    }

    async fn unlooked(
        &self,
        new: &[(OrderKey, NewFile)],
        problem: String,
        cost: Usd,
        accepted: bool,
    ) -> Result<(), ActorError> {
        let entry = Entry::new(AuditAction::Look, "nobody looked at what came");
        self.trail.tell(entry.failed(problem.as_str())).await;
        let orders = new.iter().map(|(order, _)| *order).collect();
        self.budget.note(cost);
        self.journal
            .write(Step::Unlooked {
                orders,
                problem,
                cost,
                accepted,
            })
            .await?;
        Ok(())
    }

    async fn question(&self, new: &[(OrderKey, NewFile)]) -> Result<Question, ActorError> {
        let (settings, workers) = (&self.engine.settings.look, &self.engine.workers);
        let mut seen = Vec::new();
        for (position, (order, file)) in new.iter().enumerate() {
            let name = ImageName::new(format!("{order}.jpg"))
                .map_err(|error| ActorError::Internal(error.to_string()))?;
            let bytes = self.bytes_of(*order, file).await?;
            let (sha256, sight) = look::reduce(bytes, settings, workers, &name).await?;
            seen.push(Seen {
                name,
                number: SheetNumber::from_position(position),
                size: file.size,
                sha256,
                origin: Origin::Local,
                object: None,
                version: None,
                sight,
            });
        }
        let numbers = seen
            .iter()
            .filter(|picture| matches!(picture.sight, Sight::Readable { .. }))
            .map(|picture| picture.number)
            .collect();
        let sheet = look::lay_out(&mut seen, settings, workers).await?;
        Ok(Question {
            actor: self.actor.clone(),
            purpose: Purpose::Generated,
            sheet,
            numbers,
            correction: None,
        })
    }
}

/// What is stored, was not looked at, and was not rejected.
fn unlooked(standing: &Standing) -> Vec<(OrderKey, NewFile)> {
    let open = standing
        .paid()
        .filter(|(_, paid)| paid.reject.is_none() && paid.look == Look::Open);
    open.filter_map(|(order, paid)| {
        let file = paid.file.as_ref().filter(|file| file.stored.is_some())?;
        Some((order, file.clone()))
    })
    .collect()
}

/// Why a generated picture does not count, by the class that was ordered and the one that was seen.
fn refusal(ordered: ImageClass, seen: Option<ImageClass>) -> Option<String> {
    match seen {
        Some(seen) if seen == ordered => None,
        Some(seen) => Some(format!("it was ordered as {ordered} and came as {seen}")),
        None => Some(format!(
            "it was ordered as {ordered} and nothing was said about it"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_seen_as_ordered_counts() {
        for ordered in ImageClass::ALL {
            assert_eq!(refusal(ordered, Some(ordered)), None);
            assert!(refusal(ordered, None).is_some());
            for other in ImageClass::ALL
                .into_iter()
                .filter(|class| *class != ordered)
            {
                assert!(refusal(ordered, Some(other)).is_some());
            }
        }
    }
}
