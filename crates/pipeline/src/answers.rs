//! Answers that were paid for, kept so that nothing is judged twice for money.
//!
//! One file for each actor in the output folder. An answer holds for a picture's bytes, the model, its
//! prompt and the answer's schema; whatever the picture is called and whatever stands beside it now.

use crate::output::{OutputError, OutputFolder};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ActorId, Digest, Opinion, Usd};
use verdict::SheetVote;
use vision_eval::{CheckedReply, ModelIdentity, ReplyRecord, Shown};

/// The format of the file; another one is not read, which costs a new answer and nothing else.
const FORMAT: u32 = 1;

/// The answers about the pictures of one actor, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptAnswers {
    format: u32,
    sheets: Vec<KeptSheet>,
    close: Vec<KeptClose>,
}

/// An answer about a sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptSheet {
    /// What answered.
    pub(crate) model: ModelIdentity,
    /// Which of the sheets it was, from 1.
    pub(crate) vote: u32,
    /// The pictures with their numbers, in the order of the sheet.
    pub(crate) shown: Vec<Shown>,
    /// The answer.
    pub(crate) checked: CheckedReply,
    /// Every call that it took.
    pub(crate) replies: Vec<ReplyRecord>,
}

/// An answer about one picture alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptClose {
    /// What answered.
    pub(crate) model: ModelIdentity,
    /// The picture.
    pub(crate) sha256: Digest,
    /// The answer.
    pub(crate) opinion: Opinion,
    /// Every call that it took.
    pub(crate) replies: Vec<ReplyRecord>,
}

/// What the answers about a picture cost when they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaidAnswers {
    /// Its share of each sheet, by the sheet's number from 1.
    pub sheets: BTreeMap<u32, Usd>,
    /// The look at it alone; none where it was not looked at alone.
    pub close: Option<Usd>,
}

/// What the answers of a model that are kept about an actor's pictures cost when they were given, by
/// picture. Nothing is kept of answers that are recorded in the old form.
pub async fn paid_answers(
    output: &OutputFolder,
    actor: &ActorId,
    model: &ModelIdentity,
) -> BTreeMap<Digest, PaidAnswers> {
    let kept = KeptAnswers::read(output, actor).await;
    kept.unwrap_or_default().paid(model)
}

impl KeptAnswers {
    /// Reads what is kept of an actor. A file that is none of these is as good as none.
    ///
    /// # Errors
    /// When the file is there and cannot be read: it would be written over.
    pub(crate) async fn read(output: &OutputFolder, actor: &ActorId) -> Result<Self, OutputError> {
        let Some(bytes) = output.read_answers(actor).await? else {
            return Ok(Self::default());
        };
        Ok(Self::parse(&bytes, actor))
    }

    fn parse(bytes: &[u8], actor: &ActorId) -> Self {
        match serde_json::from_slice::<Self>(bytes) {
            Ok(kept) if kept.format == FORMAT => kept,
            Ok(_) => Self::default(),
            Err(error) => {
                tracing::warn!(%actor, %error, "kept answers cannot be read and are asked for anew");
                Self::default()
            }
        }
    }

