//! Looks at the pictures that came, before any of them counts.

use super::session::GenerationSession;
use crate::error::ExecutionError;
use evaluation::error::EvaluationError;
use evaluation::model::answer_cache::AnswerCache;
use evaluation::model::call::Spending;
use evaluation::model::close_looks::{
    AnswerOrder, CloseAnswer, CloseLook, CloseLookError, CloseLooks,
};
use evaluation::pictures::load::reduce;
use evaluation::pictures::picture::{DecodedPicture, LoadedPicture, Origin};
use evaluation::pictures::sheet::{cell, lay_out};
use evidence::PerceptualHash;
use journal::run::record::{LookedAt, OrderKey, Step};
use journal::run::state::{ActorState, Inspection, NewFile};
use results::audit::{AuditAction, Entry};
use tdbal_types::{ImageClass, ImageName, Opinion, SheetNumber, Tokens, Usd, chain};
use verdict::{LookPolicy, Observations};
use vision_eval::{AssessError, Assessment, LookKind, Question, Repertoire, Shown, VisionError};

/// A picture that came and was not looked at yet.
struct New {
    order: OrderKey,
    seen: LoadedPicture,
}

impl New {
    fn view(&self) -> Result<&DecodedPicture, ExecutionError> {
        let what =
            || ExecutionError::internal(format!("{} was stored and cannot be read", self.order));
        self.seen.view().ok_or_else(what)
    }
}

/// Why nothing was found when it was looked.
struct Nothing {
    problem: String,
    cost: Usd,
    /// Whether everything else goes on as if it had been looked at: a replay without recorded looks.
    accepted: bool,
}

