//! Asks the model what the verdict on an actor's pictures wants to know, until it is decided.
//!
//! What to ask next is decided by [`verdict::next`]; this carries questions to the model and answers
//! back, and keeps every answer that was paid for before it asks for another.

use crate::answers::{KeptAnswers, KeptClose, KeptSheet};
use crate::engine::Engine;
use crate::error::ActorError;
use crate::events::{Event, Observer};
use crate::look::{self, Seen, View};
use crate::reliance::Reliance;
use balance_planner::{Policy, Protection};
use futures_util::stream::{self, StreamExt as _};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use tdbal_types::{ActorId, Digest, ImageName, Opinion, SheetNumber, Tokens, Usd};
use verdict::{Decision, JudgingSettings, NextStep, PictureEvidence, SheetVote};
use vision_eval::{
    AssessError, Assessment, CheckedReply, LookKind, ModelIdentity, ModelKind, Question,
    Repertoire, ReplyRecord, SheetImage, Shown,
};

/// Pictures of one actor that are looked at alone at once.
const CLOSE_LOOKS_AT_ONCE: usize = 4;

/// What asking about one actor needs.
pub(crate) struct Asking<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) actor: &'a ActorId,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) reliance: &'a Reliance,
    pub(crate) policy: Policy,
    pub(crate) protection: &'a Protection,
    /// The pictures, in the order of the set.
    pub(crate) seen: &'a [Seen],
    /// The sheet of all of them, in that order.
    pub(crate) composite: SheetImage,
    pub(crate) repertoire: Repertoire,
}

/// What asking took.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Spending {
    pub(crate) tokens: Tokens,
    pub(crate) cost: Usd,
}

/// What came of asking.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) decision: Decision,
    /// What is known of every picture.
    pub(crate) set: verdict::Set,
    /// Every sheet that a vote comes from.
    pub(crate) sheets: Vec<SheetVote>,
    /// How it was asked.
    pub(crate) inquiry: JudgingSettings,
    /// What the model said of the whole set in its order.
    pub(crate) about_set: Option<CheckedReply>,
    /// Every call that the answers took; one from an earlier run costs nothing.
    pub(crate) replies: Vec<ReplyRecord>,
}

