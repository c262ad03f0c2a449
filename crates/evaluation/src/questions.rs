//! Asks the model what the verdict on an actor's pictures wants to know, until it is decided.
//!
//! What to ask next is decided by [`verdict::next`]; this carries questions to the model and answers
//! back, and keeps every answer that was paid for before it asks for another.

use crate::context::EvaluationContext;
use crate::error::EvaluationError;
use crate::evaluation::vote_name;
use crate::model::answer_cache::{AnswerCache, CachedLook, CachedSheet};
use crate::model::call::{Spending, assess, close_question, look_once};
use crate::model::trust::ModelTrust;
use crate::pictures::picture::{DecodedPicture, LoadedPicture};
use crate::pictures::sheet::{cell, lay_out};
use balance_planner::{Policy, Protection};
use futures_util::stream::{self, StreamExt as _};
use results::events::{Event, Observer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use tdbal_types::{ActorId, Digest, ImageName, Opinion, SheetNumber};
use verdict::{Decision, JudgingSettings, NextStep, PictureEvidence, SheetVote};
use vision_eval::{
    Assessment, CheckedReply, LookKind, ModelIdentity, ModelKind, Question, Repertoire,
    ReplyRecord, SheetImage, Shown,
};

/// Pictures of one actor that are looked at alone at once.
const CLOSE_LOOKS_AT_ONCE: usize = 4;

/// What asking about one actor needs.
pub struct QuestionLoop<'a> {
    pub context: &'a EvaluationContext,
    pub actor: &'a ActorId,
    pub observer: &'a dyn Observer,
    pub trust: &'a ModelTrust,
    pub policy: Policy,
    pub protection: &'a Protection,
    /// The pictures, in the order of the set.
    pub seen: &'a [LoadedPicture],
    /// The sheet of all of them, in that order.
    pub composite: SheetImage,
    pub repertoire: Repertoire,
}

/// What came of asking.
#[derive(Debug)]
pub struct Answers {
    pub decision: Decision,
    /// What is known of every picture.
    pub set: verdict::Set,
    /// Every sheet that a vote comes from.
    pub sheets: Vec<SheetVote>,
    /// How it was asked.
    pub inquiry: JudgingSettings,
    /// What the model said of the whole set in its order.
    pub about_set: Option<CheckedReply>,
    /// Every call that the answers took; one from an earlier run costs nothing.
    pub replies: Vec<ReplyRecord>,
}