impl GenerationSession<'_> {
    /// Has the model look at every picture that came; those that are not what was ordered, or not good
    /// enough, are rejected. Where the model cannot be asked, what came is kept, and nothing is removed
    /// on its strength.
    pub async fn look(&self) -> Result<(), ExecutionError> {
        self.reject_copies().await?;
        let state = self.scope.journal.state().await;
        let new = self.viewed(unlooked(&state)).await?;
        if !new.is_empty() {
            let mut known = self.hashes(&state);
            let repertoire = self
                .scope
                .executor
                .evaluation
                .model
                .repertoire(self.scope.actor)
                .await;
            let is_sheet = repertoire == Repertoire::OneSheet
                || self.plan.settings.inquiry.look == LookPolicy::Sheet;
            if is_sheet {
                self.look_at_sheet(&new, &mut known).await?;
            } else {
                self.look_closely(&new, &mut known).await?;
            }
        }
        self.reject_what_is_wrong().await
    }

    /// A generator that gives back a picture that it was given, or gave before, made none.
    async fn reject_copies(&self) -> Result<(), ExecutionError> {
        let state = self.scope.journal.state().await;
        let mut known = self.known();
        known.extend(state.taken().iter().map(|(_, _, file)| file.sha256));
        for (order, file) in unlooked(&state) {
            if !known.insert(file.sha256) {
                let reason = "it is the base image or a picture that the set has".to_owned();
                self.reject(order, reason).await?;
            }
        }
        Ok(())
    }

    async fn reject_what_is_wrong(&self) -> Result<(), ExecutionError> {
        let state = self.scope.journal.state().await;
        for (order, paid) in state.paid().filter(|(_, paid)| paid.reject.is_none()) {
            if let Inspection::Seen(seen) = &paid.look
                && let Some(why) = refusal(order.class, seen)
            {
                self.reject(order, why).await?;
            }
        }
        Ok(())
    }

    async fn reject(&self, order: OrderKey, reason: String) -> Result<(), ExecutionError> {
        let entry = Entry::new(AuditAction::Look, format!("ordered {}", order.class));
        let entry = entry.file(order, None).failed(reason.as_str());
        self.scope.audit().record(entry).await;
        Ok(self
            .scope
            .journal
            .write(Step::Reject { order, reason })
            .await?)
    }

    /// Shows each picture to the model alone. Answers are recorded in the order of the pictures: which
    /// of two near-duplicates counts depends on it.
    async fn look_closely(
        &self,
        new: &[New],
        known: &mut Vec<PerceptualHash>,
    ) -> Result<(), ExecutionError> {
        let evaluation = &self.scope.executor.evaluation;
        let mut cache = AnswerCache::read(&evaluation.output, self.scope.actor).await?;
        let mut pictures = Vec::new();
        for subject in new {
            pictures.push(CloseLook {
                subject,
                sha256: subject.seen.sha256,
                picture: subject.view()?,
            });
        }
        // Not read: the budget and the journal count the cost of what is recorded below.
        let mut spending = Spending::default();
        let mut looks = CloseLooks::new(
            evaluation,
            self.scope.actor,
            &mut cache,
            &mut spending,
            true,
            pictures,
            AnswerOrder::OfPictures,
        );
        let mut failure = None;
        let mut is_recorded = true;
        while let Some((picture, answer)) = looks.next().await {
            let answer = match answer {
                Ok(answer) => Ok(answer),
                Err(error) => match self.unanswered(error).await {
                    Ok(nothing) => Err(nothing),
                    Err(error) => {
                        looks.stop();
                        failure.get_or_insert(error);
                        continue;
                    }
                },
            };
            if !is_recorded {
                // A step after one that is missing could not be read. The cache has the answer.
                self.budget.note(match &answer {
                    Ok(answer) => answer.cost,
                    Err(nothing) => nothing.cost,
                });
            } else if let Err(error) = self.record(picture, answer, known).await {
                is_recorded = false;
                looks.stop();
                failure.get_or_insert(error);
            }
        }
        failure.map_or(Ok(()), Err)?;
        Ok(looks.finish()?)
    }

    /// Records the result of a close look.
    async fn record(
        &self,
        picture: &New,
        answer: Result<CloseAnswer, Nothing>,
        known: &mut Vec<PerceptualHash>,
    ) -> Result<(), ExecutionError> {
        match answer {
            Ok(answer) => {
                let one = self.judged(picture, &answer.opinion, true, known)?;
                self.looked(vec![one], answer.tokens, answer.cost).await
            }
            Err(nothing) => self.unlooked(&[picture.order], nothing).await,
        }
    }

    /// Looks at all pictures on one sheet, as recordings of the old form have it.
    async fn look_at_sheet(
        &self,
        new: &[New],
        known: &mut Vec<PerceptualHash>,
    ) -> Result<(), ExecutionError> {
        let (settings, workers) = (
            &self.scope.executor.evaluation.settings.look,
            &self.scope.executor.evaluation.workers,
        );
        let cells = new
            .iter()
            .map(|picture| (picture.seen.number, cell(&picture.seen)));
        let sheet = lay_out(cells.collect(), settings, workers).await?;
        let question = Question {
            actor: self.scope.actor.clone(),
            look: LookKind::Generated,
            sheet,
            pictures: new
                .iter()
                .map(|picture| Shown {
                    number: picture.seen.number,
                    sha256: picture.seen.sha256,
                })
                .collect(),
            correction: None,
        };
        match self.ask(question).await? {
            Ok(assessment) => {
                let mut seen = Vec::new();
                for picture in new {
                    let opinion = opinion_of(&assessment, picture.seen.number)?;
                    seen.push(self.judged(picture, &opinion, false, known)?);
                }
                self.looked(seen, assessment.tokens, assessment.cost).await
            }
            Err(nothing) => {
                let orders: Vec<OrderKey> = new.iter().map(|picture| picture.order).collect();
                self.unlooked(&orders, nothing).await
            }
        }
    }

    /// Asks the model. An error stops the run: the pictures that came stay stored and are looked at when
    /// the run is resumed.
    async fn ask(&self, question: Question) -> Result<Result<Assessment, Nothing>, ExecutionError> {
        match vision_eval::assess(self.scope.executor.evaluation.model.as_ref(), question).await {
            Ok(assessment) => Ok(Ok(assessment)),
            Err(error) => Ok(Err(self.unanswered(error.into()).await?)),
        }
    }

    /// What to record about a look without an answer, or the error if it stops the run.
    async fn unanswered(&self, error: CloseLookError) -> Result<Nothing, ExecutionError> {
        let error = match error {
            CloseLookError::Unanswered(error) => error,
            error @ CloseLookError::NotOneAnswer { cost, .. } => {
                self.budget.note(cost);
                return Err(ExecutionError::internal(error.to_string()));
            }
        };
        let cost = error.cost();
        if error.stops_run() {
            self.budget.note(cost);
            return Err(ExecutionError::Evaluation(EvaluationError::from(error)));
        }
        if let AssessError::Model(VisionError::NoRecording { .. }) = &error {
            // Recordings of the original system need not have this look; newer ones must.
            let repertoire = self
                .scope
                .executor
                .evaluation
                .model
                .repertoire(self.scope.actor)
                .await;
            return Ok(Nothing {
                problem: format!("there is no recorded look: {}", chain(&error)),
                cost,
                accepted: repertoire == Repertoire::OneSheet,
            });
        }
        Ok(Nothing {
            problem: format!("what came could not be looked at: {}", chain(&error)),
            cost,
            accepted: false,
        })
    }

    /// What a look found, and whether the picture counts.
    fn judged(
        &self,
        picture: &New,
        opinion: &Opinion,
        is_close: bool,
        known: &mut Vec<PerceptualHash>,
    ) -> Result<LookedAt, ExecutionError> {
        let hash = picture.view()?.measures.hash;
        let refused = self.refused(picture.order, picture.view()?, opinion, is_close, known);
        if refused.is_none() {
            known.push(hash);
        }
        Ok(LookedAt {
            order: picture.order,
            class: Some(opinion.class),
            quality: Some(opinion.quality),
            refused,
            hash: Some(hash),
        })
    }

    /// Puts on record what was found.
    async fn looked(
        &self,
        seen: Vec<LookedAt>,
        tokens: Tokens,
        cost: Usd,
    ) -> Result<(), ExecutionError> {
        for one in seen.iter().filter(|one| one.refused.is_none()) {
            let entry = Entry::new(AuditAction::Look, format!("ordered {}", one.order.class));
            self.scope.audit().record(entry.file(one.order, None)).await;
        }
        self.budget.note(cost);
        let step = Step::Looked { seen, cost, tokens };
        Ok(self.scope.journal.write(step).await?)
    }

    /// Records that the pictures could not be inspected.
    async fn unlooked(&self, orders: &[OrderKey], nothing: Nothing) -> Result<(), ExecutionError> {
        let entry = Entry::new(
            AuditAction::Look,
            "the generated pictures were not inspected",
        );
        let entry = entry.failed(nothing.problem.as_str());
        self.scope.audit().record(entry).await;
        self.budget.note(nothing.cost);
        let step = Step::Unlooked {
            orders: orders.to_vec(),
            problem: nothing.problem,
            cost: nothing.cost,
            accepted: nothing.accepted,
        };
        Ok(self.scope.journal.write(step).await?)
    }

    /// Why a picture that came does not count, by the rules for all pictures.
    fn refused(
        &self,
        order: OrderKey,
        view: &DecodedPicture,
        opinion: &Opinion,
        is_close: bool,
        known: &[PerceptualHash],
    ) -> Option<String> {
        let inquiry = &self.plan.settings.inquiry;
        let near = inquiry.thresholds.near_duplicate_max;
        if known
            .iter()
            .any(|hash| hash.distance(&view.measures.hash) <= near)
        {
            return Some("it is nearly the same as a picture that the set has".into());
        }
        let testimony = Observations {
            votes: if is_close {
                Vec::new()
            } else {
                vec![opinion.clone()]
            },
            close: is_close.then(|| opinion.clone()),
            tone: Some(inquiry.thresholds.tone(&view.measures)),
            provenance: Some(order.class),
            ..Observations::default()
        };
        let floor = self.assessed.policy.floors[order.class];
        verdict::accept(order.class, &testimony, floor, &inquiry.scoring)
            .err()
            .map(|refusal| refusal.to_string())
    }

    /// What the set's pictures and those that were taken look like.
    fn hashes(&self, state: &ActorState) -> Vec<PerceptualHash> {
        let of_set = self.assessed.seen.pictures.iter();
        let mut known: Vec<PerceptualHash> = of_set.filter_map(|picture| picture.hash).collect();
        for (_, paid) in state.paid().filter(|(_, paid)| paid.reject.is_none()) {
            if let Inspection::Seen(seen) = &paid.look {
                known.extend(seen.hash);
            }
        }
        known
    }

    /// Reads the pictures that came, each with a number for a sheet.
    async fn viewed(&self, new: Vec<(OrderKey, NewFile)>) -> Result<Vec<New>, ExecutionError> {
        let (settings, workers) = (
            &self.scope.executor.evaluation.settings.look,
            &self.scope.executor.evaluation.workers,
        );
        let mut viewed = Vec::new();
        for (position, (order, file)) in new.into_iter().enumerate() {
            let name = ImageName::new(format!("{order}.jpg"))
                .map_err(|error| ExecutionError::internal(error.to_string()))?;
            let bytes = self.bytes_of(order, &file).await?;
            let (sha256, decoded) = reduce(bytes, settings, workers, &name).await?;
            let seen = LoadedPicture {
                name,
                number: SheetNumber::from_position(position),
                size: file.size,
                sha256,
                origin: Origin::Local,
                object: None,
                version: None,
                decoded,
            };
            viewed.push(New { order, seen });
        }
        Ok(viewed)
    }
}

