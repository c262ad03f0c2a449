//! Close looks: shows pictures of one actor to the model one by one, several at the same time.

use crate::context::EvaluationContext;
use crate::error::EvaluationError;
use crate::model::answer_cache::{AnswerCache, CachedLook};
use crate::model::call::Spending;
use crate::pictures::picture::DecodedPicture;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use results::error::OutputError;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tdbal_types::{ActorId, Digest, Opinion, SheetNumber, Tokens, Usd};
use vision_eval::{AssessError, Assessment, LookKind, ModelIdentity, Question, Shown};

/// Maximum number of close looks of one actor under way at the same time.
const AT_ONCE: usize = 4;

/// The order in which [`CloseLooks`] returns answers from the model. Cached answers come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerOrder {
    /// The order of the pictures, for records whose order must not depend on the model.
    OfPictures,
    /// The order in which the model answers.
    OfArrival,
}

/// A picture to look at.
#[derive(Debug)]
pub struct CloseLook<'a, P> {
    /// Returned with the answer, to tell the pictures apart.
    pub subject: P,
    /// The SHA-256 digest of the picture's file.
    pub sha256: Digest,
    /// The decoded picture.
    pub picture: &'a DecodedPicture,
}

/// What the model says about a picture that it is shown alone.
#[derive(Debug, Clone, PartialEq)]
pub struct CloseAnswer {
    /// The class, quality and faults that the model names.
    pub opinion: Opinion,
    /// Tokens of the answer when it was given.
    pub tokens: Tokens,
    /// Price of the answer when it was given.
    pub cost: Usd,
    /// Whether the answer comes from the cache and was paid for earlier.
    pub is_cached: bool,
}

/// Why a close look has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CloseLookError {
    /// The model gave no usable answer.
    #[error(transparent)]
    Unanswered(#[from] AssessError),
    /// The checked answer is not about exactly one picture.
    #[error("a close look at one picture has {answers} answers")]
    NotOneAnswer {
        /// Number of pictures that the answer is about.
        answers: usize,
        /// Price of the answer.
        cost: Usd,
    },
}

impl From<CloseLookError> for EvaluationError {
    fn from(error: CloseLookError) -> Self {
        match error {
            CloseLookError::Unanswered(error) => error.into(),
            error @ CloseLookError::NotOneAnswer { .. } => Self::Internal(error.to_string()),
        }
    }
}

/// Close looks at some pictures of one actor.
///
/// [`next`](Self::next) returns cached answers first and then asks the model about the other
/// pictures, at most 4 at the same time. Every answer is in the cache before it is returned, so the
/// caller can fail to record it without losing what was paid for.
///
/// After a failure that would repeat, call [`stop`](Self::stop) and continue to call `next` until it
/// returns `None`: looks under way cost money whether anyone waits for them or not.
pub struct CloseLooks<'a, P> {
    context: &'a EvaluationContext,
    actor: &'a ActorId,
    model: ModelIdentity,
    cache: &'a mut AnswerCache,
    pub(crate) spending: &'a mut Spending,
    is_saved: bool,
    recalled: VecDeque<(P, CloseAnswer)>,
    looks: BoxStream<'a, FinishedLook<P>>,
    is_stopped: Arc<AtomicBool>,
    save_error: Option<OutputError>,
}

/// A look that came to its end.
struct FinishedLook<P> {
    subject: P,
    sha256: Digest,
    /// `None` if the looks were stopped before this one started.
    assessed: Option<Result<Assessment, AssessError>>,
}

