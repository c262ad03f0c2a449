//! Generates the pictures that a set lacks, and looks at what came. Nothing is stored here.

use crate::audit::{AuditAction, Entry, Trail};
use crate::base::to_jpeg;
use crate::engine::Engine;
use crate::error::{ActorError, chain};
use crate::events::{Event, Observer};
use crate::look::{self, Origin, Seen, Sight};
use crate::set::ActorSet;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use replicate_gen::{
    GenerateError, Generated, GenerationRequest, ImageGenerator, PredictionId, Prompt, PromptQueue,
    descriptor, job_name, seed_for,
};
use std::collections::BTreeSet;
use storage::sha256;
use tdbal_types::{ClassCounts, Digest, ImageClass, ImageName, RunId, SheetNumber, Tokens, Usd};
use tokio_util::sync::CancellationToken;
use vision_eval::{AssessError, Purpose, Question, VisionError};

/// How often a picture is ordered at most: once, and twice more with another prompt.
const ATTEMPTS: u32 = 3;
/// Orders of one actor that are under way at once.
const ORDERS_AT_ONCE: usize = 4;
/// The quality with which a generated picture that is no JPEG is encoded.
const JPEG_QUALITY: u8 = 95;

/// A generated picture that decodes.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) class: ImageClass,
    pub(crate) ordinal: u32,
    pub(crate) prompt: Prompt,
    pub(crate) jpeg: Bytes,
    pub(crate) sha256: Digest,
    pub(crate) prediction_id: String,
    pub(crate) model: String,
}

/// What came of the orders for one actor.
#[derive(Debug, Default)]
pub(crate) struct Generation {
    /// Pictures for the set.
    pub(crate) taken: Vec<Candidate>,
    /// Pictures that were paid for and are of no use, with the reason.
    pub(crate) rejected: Vec<(Candidate, String)>,
    /// Why not everything that was wanted came.
    pub(crate) problem: Option<String>,
    /// Why nobody looked at what came.
    pub(crate) unlooked: Option<String>,
    /// What the operator has to put right before any actor can go on.
    pub(crate) stops_run: Option<String>,
    /// What the pictures cost, failed ones included.
    pub(crate) cost: Usd,
    /// What looking at them cost.
    pub(crate) look_cost: Usd,
    /// Tokens of looking at them.
    pub(crate) look_tokens: Tokens,
}

/// What all orders of an actor have in common.
pub(crate) struct Orders<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) generator: &'a dyn ImageGenerator,
    pub(crate) set: &'a ActorSet,
    pub(crate) run: &'a RunId,
    pub(crate) base_image: Bytes,
    /// Digests of the pictures that the set has: a generator that gives one of them back made none.
    pub(crate) known: BTreeSet<Digest>,
    pub(crate) trail: Trail<'a>,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) cancel: &'a CancellationToken,
}

/// Prompts and ordinals of one class.
struct ClassQueue {
    prompts: PromptQueue,
    last_ordinal: u32,
}

