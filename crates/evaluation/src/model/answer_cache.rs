//! Answers that were paid for, kept so that nothing is judged twice for money.
//!
//! One file for each actor in the output folder. An answer holds for a picture's bytes, the model, its
//! prompt and the answer's schema; whatever the picture is called and whatever stands beside it now.

use results::error::OutputError;
use results::folder::OutputFolder;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ActorId, Digest, Opinion, Usd};
use verdict::SheetVote;
use vision_eval::{CheckedReply, ModelIdentity, ReplyRecord, Shown};

/// The format of the file; another one is not read, which costs a new answer and nothing else.
const FORMAT: u32 = 1;

/// The answers about the pictures of one actor, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AnswerCache {
    format: u32,
    sheets: Vec<CachedSheet>,
    close: Vec<CachedLook>,
}

/// An answer about a sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CachedSheet {
    /// What answered.
    pub model: ModelIdentity,
    /// Which of the sheets it was, from 1.
    pub vote: u32,
    /// The pictures with their numbers, in the order of the sheet.
    pub shown: Vec<Shown>,
    /// The answer.
    pub checked: CheckedReply,
    /// Every call that it took.
    pub replies: Vec<ReplyRecord>,
}

/// An answer about one picture alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CachedLook {
    /// What answered.
    pub model: ModelIdentity,
    /// The picture.
    pub sha256: Digest,
    /// The answer.
    pub opinion: Opinion,
    /// Every call that it took.
    pub replies: Vec<ReplyRecord>,
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
    let kept = AnswerCache::read(output, actor).await;
    kept.unwrap_or_default().paid(model)
}

/// The actors with cached answers.
///
/// # Errors
/// When the folder cannot be listed.
pub async fn actors_with_answers(output: &OutputFolder) -> Result<Vec<ActorId>, OutputError> {
    let listed = output.cache().list("answers/").await?;
    let actors = listed.iter().filter_map(|name| {
        let (_, file) = name.rsplit_once('/')?;
        ActorId::new(file.strip_suffix(".json")?).ok()
    });
    Ok(actors.collect())
}

fn name(actor: &ActorId) -> String {
    format!("answers/{actor}.json")
}

impl AnswerCache {
    /// Reads what is kept of an actor. A file that is none of these is as good as none.
    ///
    /// # Errors
    /// When the file is there and cannot be read: it would be written over.
    pub async fn read(output: &OutputFolder, actor: &ActorId) -> Result<Self, OutputError> {
        let Some(bytes) = output.cache().read(&name(actor)).await? else {
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
    pub async fn write(
        &mut self,
        output: &OutputFolder,
        actor: &ActorId,
    ) -> Result<(), OutputError> {
        self.format = FORMAT;
        output.cache().write_json(&name(actor), self).await
    }

    /// Whether it holds anything that this model said.
    pub fn knows(&self, model: &ModelIdentity) -> bool {
        self.sheets.iter().any(|sheet| sheet.model == *model)
            || self.close.iter().any(|close| close.model == *model)
    }

    /// Forgets what a model said.
    pub fn forget(&mut self, model: &ModelIdentity) {
        self.sheets.retain(|sheet| sheet.model != *model);
        self.close.retain(|close| close.model != *model);
    }

    /// Forgets answers about pictures that are not in the set.
    pub fn retain(&mut self, pictures: &BTreeSet<Digest>) {
        self.sheets.retain(|sheet| {
            let mut shown = sheet.shown.iter();
            shown.any(|shown| pictures.contains(&shown.sha256))
        });
        self.close.retain(|close| pictures.contains(&close.sha256));
    }

    /// Keeps an answer about a sheet.
    pub fn keep_sheet(&mut self, sheet: CachedSheet) {
        self.sheets.push(sheet);
    }

    /// Keeps an answer about one picture, in place of an older one.
    pub fn keep_close(&mut self, close: CachedLook) {
        self.close
            .retain(|kept| kept.sha256 != close.sha256 || kept.model != close.model);
        self.close.push(close);
    }

    /// The votes of a model on a picture: of each sheet number the newest.
    pub fn votes(&self, model: &ModelIdentity, picture: Digest) -> BTreeMap<u32, Opinion> {
        let of_model = self.sheets.iter().filter(|sheet| sheet.model == *model);
        of_model
            .filter_map(|sheet| Some((sheet.vote, sheet.opinion(picture)?.clone())))
            .collect()
    }

    /// The close look of a model at a picture.
    pub fn close(&self, model: &ModelIdentity, picture: Digest) -> Option<&CachedLook> {
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
    pub fn sheets<'a>(
        &'a self,
        model: &'a ModelIdentity,
        pictures: &'a BTreeSet<Digest>,
    ) -> impl Iterator<Item = &'a CachedSheet> {
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

impl CachedSheet {
    /// What it says of a picture.
    fn opinion(&self, picture: Digest) -> Option<&Opinion> {
        let shown = self.shown.iter().find(|shown| shown.sha256 == picture)?;
        let mut answers = self.checked.answers.iter();
        let answer = answers.find(|answer| answer.number == shown.number)?;
        Some(&answer.opinion)
    }

    /// The sheet as its order and its answers.
    pub fn vote(&self) -> SheetVote {
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