    /// Writes them, without sheets of which no picture is in the set any more.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) async fn write(
        &mut self,
        output: &OutputFolder,
        actor: &ActorId,
    ) -> Result<(), OutputError> {
        self.format = FORMAT;
        output.write_answers(actor, self).await
    }

    /// Whether it holds anything that this model said.
    pub(crate) fn knows(&self, model: &ModelIdentity) -> bool {
        self.sheets.iter().any(|sheet| sheet.model == *model)
            || self.close.iter().any(|close| close.model == *model)
    }

    /// Forgets what a model said.
    pub(crate) fn forget(&mut self, model: &ModelIdentity) {
        self.sheets.retain(|sheet| sheet.model != *model);
        self.close.retain(|close| close.model != *model);
    }

    /// Forgets answers about pictures that are not in the set.
    pub(crate) fn retain(&mut self, pictures: &BTreeSet<Digest>) {
        self.sheets.retain(|sheet| {
            let mut shown = sheet.shown.iter();
            shown.any(|shown| pictures.contains(&shown.sha256))
        });
        self.close.retain(|close| pictures.contains(&close.sha256));
    }

    /// Keeps an answer about a sheet.
    pub(crate) fn keep_sheet(&mut self, sheet: KeptSheet) {
        self.sheets.push(sheet);
    }

    /// Keeps an answer about one picture, in place of an older one.
    pub(crate) fn keep_close(&mut self, close: KeptClose) {
        self.close
            .retain(|kept| kept.sha256 != close.sha256 || kept.model != close.model);
        self.close.push(close);
    }

    /// The votes of a model on a picture: of each sheet number the newest.
    pub(crate) fn votes(&self, model: &ModelIdentity, picture: Digest) -> BTreeMap<u32, Opinion> {
        let of_model = self.sheets.iter().filter(|sheet| sheet.model == *model);
        of_model
            .filter_map(|sheet| Some((sheet.vote, sheet.opinion(picture)?.clone())))
            .collect()
    }

    /// The close look of a model at a picture.
    pub(crate) fn close(&self, model: &ModelIdentity, picture: Digest) -> Option<&KeptClose> {
        let mut of_model = self.close.iter().filter(|close| close.model == *model);
        of_model.find(|close| close.sha256 == picture)
    }

    /// What the answers of a model cost, by picture; of each sheet number the newest.
    fn paid(&self, model: &ModelIdentity) -> BTreeMap<Digest, PaidAnswers> {
        let mut paid: BTreeMap<Digest, PaidAnswers> = BTreeMap::new();
        for sheet in self.sheets.iter().filter(|sheet| sheet.model == *model) {
            let whole: Usd = sheet.replies.iter().map(|reply| reply.cost).sum();
            let share = whole.nanos() / sheet.shown.len().max(1) as u64;
            for shown in &sheet.shown {
                let answers = paid.entry(shown.sha256).or_default();
                answers.sheets.insert(sheet.vote, Usd::from_nanos(share));
            }
        }
        for close in self.close.iter().filter(|close| close.model == *model) {
            let cost = close.replies.iter().map(|reply| reply.cost).sum();
            paid.entry(close.sha256).or_default().close = Some(cost);
        }
        paid
    }

    /// The sheets that the votes on these pictures come from.
    pub(crate) fn sheets<'a>(
        &'a self,
        model: &'a ModelIdentity,
        pictures: &'a BTreeSet<Digest>,
    ) -> impl Iterator<Item = &'a KeptSheet> {
        let mut newest: BTreeSet<usize> = BTreeSet::new();
        let mut covered = BTreeSet::new();
        for (position, sheet) in self.sheets.iter().enumerate().rev() {
            if sheet.model != *model {
                continue;
            }
            for shown in &sheet.shown {
                if pictures.contains(&shown.sha256) && covered.insert((sheet.vote, shown.sha256)) {
                    newest.insert(position);
                }
            }
        }
        newest
            .into_iter()
            .filter_map(|position| self.sheets.get(position))
    }
}

impl KeptSheet {
    /// What it says of a picture.
    fn opinion(&self, picture: Digest) -> Option<&Opinion> {
        let shown = self.shown.iter().find(|shown| shown.sha256 == picture)?;
        let mut answers = self.checked.answers.iter();
        let answer = answers.find(|answer| answer.number == shown.number)?;
        Some(&answer.opinion)
    }

    /// The sheet as its order and its answers.
    pub(crate) fn vote(&self) -> SheetVote {
        let told = self.shown.iter().filter_map(|shown| {
            let mut answers = self.checked.answers.iter();
            let answer = answers.find(|answer| answer.number == shown.number)?;
            Some((shown.sha256, answer.opinion.clone()))
        });
        let (order, opinions) = told.unzip();
        SheetVote {
            vote: self.vote,
            order,
            opinions,
        }
    }
}

#[cfg(test)]
mod tests;