/// What an answer says of a number; a checked answer has every number that was asked about.
fn opinion_of(assessment: &Assessment, number: SheetNumber) -> Result<Opinion, ExecutionError> {
    let mut answers = assessment.checked.answers.iter();
    let answer = answers.find(|answer| answer.number == number);
    answer
        .map(|answer| answer.opinion.clone())
        .ok_or_else(|| ExecutionError::internal(format!("nothing was said of number {number}")))
}

/// What is stored, was not looked at, and was not rejected.
fn unlooked(state: &ActorState) -> Vec<(OrderKey, NewFile)> {
    let open = state
        .paid()
        .filter(|(_, paid)| paid.reject.is_none() && paid.look == Inspection::Open);
    open.filter_map(|(order, paid)| {
        let file = paid.file.as_ref().filter(|file| file.stored.is_some())?;
        Some((order, file.clone()))
    })
    .collect()
}

/// Why a generated picture does not count: what was found when it was looked at, or its class where an
/// earlier version looked.
fn refusal(ordered: ImageClass, seen: &LookedAt) -> Option<String> {
    if let Some(refused) = &seen.refused {
        return Some(refused.clone());
    }
    match seen.class {
        Some(class) if class == ordered => None,
        Some(class) => Some(format!("it was ordered as {ordered} and came as {class}")),
        None => Some(format!(
            "it was ordered as {ordered} and nothing was said about it"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(ordered: ImageClass, class: Option<ImageClass>) -> LookedAt {
        LookedAt {
            order: OrderKey {
                class: ordered,
                ordinal: 1,
            },
            class,
            quality: None,
            refused: None,
            hash: None,
        }
    }

    #[test]
    fn only_what_was_seen_as_ordered_counts() {
        for ordered in ImageClass::ALL {
            assert_eq!(refusal(ordered, &seen(ordered, Some(ordered))), None);
            assert!(refusal(ordered, &seen(ordered, None)).is_some());
            for other in ImageClass::ALL
                .into_iter()
                .filter(|class| *class != ordered)
            {
                assert!(refusal(ordered, &seen(ordered, Some(other))).is_some());
            }
        }
        let mut poor = seen(ImageClass::BwStylized, Some(ImageClass::BwStylized));
        poor.refused = Some("quality 3".into());
        assert_eq!(refusal(ImageClass::BwStylized, &poor).unwrap(), "quality 3");
    }
}