impl QuestionLoop<'_> {
    /// Asks until it is decided. What was spent is in `spending`, also where it fails.
    ///
    /// # Errors
    /// When an answer cannot be had.
    pub async fn ask(
        &self,
        mut set: verdict::Set,
        spending: &mut Spending,
    ) -> Result<Answers, EvaluationError> {
        let context = self.context;
        let model = context.model.identity();
        let mut inquiry = context.settings.judging.clone();
        inquiry.one_sheet = self.repertoire == Repertoire::OneSheet;
        let mut kept = AnswerCache::default();
        if self.keeps() {
            kept = AnswerCache::read(&context.output, self.actor).await?;
            if context.settings.fresh {
                kept.forget(&model);
            }
            recall(&mut set, &kept, &model);
        }
        kept.retain(&self.digests());
        let mut asked_now = BTreeSet::new();
        let decision = loop {
            match verdict::next_step(&set, self.protection, &self.policy, &inquiry) {
                NextStep::Decided(decision) => break *decision,
                NextStep::Sheet { vote, pictures } => {
                    self.refuse_to_repeat(&mut asked_now, &format!("sheet {vote} {pictures:?}"))?;
                    let sheet = self.sheet(vote, &pictures, &model, spending).await?;
                    self.enter_votes(&mut set, &sheet);
                    kept.keep_sheet(sheet);
                    self.write(&mut kept).await?;
                }
                NextStep::Close { pictures } => {
                    self.refuse_to_repeat(&mut asked_now, &format!("close {pictures:?}"))?;
                    self.look_closely(&pictures, &model, &mut set, &mut kept, spending)
                        .await?;
                }
            }
        };
        Ok(self.asked(decision, set, &kept, &model, inquiry))
    }

    /// A question that is asked twice would be asked for ever.
    fn refuse_to_repeat(
        &self,
        asked: &mut BTreeSet<String>,
        question: &str,
    ) -> Result<(), EvaluationError> {
        if asked.insert(question.to_owned()) {
            return Ok(());
        }
        let actor = self.actor;
        Err(EvaluationError::Internal(format!(
            "the answer to a question about {actor} led to the same question again: {question}"
        )))
    }

    /// Whether answers are kept: those of recordings cost nothing, and may be edited.
    fn keeps(&self) -> bool {
        let is_live = self.context.model.identity().kind == ModelKind::Live;
        is_live && self.repertoire == Repertoire::Everything
    }

    async fn write(&self, kept: &mut AnswerCache) -> Result<(), EvaluationError> {
        if self.keeps() {
            kept.write(&self.context.output, self.actor).await?;
        }
        Ok(())
    }

    fn digests(&self) -> BTreeSet<Digest> {
        self.seen.iter().map(|picture| picture.sha256).collect()
    }

    /// Shows pictures on a sheet.
    async fn sheet(
        &self,
        vote: u32,
        pictures: &BTreeSet<ImageName>,
        model: &ModelIdentity,
        spending: &mut Spending,
    ) -> Result<CachedSheet, EvaluationError> {
        self.controlled(spending).await?;
        self.observer.on_event(&Event::Asking {
            actor: self.actor.clone(),
            pictures: pictures.len(),
        });
        let placed = self.placed(vote, pictures);
        let shown = placed
            .iter()
            .map(|(number, picture)| Shown {
                number: *number,
                sha256: picture.sha256,
            })
            .collect::<Vec<_>>();
        let is_whole = vote == 1 && placed.len() == self.readable().count();
        let sheet = if is_whole {
            self.composite.clone()
        } else {
            let cells = placed
                .iter()
                .map(|(number, picture)| (*number, cell(picture)))
                .collect();
            let (settings, workers) = (&self.context.settings.look, &self.context.workers);
            let sheet = lay_out(cells, settings, workers).await?;
            let output = &self.context.output;
            output
                .files()
                .write(&vote_name(self.actor, vote), sheet.jpeg.clone())
                .await?;
            sheet
        };
        let question = Question {
            actor: self.actor.clone(),
            look: LookKind::Sheet { vote },
            sheet,
            pictures: shown.clone(),
            correction: None,
        };
        let assessment = assess(self.context, question).await?;
        spending.add(&assessment);
        Ok(CachedSheet {
            model: model.clone(),
            vote,
            shown,
            checked: assessment.checked,
            replies: assessment.replies,
        })
    }

    /// The pictures with their numbers on a sheet. A first sheet of all is the one that is written for
    /// people, with its numbers.
    fn placed(
        &self,
        vote: u32,
        pictures: &BTreeSet<ImageName>,
    ) -> Vec<(SheetNumber, &LoadedPicture)> {
        let wanted = self
            .readable()
            .filter(|(picture, _)| pictures.contains(&picture.name));
        if vote == 1 && pictures.len() == self.readable().count() {
            return wanted
                .map(|(picture, _)| (picture.number, picture))
                .collect();
        }
        let named: Vec<(ImageName, Digest)> = wanted
            .map(|(picture, _)| (picture.name.clone(), picture.sha256))
            .collect();
        let by_name: BTreeMap<&ImageName, &LoadedPicture> = self
            .seen
            .iter()
            .map(|picture| (&picture.name, picture))
            .collect();
        verdict::sheet_order(named, vote)
            .iter()
            .filter_map(|name| by_name.get(name).copied())
            .enumerate()
            .map(|(position, picture)| (SheetNumber::from_position(position), picture))
            .collect()
    }

    fn readable(&self) -> impl Iterator<Item = (&LoadedPicture, &DecodedPicture)> {
        self.seen
            .iter()
            .filter_map(|picture| Some((picture, picture.view()?)))
    }

    /// Enters what a sheet says. Of exact doubles on it the first counts, as when it is recalled.
    fn enter_votes(&self, set: &mut verdict::Set, sheet: &CachedSheet) {
        let vote = sheet.vote();
        for (digest, opinion) in vote.order.iter().zip(&vote.opinions).rev() {
            for picture in self.seen.iter().filter(|seen| seen.sha256 == *digest) {
                if let Some(PictureEvidence::Readable(readable)) = set.get_mut(&picture.name) {
                    readable.votes.insert(sheet.vote, opinion.clone());
                }
            }
        }
    }

    /// Looks at pictures alone. What was answered is kept, also where another look fails.
    async fn look_closely(
        &self,
        pictures: &BTreeSet<ImageName>,
        model: &ModelIdentity,
        set: &mut verdict::Set,
        kept: &mut AnswerCache,
        spending: &mut Spending,
    ) -> Result<(), EvaluationError> {
        self.controlled(spending).await?;
        self.observer.on_event(&Event::LookingClosely {
            actor: self.actor.clone(),
            pictures: pictures.len(),
        });
        let mut distinct = BTreeSet::new();
        let wanted: Vec<(&LoadedPicture, &DecodedPicture)> = self
            .readable()
            .filter(|(picture, _)| pictures.contains(&picture.name))
            .filter(|(picture, _)| distinct.insert(picture.sha256))
            .collect();
        let is_stopped = AtomicBool::new(false);
        let (mut done, total) = (0, wanted.len());
        let looks = wanted
            .into_iter()
            .map(|(picture, view)| self.close_look(picture, view, &is_stopped));
        let looks: Vec<_> = looks.collect();
        let mut answers = stream::iter(looks).buffer_unordered(CLOSE_LOOKS_AT_ONCE);
        let mut failure = None;
        while let Some((sha256, answer)) = answers.next().await {
            match answer {
                Ok(Some((opinion, assessment))) => {
                    done += 1;
                    self.observer.on_event(&Event::LookedClosely {
                        actor: self.actor.clone(),
                        done,
                        pictures: total,
                    });
                    spending.add(&assessment);
                    self.enter_close(set, sha256, &opinion);
                    kept.keep_close(CachedLook {
                        model: model.clone(),
                        sha256,
                        opinion,
                        replies: assessment.replies,
                    });
                    self.write(kept).await?;
                }
                Ok(None) => {}
                Err(error) => {
                    is_stopped.store(true, Ordering::Relaxed);
                    match failure {
                        None => failure = Some(error),
                        // What the first one cost is told with it.
                        Some(_) => spending.cost += error.cost(),
                    }
                }
            }
        }
        failure.map_or(Ok(()), Err)
    }

    fn enter_close(&self, set: &mut verdict::Set, sha256: Digest, opinion: &Opinion) {
        for picture in self.seen.iter().filter(|seen| seen.sha256 == sha256) {
            if let Some(PictureEvidence::Readable(readable)) = set.get_mut(&picture.name) {
                readable.close = Some(opinion.clone());
            }
        }
    }

    async fn close_look(
        &self,
        picture: &LoadedPicture,
        view: &DecodedPicture,
        is_stopped: &AtomicBool,
    ) -> (
        Digest,
        Result<Option<(Opinion, Assessment)>, EvaluationError>,
    ) {
        if is_stopped.load(Ordering::Relaxed) {
            return (picture.sha256, Ok(None));
        }
        let question = close_question(self.actor, picture.sha256, view);
        let looked = look_once(self.context, question).await;
        let looked = looked.map_err(|error| error.about(&picture.name));
        (picture.sha256, looked.map(Some))
    }

    /// Sees to it that the model is controlled before it is asked.
    async fn controlled(&self, spending: &mut Spending) -> Result<(), EvaluationError> {
        if self.repertoire == Repertoire::Everything {
            self.trust.before_asking(self.context, spending).await?;
        }
        Ok(())
    }

    fn asked(
        &self,
        decision: Decision,
        set: verdict::Set,
        kept: &AnswerCache,
        model: &ModelIdentity,
        inquiry: JudgingSettings,
    ) -> Answers {
        let digests = self.digests();
        let sheets: Vec<&CachedSheet> = kept.sheets(model, &digests).collect();
        let readable = self.readable().count();
        let about_set = sheets
            .iter()
            .rev()
            .find(|sheet| sheet.vote == 1 && sheet.shown.len() == readable);
        let mut replies: Vec<ReplyRecord> = sheets
            .iter()
            .flat_map(|sheet| sheet.replies.clone())
            .collect();
        for digest in &digests {
            let close = kept.close(model, *digest);
            replies.extend(close.into_iter().flat_map(|close| close.replies.clone()));
        }
        Answers {
            decision,
            set,
            about_set: about_set.map(|sheet| sheet.checked.clone()),
            sheets: sheets.iter().map(|sheet| sheet.vote()).collect(),
            inquiry,
            replies,
        }
    }
}

/// Enters what is known from earlier answers.
fn recall(set: &mut verdict::Set, kept: &AnswerCache, model: &ModelIdentity) {
    for exhibit in set.values_mut() {
        if let PictureEvidence::Readable(readable) = exhibit {
            readable.votes = kept.votes(model, readable.sha256);
            let close = kept.close(model, readable.sha256);
            readable.close = close.map(|close| close.opinion.clone());
        }
    }
}
