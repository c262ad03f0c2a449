//! Asks the model about an actor's pictures until their verdict is decided.
//!
//! [`verdict::next_step`] decides what to ask. The loop here carries questions to the model and
//! answers back, and caches each paid answer before it asks the next question.

use crate::context::EvaluationContext;
use crate::error::EvaluationError;
use crate::file_names::vote_name;
use crate::model::answer_cache::{AnswerCache, CachedSheet};
use crate::model::call::{Spending, assess};
use crate::model::close_looks::{AnswerOrder, CloseLook, CloseLooks};
use crate::model::look_count::judging_settings;
use crate::model::trust::ModelTrust;
use crate::pictures::picture::{DecodedPicture, LoadedPicture};
use crate::pictures::placement::{SheetCandidate, sheet_placement};
use crate::pictures::sheet::{cell, lay_out};
use balance_planner::{Policy, Protection};
use results::events::{Event, Observer};
use std::collections::BTreeSet;
use tdbal_types::{ActorId, Digest, ImageName, Opinion, SheetNumber};
use verdict::{Decision, JudgingSettings, NextStep, PictureEvidence, SheetVote};
use vision_eval::{
    CheckedReply, LookKind, ModelIdentity, ModelKind, Question, Repertoire, ReplyRecord,
    SheetImage, Shown,
};

/// Asks about the pictures of one actor.
pub(crate) struct QuestionLoop<'a> {
    pub(crate) context: &'a EvaluationContext,
    pub(crate) actor: &'a ActorId,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) trust: &'a ModelTrust,
    pub(crate) policy: Policy,
    pub(crate) protection: &'a Protection,
    /// The pictures, in the order of the set.
    pub(crate) pictures: &'a [LoadedPicture],
    /// The sheet of all pictures, in that order.
    pub(crate) composite: SheetImage,
    pub(crate) repertoire: Repertoire,
}

/// All answers about the pictures of one actor, and the decision that they lead to.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(crate) decision: Decision,
    /// The evidence about each picture.
    pub(crate) set: verdict::Set,
    /// Every sheet that a vote comes from.
    pub(crate) sheets: Vec<SheetVote>,
    /// The settings that the decision was made with.
    pub(crate) settings: JudgingSettings,
    /// The answer about the whole set on sheet 1, if there is one.
    pub(crate) about_set: Option<CheckedReply>,
    /// Every reply that the decision rests on, including replies from earlier runs.
    pub(crate) replies: Vec<ReplyRecord>,
}

