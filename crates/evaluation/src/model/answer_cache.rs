//! The cache of the model's answers, so none is paid for twice.
//!
//! The output folder has one file per actor. An answer is found by the digest of the picture, the model,
//! the version of its prompt and the digest of its schema. The name of the picture and the other
//! pictures of the set do not matter.

use results::error::OutputError;
use results::folder::OutputFolder;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tdbal_types::{ActorId, Digest, Opinion, Usd};
use verdict::SheetVote;
use vision_eval::{CheckedReply, ModelIdentity, ReplyRecord, Shown};

/// The version of the file format. Files of other versions are ignored, so the model is asked again.
const FORMAT: u32 = 1;

/// The cached answers about the pictures of one actor, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AnswerCache {
    format: u32,
    sheets: Vec<CachedSheet>,
    close: Vec<CachedLook>,
}

/// A cached answer about a sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CachedSheet {
    /// The model that answered.
    pub(crate) model: ModelIdentity,
    /// The number of the sheet, from 1.
    pub(crate) vote: u32,
    /// The pictures and their numbers, in the order of the sheet.
    pub(crate) shown: Vec<Shown>,
    /// The checked answer.
    pub(crate) checked: CheckedReply,
    /// Every call that the answer took.
    pub(crate) replies: Vec<ReplyRecord>,
}

/// A cached answer about a picture that was shown alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CachedLook {
    /// The model that answered.
    pub(crate) model: ModelIdentity,
    /// The SHA-256 digest of the picture's file.
    pub(crate) sha256: Digest,
    /// The class, quality and faults that the model named.
    pub(crate) opinion: Opinion,
    /// Every call that the answer took.
    pub(crate) replies: Vec<ReplyRecord>,
}

/// What the answers about one picture cost when they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaidAnswers {
    /// The picture's share of the cost of each sheet, by the sheet's number from 1.
    pub sheets: BTreeMap<u32, Usd>,
    /// The cost of the close look; `None` if there was none.
    pub close: Option<Usd>,
}

/// What the cached answers of a model about an actor's pictures cost when they were given, by picture.
/// Answers from recordings are not cached, so they are not included.
pub async fn paid_answers(
    output: &OutputFolder,
    actor: &ActorId,
    model: &ModelIdentity,
) -> BTreeMap<Digest, PaidAnswers> {
    let cache = AnswerCache::read(output, actor).await;
    cache.unwrap_or_default().paid(model)
}

/// The actors with cached answers, of any model.
pub(crate) async fn actors_with_answers(
    output: &OutputFolder,
) -> Result<Vec<ActorId>, OutputError> {
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
    /// Reads the cached answers about an actor. The cache is empty if there is no file, or if the file
    /// is damaged or of another version.
    ///
    /// # Errors
    /// If the file exists and cannot be read: the next write would destroy its answers.
    pub async fn read(output: &OutputFolder, actor: &ActorId) -> Result<Self, OutputError> {
        let Some(bytes) = output.cache().read(&name(actor)).await? else {
            return Ok(Self::default());
        };
        Ok(Self::parse(&bytes, actor))
    }

    fn parse(bytes: &[u8], actor: &ActorId) -> Self {
        match serde_json::from_slice::<Self>(bytes) {
            Ok(cache) if cache.format == FORMAT => cache,
            Ok(_) => Self::default(),
            Err(error) => {
                tracing::warn!(%actor, %error, "ignoring damaged cached answers; the model is asked again");
                Self::default()
            }
        }
    }

    /// Replaces the file of the actor.
    pub(crate) async fn write(
        &mut self,
        output: &OutputFolder,
        actor: &ActorId,
    ) -> Result<(), OutputError> {
        self.format = FORMAT;
        output.cache().write_json(&name(actor), self).await
    }

    /// Whether any answer of the model is cached.
    pub fn knows(&self, model: &ModelIdentity) -> bool {
        self.sheets.iter().any(|sheet| sheet.model == *model)
            || self.close.iter().any(|close| close.model == *model)
    }

    /// Removes all answers of a model.
    pub(crate) fn forget(&mut self, model: &ModelIdentity) {
        self.sheets.retain(|sheet| sheet.model != *model);
        self.close.retain(|close| close.model != *model);
    }

    /// Removes answers about pictures other than the given ones. A sheet stays if it shows any of
    /// them.
    pub(crate) fn retain(&mut self, pictures: &BTreeSet<Digest>) {
        self.sheets.retain(|sheet| {
            let mut shown = sheet.shown.iter();
            shown.any(|shown| pictures.contains(&shown.sha256))
        });
        self.close.retain(|close| pictures.contains(&close.sha256));
    }

    /// Adds an answer about a sheet.
    pub(crate) fn keep_sheet(&mut self, sheet: CachedSheet) {
        self.sheets.push(sheet);
    }

    /// Adds a close look, or replaces the model's earlier one at the same picture.
    pub(crate) fn keep_close(&mut self, close: CachedLook) {
        self.close
            .retain(|cached| cached.sha256 != close.sha256 || cached.model != close.model);
        self.close.push(close);
    }

    /// A model's votes on a picture, by the number of the sheet: the newest vote for each number.
    pub(crate) fn votes(&self, model: &ModelIdentity, picture: Digest) -> BTreeMap<u32, Opinion> {
        let of_model = self.sheets.iter().filter(|sheet| sheet.model == *model);
        of_model
            .filter_map(|sheet| Some((sheet.vote, sheet.opinion(picture)?.clone())))
            .collect()
    }

    /// A model's close look at a picture.
    pub(crate) fn close(&self, model: &ModelIdentity, picture: Digest) -> Option<&CachedLook> {
        let mut of_model = self.close.iter().filter(|close| close.model == *model);
        of_model.find(|close| close.sha256 == picture)
    }

    /// What the answers of a model cost, by picture. Of several sheets with the same number only the
    /// newest counts.
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

    /// The sheets that a model's [votes](Self::votes) on these pictures come from, oldest first.
    pub(crate) fn sheets<'a>(
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
    /// What the sheet says about a picture.
    fn opinion(&self, picture: Digest) -> Option<&Opinion> {
        let shown = self.shown.iter().find(|shown| shown.sha256 == picture)?;
        let mut answers = self.checked.answers.iter();
        let answer = answers.find(|answer| answer.number == shown.number)?;
        Some(&answer.opinion)
    }

    /// The order of the sheet and its answers.
    pub(crate) fn vote(&self) -> SheetVote {
        let answered = self.shown.iter().filter_map(|shown| {
            let mut answers = self.checked.answers.iter();
            let answer = answers.find(|answer| answer.number == shown.number)?;
            Some((shown.sha256, answer.opinion.clone()))
        });
        let (order, opinions) = answered.unzip();
        SheetVote {
            vote: self.vote,
            order,
            opinions,
        }
    }
}

#[cfg(test)]
mod tests;