impl<'a, P: Send + 'a> CloseLooks<'a, P> {
    /// Prepares looks at `pictures` and takes the answers that `cache` holds from there. The model
    /// is not asked before the first call of [`next`](Self::next).
    ///
    /// The cost of each new answer is added to `spending`; that of cached answers and of failures is not.
    /// With `is_saved`, the cache is written to the output folder after each answer.
    pub fn new(
        context: &'a EvaluationContext,
        actor: &'a ActorId,
        cache: &'a mut AnswerCache,
        spending: &'a mut Spending,
        is_saved: bool,
        pictures: Vec<CloseLook<'a, P>>,
        order: AnswerOrder,
    ) -> Self {
        let model = context.model.identity();
        let is_stopped = Arc::new(AtomicBool::new(false));
        let mut recalled = VecDeque::new();
        let mut looks = Vec::new();
        for look in pictures {
            match cache.close(&model, look.sha256) {
                Some(cached) => recalled.push_back((look.subject, CloseAnswer::recalled(cached))),
                None => looks.push(ask(context, actor, look, Arc::clone(&is_stopped))),
            }
        }
        let looks = stream::iter(looks);
        let looks = match order {
            AnswerOrder::OfPictures => looks.buffered(AT_ONCE).boxed(),
            AnswerOrder::OfArrival => looks.buffer_unordered(AT_ONCE).boxed(),
        };
        Self {
            context,
            actor,
            model,
            cache,
            spending,
            is_saved,
            recalled,
            looks,
            is_stopped,
            save_error: None,
        }
    }

    /// The next answer or failure with its picture; `None` once no look is left or under way.
    pub async fn next(&mut self) -> Option<(P, Result<CloseAnswer, CloseLookError>)> {
        if let Some((subject, answer)) = self.recalled.pop_front() {
            return Some((subject, Ok(answer)));
        }
        loop {
            let look = self.looks.next().await?;
            let Some(assessed) = look.assessed else {
                continue;
            };
            let answer = match assessed {
                Ok(assessment) => self.keep(look.sha256, assessment).await,
                Err(error) => Err(error.into()),
            };
            return Some((look.subject, answer));
        }
    }

    /// Starts no further looks. Looks under way continue, and [`next`](Self::next) returns their
    /// answers.
    pub fn stop(&mut self) {
        self.recalled.clear();
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    /// Returns the first failure to write the cache. Call it once [`next`](Self::next) has returned
    /// `None`.
    ///
    /// # Errors
    /// If an answer could not be written to the cache. No look was started after that.
    pub fn finish(self) -> Result<(), OutputError> {
        self.save_error.map_or(Ok(()), Err)
    }

    /// Puts an answer into the cache.
    async fn keep(
        &mut self,
        sha256: Digest,
        assessment: Assessment,
    ) -> Result<CloseAnswer, CloseLookError> {
        // Before the write, during which the run may be cancelled: it reports what it paid even then.
        self.spending.add(assessment.tokens, assessment.cost);
        let [answer] = assessment.checked.answers.as_slice() else {
            return Err(CloseLookError::NotOneAnswer {
                answers: assessment.checked.answers.len(),
                cost: assessment.cost,
            });
        };
        let opinion = answer.opinion.clone();
        self.cache.keep_close(CachedLook {
            model: self.model.clone(),
            sha256,
            opinion: opinion.clone(),
            replies: assessment.replies,
        });
        if self.is_saved
            && let Err(error) = self.cache.write(&self.context.output, self.actor).await
        {
            // Answers that cannot be saved would be paid for again in the next run.
            self.stop();
            self.save_error.get_or_insert(error);
        }
        Ok(CloseAnswer {
            opinion,
            tokens: assessment.tokens,
            cost: assessment.cost,
            is_cached: false,
        })
    }
}

impl CloseAnswer {
    fn recalled(cached: &CachedLook) -> Self {
        let mut tokens = Tokens::default();
        for reply in &cached.replies {
            tokens += reply.tokens;
        }
        Self {
            opinion: cached.opinion.clone(),
            tokens,
            cost: cached.replies.iter().map(|reply| reply.cost).sum(),
            is_cached: true,
        }
    }
}

/// Shows one picture to the model, unless the looks are stopped by the time it is its turn.
async fn ask<P>(
    context: &EvaluationContext,
    actor: &ActorId,
    look: CloseLook<'_, P>,
    is_stopped: Arc<AtomicBool>,
) -> FinishedLook<P> {
    let CloseLook {
        subject,
        sha256,
        picture,
    } = look;
    let assessed = if is_stopped.load(Ordering::Relaxed) {
        None
    } else {
        let question = Question {
            actor: actor.clone(),
            look: LookKind::Close,
            sheet: picture.close.clone(),
            pictures: vec![Shown {
                number: SheetNumber::from_position(0),
                sha256,
            }],
            correction: None,
        };
        Some(vision_eval::assess(context.model.as_ref(), question).await)
    };
    FinishedLook {
        subject,
        sha256,
        assessed,
    }
}

#[cfg(test)]
mod tests;