impl Asking<'_> {
    /// Asks until it is decided. What was spent is in `spending`, also where it fails.
    ///
    /// # Errors
    /// When an answer cannot be had.
    pub(crate) async fn ask(
        &self,
        mut set: verdict::Set,
        spending: &mut Spending,
    ) -> Result<Asked, ActorError> {
        let engine = self.engine;
        let model = engine.model.identity();
        let mut inquiry = engine.settings.inquiry.clone();
        inquiry.one_sheet = self.repertoire == Repertoire::OneSheet;
        let mut kept = KeptAnswers::default();
        if self.keeps() {
            kept = KeptAnswers::read(&engine.output, self.actor).await?;
            if engine.settings.fresh {
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
    ) -> Result<(), ActorError> {
        if asked.insert(question.to_owned()) {
            return Ok(());
        }
        let actor = self.actor;
        Err(ActorError::Internal(format!(
            "the answer to a question about {actor} led to the same question again: {question}"
        )))
    }

    /// Whether answers are kept: those of recordings cost nothing, and may be edited.
    fn keeps(&self) -> bool {
        let is_live = self.engine.model.identity().kind == ModelKind::Live;
        is_live && self.repertoire == Repertoire::Everything
    }

    async fn write(&self, kept: &mut KeptAnswers) -> Result<(), ActorError> {
        if self.keeps() {
            kept.write(&self.engine.output, self.actor).await?;
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
    ) -> Result<KeptSheet, ActorError> {
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
                .map(|(number, picture)| (*number, look::cell(picture)))
                .collect();
            let (settings, workers) = (&self.engine.settings.look, &self.engine.workers);
            let sheet = look::lay_out(cells, settings, workers).await?;
            let output = &self.engine.output;
            output
                .write_vote(self.actor, vote, sheet.jpeg.clone())
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
        let assessment = assess(self.engine, question).await?;
        spending.add(&assessment);
        Ok(KeptSheet {
            model: model.clone(),
            vote,
            shown,
            checked: assessment.checked,
            replies: assessment.replies,
        })
    }

    /// The pictures with their numbers on a sheet. A first sheet of all is the one that is written for
    /// people, with its numbers.
    fn placed(&self, vote: u32, pictures: &BTreeSet<ImageName>) -> Vec<(SheetNumber, &Seen)> {
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
        let by_name: BTreeMap<&ImageName, &Seen> = self
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

    fn readable(&self) -> impl Iterator<Item = (&Seen, &View)> {
        self.seen
            .iter()
            .filter_map(|picture| Some((picture, picture.view()?)))
    }

    /// Enters what a sheet says. Of exact doubles on it the first counts, as when it is recalled.
    fn enter_votes(&self, set: &mut verdict::Set, sheet: &KeptSheet) {
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
        kept: &mut KeptAnswers,
        spending: &mut Spending,
    ) -> Result<(), ActorError> {
        self.controlled(spending).await?;
        self.observer.on_event(&Event::LookingClosely {
            actor: self.actor.clone(),
            pictures: pictures.len(),
        });
        let mut distinct = BTreeSet::new();
        let wanted: Vec<(&Seen, &View)> = self
            .readable()
            .filter(|(picture, _)| pictures.contains(&picture.name))
            .filter(|(picture, _)| distinct.insert(picture.sha256))
            .collect();
        let is_stopped = AtomicBool::new(false);
        let looks = wanted
            .into_iter()
            .map(|(picture, view)| self.close_look(picture, view, &is_stopped));
        let looks: Vec<_> = looks.collect();
        let mut answers = stream::iter(looks).buffer_unordered(CLOSE_LOOKS_AT_ONCE);
        let mut failure = None;
        while let Some((sha256, answer)) = answers.next().await {
            match answer {
                Ok(Some((opinion, assessment))) => {
                    spending.add(&assessment);
                    self.enter_close(set, sha256, &opinion);
                    kept.keep_close(KeptClose {
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
        picture: &Seen,
        view: &View,
        is_stopped: &AtomicBool,
    ) -> (Digest, Result<Option<(Opinion, Assessment)>, ActorError>) {
        if is_stopped.load(Ordering::Relaxed) {
            return (picture.sha256, Ok(None));
        }
        let question = close_question(self.actor, picture.sha256, view);
        let looked = look_once(self.engine, question).await;
        let looked = looked.map_err(|error| error.about(&picture.name));
        (picture.sha256, looked.map(Some))
    }

    /// Sees to it that the model is controlled before it is asked.
    async fn controlled(&self, spending: &mut Spending) -> Result<(), ActorError> {
        if self.repertoire == Repertoire::Everything {
            self.reliance.before_asking(self.engine, spending).await?;
        }
        Ok(())
    }

    fn asked(
        &self,
        decision: Decision,
        set: verdict::Set,
        kept: &KeptAnswers,
        model: &ModelIdentity,
        inquiry: JudgingSettings,
    ) -> Asked {
        let digests = self.digests();
        let sheets: Vec<&KeptSheet> = kept.sheets(model, &digests).collect();
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
        Asked {
            decision,
            set,
            about_set: about_set.map(|sheet| sheet.checked.clone()),
            sheets: sheets.iter().map(|sheet| sheet.vote()).collect(),
            inquiry,
            replies,
        }
    }
}

impl Spending {
    /// Adds what an answer took.
    pub(crate) fn add(&mut self, assessment: &Assessment) {
        self.tokens += assessment.tokens;
        self.cost += assessment.cost;
    }
}

/// Enters what is known from earlier answers.
fn recall(set: &mut verdict::Set, kept: &KeptAnswers, model: &ModelIdentity) {
    for exhibit in set.values_mut() {
        if let PictureEvidence::Readable(readable) = exhibit {
            readable.votes = kept.votes(model, readable.sha256);
            let close = kept.close(model, readable.sha256);
            readable.close = close.map(|close| close.opinion.clone());
        }
    }
}

/// The question about one picture alone.
pub(crate) fn close_question(actor: &ActorId, sha256: Digest, view: &View) -> Question {
    Question {
        actor: actor.clone(),
        look: LookKind::Close,
        sheet: view.close.clone(),
        pictures: vec![Shown {
            number: SheetNumber::from_position(0),
            sha256,
        }],
        correction: None,
    }
}

/// Asks about one picture alone.
async fn look_once(
    engine: &Engine,
    question: Question,
) -> Result<(Opinion, Assessment), ActorError> {
    let assessment = assess(engine, question).await?;
    match assessment.checked.answers.as_slice() {
        [answer] => Ok((answer.opinion.clone(), assessment)),
        _ => Err(ActorError::Internal(
            "a look at one picture was not answered for one".into(),
        )),
    }
}

/// Asks a model, and once more where its answer is unusable.
pub(crate) async fn assess(engine: &Engine, question: Question) -> Result<Assessment, ActorError> {
    vision_eval::assess(engine.model.as_ref(), question)
        .await
        .map_err(|error| {
            let cost = error.cost();
            match error {
                AssessError::Model(error) if error.stops_run() => ActorError::StopsRun {
                    message: error.to_string(),
                    cost,
                },
                error => ActorError::Unassessed {
                    reason: crate::error::chain(&error),
                    cost,
                },
            }
        })
}