impl Orders<'_> {
    /// Orders so many pictures of each class; again, with other prompts, what did not come or is not
    /// what was ordered.
    pub(crate) async fn fulfil(mut self, wanted: ClassCounts) -> Result<Generation, ActorError> {
        let mut generation = Generation::default();
        let mut queues = self.queues();
        let mut missing: Vec<ImageClass> = wanted
            .iter()
            .flat_map(|(class, count)| std::iter::repeat_n(class, count))
            .collect();
        for _ in 0..ATTEMPTS {
            if missing.is_empty() || generation.stops_run.is_some() || self.cancel.is_cancelled() {
                break;
            }
            let requests = self.requests(&missing, &mut queues);
            missing.clear();
            let results: Vec<_> = stream::iter(requests)
                .map(|request| self.order(request))
                .buffered(ORDERS_AT_ONCE)
                .collect()
                .await;
            let mut candidates = Vec::new();
            for (class, result) in results {
                match result? {
                    Ordered::Came(candidate, cost) => {
                        generation.cost += cost;
                        if self.known.insert(candidate.sha256) {
                            candidates.push(candidate);
                        } else {
                            let why = "it is the base image or a picture that the set has";
                            generation.reject(candidate, why.to_owned(), &mut missing);
                        }
                    }
                    Ordered::Again(why, cost) => {
                        generation.cost += cost;
                        generation.problem = Some(why);
                        missing.push(class);
                    }
                    Ordered::Lost(why, cost, stops_run) => {
                        generation.cost += cost;
                        generation.problem = Some(why.clone());
                        if stops_run {
                            generation.stops_run.get_or_insert(why);
                        }
                    }
                }
            }
            self.look(candidates, &mut generation, &mut missing).await?;
        }
        if generation.taken.len() < wanted.total() && self.cancel.is_cancelled() {
            generation.problem = Some("interrupted".into());
        }
        Ok(generation)
    }

    fn queues(&self) -> Vec<(ImageClass, ClassQueue)> {
        let used = self.set.used_prompts();
        let stored = self.set.actor_manifest.as_ref().ok();
        let subject = descriptor(
            stored.and_then(|stored| stored.manifest.sex()),
            stored.and_then(|stored| stored.manifest.actor_type()),
        );
        ImageClass::ALL
            .into_iter()
            .map(|class| {
                let job = job_name(self.run, &self.set.actor, class, 0);
                let seed = u64::from(seed_for(&job, 0));
                let catalogue = &self.engine.settings.catalogue;
                let prompts = PromptQueue::new(catalogue, class, &used, subject, seed);
                (
                    class,
                    ClassQueue {
                        prompts,
                        last_ordinal: 0,
                    },
                )
            })
            .collect()
    }

    fn requests(
        &self,
        missing: &[ImageClass],
        queues: &mut [(ImageClass, ClassQueue)],
    ) -> Vec<GenerationRequest> {
        missing
            .iter()
            .filter_map(|&class| {
                let (_, queue) = queues.iter_mut().find(|(of, _)| *of == class)?;
                let prompt = queue.prompts.next()?;
                queue.last_ordinal += 1;
                let ordinal = queue.last_ordinal;
                let job = job_name(self.run, &self.set.actor, class, ordinal);
                Some(GenerationRequest {
                    actor: self.set.actor.clone(),
                    class,
                    ordinal,
                    prompt,
                    seed: u64::from(seed_for(&job, 1)),
                    base_image: self.base_image.clone(),
                })
            })
            .collect()
    }

    async fn order(&self, request: GenerationRequest) -> (ImageClass, Result<Ordered, ActorError>) {
        let class = request.class;
        if self.cancel.is_cancelled() {
            return (
                class,
                Ok(Ordered::Lost("interrupted".into(), Usd::ZERO, false)),
            );
        }
        let name = format!("{class}_{}", request.ordinal);
        let result = match self.generator.start(&request).await {
            Ok(started) => {
                let entry = Entry::new(AuditAction::Predict, request.prompt.text.as_str());
                self.trail
                    .tell(entry.file(&name, None).object(&started.id))
                    .await;
                self.finish(&started.id).await
            }
            Err(error) => Err(error),
        };
        let generated = match result {
            Ok(generated) => generated,
            Err(error) => {
                let entry = Entry::new(AuditAction::Predict, request.prompt.text.as_str());
                let failed: Result<(), _> = Err(&error);
                self.trail
                    .tell(entry.file(&name, None).outcome(&failed))
                    .await;
                return (class, Ok(Ordered::failed(&error)));
            }
        };
        self.observer.on_event(&Event::Generated {
            actor: request.actor.clone(),
            class,
            cost: generated.cost,
        });
        let cost = generated.cost;
        let decoded = match to_jpeg(generated.bytes, JPEG_QUALITY, &self.engine.settings.look).await
        {
            Ok(decoded) => decoded,
            Err(error) => return (class, Err(error)),
        };
        let ordered = match decoded {
            Ok(jpeg) => Ordered::Came(
                Candidate {
                    class,
                    ordinal: request.ordinal,
                    prompt: request.prompt,
                    sha256: sha256(&jpeg),
                    jpeg,
                    prediction_id: generated.id.to_string(),
                    model: generated.model,
                },
                cost,
            ),
            Err(error) => Ordered::Again(format!("{name} came broken: {}", chain(&error)), cost),
        };
        (class, Ok(ordered))
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

    /// Shows all candidates to the model on one sheet: those that are of the class that was ordered
    /// are taken. Where the model cannot be asked, what came is taken, and the set is not changed
    /// further on its strength.
    async fn look(
        &self,
        candidates: Vec<Candidate>,
        generation: &mut Generation,
        missing: &mut Vec<ImageClass>,
    ) -> Result<(), ActorError> {
        if candidates.is_empty() {
            return Ok(());
        }
        let question = match self.question(&candidates).await {
            Ok(question) => question,
            Err(error) => {
                let why = format!("what came could not be put on a sheet: {}", error.chain());
                self.take_unlooked(candidates, why, generation).await;
                return Ok(());
            }
        };
        let verdicts = match vision_eval::assess(self.engine.model.as_ref(), question).await {
            Ok(assessment) => {
                generation.look_cost += assessment.cost;
                generation.look_tokens += assessment.tokens;
                assessment.checked.verdicts
            }
            Err(error) => {
                generation.look_cost += error.cost();
                if let AssessError::Model(error) = &error
                    && error.stops_run()
                {
                    generation.stops_run.get_or_insert(error.to_string());
                }
                if matches!(&error, AssessError::Model(VisionError::NoRecording { .. })) {
                    let entry = Entry::new(AuditAction::Look, "there is no recorded look");
                    self.trail.tell(entry.failed(chain(&error))).await;
                    generation.taken.extend(candidates);
                } else {
                    let why = format!("what came could not be looked at: {}", chain(&error));
                    self.take_unlooked(candidates, why, generation).await;
                }
                return Ok(());
            }
        };
        for (position, candidate) in candidates.into_iter().enumerate() {
            let number = SheetNumber::from_position(position);
            let class = verdicts
                .iter()
                .find(|v| v.number == number)
                .map(|verdict| verdict.class);
            let name = format!("{}_{}", candidate.class, candidate.ordinal);
            let entry = Entry::new(AuditAction::Look, format!("ordered {}", candidate.class))
                .file(name, Some(candidate.sha256));
            match refusal(candidate.class, class) {
                Some(why) => {
                    self.trail.tell(entry.failed(why.as_str())).await;
                    generation.reject(candidate, why, missing);
                }
                None => {
                    self.trail.tell(entry).await;
                    generation.taken.push(candidate);
                }
            }
        }
        Ok(())
    }

    /// Takes pictures that were paid for and that nobody looked at: they are kept, and nothing is
    /// removed on their strength.
    async fn take_unlooked(
        &self,
        candidates: Vec<Candidate>,
        why: String,
        generation: &mut Generation,
    ) {
        let entry = Entry::new(AuditAction::Look, "nobody looked at what came");
        self.trail.tell(entry.failed(why.as_str())).await;
        generation.unlooked = Some(why);
        generation.taken.extend(candidates);
    }

    async fn question(&self, candidates: &[Candidate]) -> Result<Question, ActorError> {
        let (settings, workers) = (&self.engine.settings.look, &self.engine.workers);
        let mut seen = Vec::new();
        for (position, candidate) in candidates.iter().enumerate() {
            let name = ImageName::new(format!("{}_{}.jpg", candidate.class, candidate.ordinal))
                .map_err(|error| ActorError::Internal(error.to_string()))?;
            let (sha256, sight) =
                look::reduce(candidate.jpeg.clone(), settings, workers, &name).await?;
            seen.push(Seen {
                name,
                number: SheetNumber::from_position(position),
                size: candidate.jpeg.len() as u64,
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
            actor: self.set.actor.clone(),
            purpose: Purpose::Generated,
            sheet,
            numbers,
            correction: None,
        })
    }
}

/// What came of one order.
enum Ordered {
    /// A picture that decodes, and its cost.
    Came(Candidate, Usd),
    /// Nothing of use, but another prompt may do better.
    Again(String, Usd),
    /// Nothing, and another order would not help or might be paid twice; whether the whole run has
    /// to stop.
    Lost(String, Usd, bool),
}

impl Ordered {
    fn failed(error: &GenerateError) -> Self {
        let again = matches!(error, GenerateError::Flagged { .. }) || error.may_order_again();
        if again {
            Self::Again(chain(error), error.cost())
        } else {
            let stops_run = error.stops_run();
            let why = if stops_run {
                error.to_string()
            } else {
                chain(error)
            };
            Self::Lost(why, error.cost(), stops_run)
        }
    }
}

impl Generation {
    fn reject(&mut self, candidate: Candidate, why: String, missing: &mut Vec<ImageClass>) {
        missing.push(candidate.class);
        self.problem = Some(format!("{}_{}: {why}", candidate.class, candidate.ordinal));
        self.rejected.push((candidate, why));
    }
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