impl QuestionLoop<'_> {
    /// Asks until nothing is left to ask. The cost is added to `spending`, also if an error is
    /// returned; the cost of the error itself is not added.
    pub(crate) async fn run(
        &self,
        mut set: verdict::Set,
        spending: &mut Spending,
    ) -> Result<Answers, EvaluationError> {
        let context = self.context;
        let model = context.model.identity();
        let settings = judging_settings(&context.settings.judging, self.repertoire);
        let mut cache = AnswerCache::default();
        if self.is_cached() {
            cache = AnswerCache::read(&context.output, self.actor).await?;
            if context.settings.fresh {
                cache.forget(&model);
            }
            recall(&mut set, &cache, &model);
        }
        cache.retain(&self.digests());
        let mut asked = BTreeSet::new();
        let decision = loop {
            match verdict::next_step(&set, self.protection, &self.policy, &settings) {
                NextStep::Decided(decision) => break *decision,
                NextStep::Sheet { vote, pictures } => {
                    self.refuse_to_repeat(&mut asked, &format!("sheet {vote} {pictures:?}"))?;
                    let sheet = self.ask_sheet(vote, &pictures, &model, spending).await?;
                    self.enter_votes(&mut set, &sheet);
                    cache.keep_sheet(sheet);
                    if self.is_cached() {
                        cache.write(&context.output, self.actor).await?;
                    }
                }
                NextStep::Close { pictures } => {
                    self.refuse_to_repeat(&mut asked, &format!("close {pictures:?}"))?;
                    self.look_closely(&pictures, &mut set, &mut cache, spending)
                        .await?;
                }
            }
        };
        Ok(self.answers(decision, set, &cache, &model, settings))
    }

    /// Fails if a question was asked before: the loop would ask it again without end, and each
    /// answer costs money.
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

    /// Whether answers are cached. Recorded answers are not: they are free and may be edited.
    fn is_cached(&self) -> bool {
        let is_live = self.context.model.identity().kind == ModelKind::Live;
        is_live && self.repertoire == Repertoire::Everything
    }

    fn digests(&self) -> BTreeSet<Digest> {
        let pictures = self.pictures.iter();
        pictures.map(|picture| picture.sha256).collect()
    }

    async fn ask_sheet(
        &self,
        vote: u32,
        wanted: &BTreeSet<ImageName>,
        model: &ModelIdentity,
        spending: &mut Spending,
    ) -> Result<CachedSheet, EvaluationError> {
        self.check_trust(spending).await?;
        self.observer.on_event(&Event::Asking {
            actor: self.actor.clone(),
            pictures: wanted.len(),
        });
        let placed = self.placed(vote, wanted);
        let shown: Vec<Shown> = placed
            .iter()
            .map(|(number, picture)| Shown {
                number: *number,
                sha256: picture.sha256,
            })
            .collect();
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
            let files = self.context.output.files();
            files
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
        spending.add(assessment.tokens, assessment.cost);
        Ok(CachedSheet {
            model: model.clone(),
            vote,
            shown,
            checked: assessment.checked,
            replies: assessment.replies,
        })
    }

    /// The pictures of a sheet with their numbers.
    fn placed(
        &self,
        vote: u32,
        wanted: &BTreeSet<ImageName>,
    ) -> Vec<(SheetNumber, &LoadedPicture)> {
        let candidates: Vec<SheetCandidate<'_>> =
            self.pictures.iter().map(LoadedPicture::candidate).collect();
        sheet_placement(&candidates, vote, wanted)
            .into_iter()
            .filter_map(|(number, position)| Some((number, self.pictures.get(position)?)))
            .collect()
    }

    fn readable(&self) -> impl Iterator<Item = (&LoadedPicture, &DecodedPicture)> {
        self.pictures
            .iter()
            .filter_map(|picture| Some((picture, picture.view()?)))
    }

    /// Enters the votes of a sheet. Of identical files the first one on the sheet counts, as it does
    /// when the sheet is read from the cache.
    fn enter_votes(&self, set: &mut verdict::Set, sheet: &CachedSheet) {
        let vote = sheet.vote();
        for (digest, opinion) in vote.order.iter().zip(&vote.opinions).rev() {
            for picture in self.pictures.iter().filter(|one| one.sha256 == *digest) {
                if let Some(PictureEvidence::Readable(readable)) = set.get_mut(&picture.name) {
                    readable.votes.insert(sheet.vote, opinion.clone());
                }
            }
        }
    }

    /// Shows pictures alone. Answers that arrive are cached even if another look fails.
    async fn look_closely(
        &self,
        wanted: &BTreeSet<ImageName>,
        set: &mut verdict::Set,
        cache: &mut AnswerCache,
        spending: &mut Spending,
    ) -> Result<(), EvaluationError> {
        self.check_trust(spending).await?;
        self.observer.on_event(&Event::LookingClosely {
            actor: self.actor.clone(),
            pictures: wanted.len(),
        });
        let mut distinct = BTreeSet::new();
        let pictures: Vec<CloseLook<'_, &LoadedPicture>> = self
            .readable()
            .filter(|(picture, _)| wanted.contains(&picture.name))
            .filter(|(picture, _)| distinct.insert(picture.sha256))
            .map(|(subject, picture)| CloseLook {
                subject,
                sha256: subject.sha256,
                picture,
            })
            .collect();
        let (mut done, total) = (0, pictures.len());
        let mut looks = CloseLooks::new(
            self.context,
            self.actor,
            cache,
            spending,
            self.is_cached(),
            pictures,
            AnswerOrder::OfArrival,
        );
        let mut failure: Option<EvaluationError> = None;
        while let Some((picture, answer)) = looks.next().await {
            match answer {
                Ok(answer) => {
                    done += 1;
                    self.observer.on_event(&Event::LookedClosely {
                        actor: self.actor.clone(),
                        done,
                        pictures: total,
                    });
                    self.enter_close(set, picture.sha256, &answer.opinion);
                }
                Err(error) => {
                    looks.stop();
                    let error = EvaluationError::from(error).about(&picture.name);
                    // The caller adds the cost of the error that is returned.
                    match failure {
                        None => failure = Some(error),
                        Some(_) => looks.spending.cost += error.cost(),
                    }
                }
            }
        }
        failure.map_or(Ok(()), Err)?;
        Ok(looks.finish()?)
    }

    fn enter_close(&self, set: &mut verdict::Set, sha256: Digest, opinion: &Opinion) {
        for picture in self.pictures.iter().filter(|one| one.sha256 == sha256) {
            if let Some(PictureEvidence::Readable(readable)) = set.get_mut(&picture.name) {
                readable.close = Some(opinion.clone());
            }
        }
    }

    /// Shows control sheets if they are due, and fails if the model is not trusted.
    async fn check_trust(&self, spending: &mut Spending) -> Result<(), EvaluationError> {
        if self.repertoire == Repertoire::Everything {
            self.trust.before_asking(self.context, spending).await?;
        }
        Ok(())
    }

    fn answers(
        &self,
        decision: Decision,
        set: verdict::Set,
        cache: &AnswerCache,
        model: &ModelIdentity,
        settings: JudgingSettings,
    ) -> Answers {
        let digests = self.digests();
        let sheets: Vec<&CachedSheet> = cache.sheets(model, &digests).collect();
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
            let close = cache.close(model, *digest);
            replies.extend(close.into_iter().flat_map(|close| close.replies.clone()));
        }
        Answers {
            decision,
            set,
            about_set: about_set.map(|sheet| sheet.checked.clone()),
            sheets: sheets.iter().map(|sheet| sheet.vote()).collect(),
            settings,
            replies,
        }
    }
}

/// Enters the cached answers of a model.
fn recall(set: &mut verdict::Set, cache: &AnswerCache, model: &ModelIdentity) {
    for evidence in set.values_mut() {
        if let PictureEvidence::Readable(readable) = evidence {
            readable.votes = cache.votes(model, readable.sha256);
            let close = cache.close(model, readable.sha256);
            readable.close = close.map(|close| close.opinion.clone());
        }
    }
}
